"""The corpus ``cudaconvnet-cifar10``: the Cuda-Convnet network under random hyperparameters on CIFAR-10."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.cudaconvnet.recipe import MINI, PAPER
from generators.cudaconvnet.space import CudaConvnet
from generators.data.cifar10 import CIFAR10

PAPER_NOTE = """\
## How this differs from the paper

As far as Baker et al. and Li et al. say, only as noted above, and in the validation split: Li et al. train on
40,000 images and validate on 10,000.
"""

MINI_NOTE = """\
## How this differs from the paper

This is the small recipe for a CPU: a quarter of the network's width, a quarter of the pixels, and 1,600
images of about 45,000. Its accuracies are not the paper's; compare them with one another only.

- An epoch has 64 steps instead of 450, so low learning rates get less far than at full size.
- With so few images, and no augmentation, even good configurations end at 0.3 to 0.45.
- The last three layers start from 4, 4 and 8 times cuda-convnet's deviations. With fewer inputs to a neuron
  signals would otherwise fade on their way, and a network never leave the plateau it starts on. Of a dozen
  configurations tried beforehand, 5 learned with these, 4 with half of them (which makes up for the
  number of inputs alone); of the first 7, 2 with either and none with cuda-convnet's own.
- A penalty still weighs more on a narrow network: of 6 configurations tried at full size for 1,500 steps, 5
  lowered their loss, and 3 of these do here. More stay at chance here, therefore.
- bfloat16, which saves time.
"""

CUDACONVNET_CIFAR10 = CudaConvnet(
    name="cudaconvnet-cifar10",
    title="Cuda-Convnet under random hyperparameters on CIFAR-10",
    source=CIFAR10,
    recipes={"paper": PAPER, "mini": MINI},
    notes=CardNotes(data="CIFAR-10", differences={"paper": PAPER_NOTE, "mini": MINI_NOTE}),
)
