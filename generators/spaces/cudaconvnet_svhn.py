"""The corpus ``cudaconvnet-svhn``: the Cuda-Convnet network under random hyperparameters on SVHN."""

from __future__ import annotations

from dataclasses import replace

from generators.card_notes import CardNotes
from generators.cudaconvnet import recipe as cudaconvnet_recipe
from generators.cudaconvnet.space import CudaConvnet
from generators.data.svhn import SVHN

PAPER = replace(cudaconvnet_recipe.PAPER, epochs=12, n_train=68_257)
MINI = replace(cudaconvnet_recipe.MINI, epochs=12, n_train=2_000, n_valid=2_000, batch_size=20)

PAPER_NOTE = """\
## How this differs from the paper

As far as Baker et al. and Li et al. say, only as noted above. Which images they train on, Baker et al. do not
say: here it is the rest of the 73,257 published for training, without the easier "extra" ones. A network that
always answers with the most frequent digit has 19 %.
"""

MINI_CHANGES = """\
- An epoch has 100 steps instead of 683, so low learning rates get less far than at full size.
- The last three layers start from 4, 4 and 8 times cuda-convnet's deviations, as in `cudaconvnet-cifar10`,
  where the reasons are given. A penalty weighs more on a narrow network; more stay at chance here, therefore.
- bfloat16, which saves time.
"""

MINI_NOTE = f"""\
## How this differs from the paper

This is the small recipe for a CPU: a quarter of the network's width, a quarter of the pixels, and 2,000
images of about 68,000. Its accuracies are not the paper's; compare them with one another only. A network that
always answers with the most frequent digit has 19 %.

{MINI_CHANGES}"""

CUDACONVNET_SVHN = CudaConvnet(
    name="cudaconvnet-svhn",
    title="Cuda-Convnet under random hyperparameters on SVHN",
    source=SVHN,
    recipes={"paper": PAPER, "mini": MINI},
    notes=CardNotes(data="SVHN", differences={"paper": PAPER_NOTE, "mini": MINI_NOTE}),
)
