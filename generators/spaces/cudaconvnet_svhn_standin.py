"""The corpus ``cudaconvnet-svhn-standin``: the Cuda-Convnet network on a stand-in for SVHN."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.cudaconvnet.space import CudaConvnet
from generators.data.svhn_standin import PREFACE, SVHN_STANDIN
from generators.spaces.cudaconvnet_svhn import MINI, MINI_CHANGES

MINI_NOTE = f"""\
## How this differs from the paper

Other data, as said above. And this is the small recipe for a CPU: a quarter of the network's width, a quarter
of the pixels, and 2,000 images instead of about 68,000. Compare its accuracies with one another only.

{MINI_CHANGES}"""

CUDACONVNET_SVHN_STANDIN = CudaConvnet(
    name="cudaconvnet-svhn-standin",
    title="Cuda-Convnet under random hyperparameters on a stand-in for SVHN",
    source=SVHN_STANDIN,
    recipes={"mini": MINI},
    notes=CardNotes(data="a stand-in for SVHN", differences={"mini": MINI_NOTE}, preface=PREFACE),
)
