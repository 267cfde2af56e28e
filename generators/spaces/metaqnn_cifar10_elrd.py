"""The corpus ``metaqnn-cifar10-elrd``: the networks of ``metaqnn-cifar10`` under exponential decay."""

from __future__ import annotations

from dataclasses import replace

from generators.card_notes import CardNotes
from generators.metaqnn import recipe as metaqnn_recipe
from generators.metaqnn.decay import DecayRecipe
from generators.spaces.metaqnn_cifar10 import METAQNN_CIFAR10

PAPER = DecayRecipe.like(metaqnn_recipe.PAPER, decay=0.725)
MINI = DecayRecipe.like(metaqnn_recipe.MINI, decay=0.85)

SAME_NETWORKS = """\
## The other corpus of these networks

Configuration i is that of `metaqnn-cifar10`: the same architecture, initial weights, images and order of
batches, wherever both were recorded with one seed. Only the learning rate falls differently: exponentially,
as in the paper's experiment on 630 of its 1,000 networks (Section 3.3.1), which asks whether predictors
made for smooth curves do better on them. The paper does not say how fast.
"""

PAPER_NOTE = f"""\
{SAME_NETWORKS}
## How this differs from the paper

As the paper and Baker et al. train them, as far as both say. The rate of decay is ours: as fast as the steps
of `metaqnn-cifar10` on average, 0.2 in 5 epochs being 0.725 per epoch.
"""

MINI_NOTE = f"""\
{SAME_NETWORKS}
## How this differs from the paper

This is the small recipe of `metaqnn-cifar10` but for the schedule: the paper's architectures at a sixteenth
of their width, on a quarter of the pixels and a twelfth of the images, no dropout, one epoch of warm-up, no
restarts, bfloat16. Its accuracies are not the paper's; compare them with one another only. The rate of decay
is ours: with 0.85 per epoch 20 % of the learning rate are left after half the epochs and 4 % at the end. (At
the paper recipe's 0.725 it would be 4 % and 0.2 %: too little for so few steps.)
"""

METAQNN_CIFAR10_ELRD = replace(
    METAQNN_CIFAR10,
    name="metaqnn-cifar10-elrd",
    title="MetaQNN networks on CIFAR-10 under exponential learning-rate decay",
    recipes={"paper": PAPER, "mini": MINI},
    notes=CardNotes(
        data=METAQNN_CIFAR10.notes.data,
        depth=METAQNN_CIFAR10.notes.depth,
        differences={"paper": PAPER_NOTE, "mini": MINI_NOTE},
    ),
)
