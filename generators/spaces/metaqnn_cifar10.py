"""The corpus ``metaqnn-cifar10``: random MetaQNN architectures trained on CIFAR-10."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.data.cifar10 import CIFAR10
from generators.metaqnn.recipe import MINI, PAPER
from generators.metaqnn.space import MetaQNN

MAX_DEPTH = 18

DEPTH = """\
Table 3 limits the depth to below 12, the text has up to 18 layers on CIFAR-10, and so has the published
  code: up to 18 here."""

PAPER_NOTE = """\
## How this differs from the paper

As the paper and Baker et al. train them, as far as both say. L2 penalty, mirroring and the restarts are
those of the published code of Baker et al. (2017), whose networks read pixels that are not normalised.
"""

MINI_NOTE = """\
## How this differs from the paper

This is the small recipe for a CPU: the paper's architectures at a sixteenth of their width, on a quarter
of the pixels and a twelfth of the images. Its accuracies are not the paper's; compare them with one
another only. What else was changed, and why, was found on a dozen configurations beforehand:

- no dropout: at this width the paper's schedule of it kept deep networks near chance in validation while
  their training loss fell;
- a higher learning rate along a cosine: cut to a fifth every 5 epochs, as the paper does, the curves
  froze at half time with their order settled at epoch 5;
- one epoch of warm-up, without which some networks died in their first steps; no restarts therefore;
- bfloat16, which halves the time of the dearest networks.
"""

METAQNN_CIFAR10 = MetaQNN(
    name="metaqnn-cifar10",
    title="MetaQNN networks on CIFAR-10",
    source=CIFAR10,
    max_depth=MAX_DEPTH,
    recipes={"paper": PAPER, "mini": MINI},
    notes=CardNotes(data="CIFAR-10", depth=DEPTH, differences={"paper": PAPER_NOTE, "mini": MINI_NOTE}),
)
