"""The corpus ``metaqnn-svhn``: random MetaQNN architectures trained on SVHN."""

from __future__ import annotations

from dataclasses import replace

from generators.card_notes import CardNotes
from generators.data.svhn import SVHN
from generators.metaqnn import recipe as metaqnn_recipe
from generators.metaqnn.space import MetaQNN

MAX_DEPTH = 12

PAPER = replace(
    metaqnn_recipe.PAPER,
    n_train=68_257,
    mirror=False,  # a mirrored 2 is no 2
    restart_below=0.25,  # a fifth of the digits are ones
)
MINI = replace(metaqnn_recipe.MINI, n_train=3_500, n_valid=4_000, mirror=False)

DEPTH = """\
Table 3 limits the depth to below 12, the text has up to 12 layers on SVHN: up to 12 here."""

PAPER_NOTE = """\
## How this differs from the paper

As the paper and Baker et al. train them, as far as both say. L2 penalty and restarts are those of the
published code of Baker et al. (2017). A network counts as learning nothing up to 25 % here: the most
frequent digit alone gives 19 %. Training images are the rest of the 73,257 published for training, without
the easier "extra" ones.
"""

MINI_CHANGES = """\
- no dropout, a higher learning rate along a cosine with one epoch of warm-up, no restarts, bfloat16: all
  as in `metaqnn-cifar10`, where the reasons are given;
- no mirroring, which would turn digits into none.
"""

MINI_NOTE = f"""\
## How this differs from the paper

This is the small recipe for a CPU: the paper's architectures at a sixteenth of their width, on a quarter
of the pixels and a twentieth of the images. Its accuracies are not the paper's; compare them with one
another only. A network that always answers with the most frequent digit has 19 %.

{MINI_CHANGES}"""

METAQNN_SVHN = MetaQNN(
    name="metaqnn-svhn",
    title="MetaQNN networks on SVHN",
    source=SVHN,
    max_depth=MAX_DEPTH,
    recipes={"paper": PAPER, "mini": MINI},
    notes=CardNotes(data="SVHN", depth=DEPTH, differences={"paper": PAPER_NOTE, "mini": MINI_NOTE}),
)
