"""The card text of the corpus ``resnet-tinyimagenet``: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.resnet_card import describe_precision, describe_schedule
from generators.resnet_tinyimagenet_recipe import PAPER, ResNetTinyImageNetRecipe

SPACE = """\
## What was recorded

Residual networks of 14 to 110 layers, drawn at random from the space of Baker et al. (2017), "Accelerating
Neural Architecture Search using Performance Prediction" (Appendix A), each trained on {n_classes} classes of
TinyImageNet for {epochs} epochs. The value is the accuracy on {n_valid:,} validation images cut from the
training split; the validation split of TinyImageNet was never read. Chance is 1 in {n_classes}. `seconds` is
what training and validation of an epoch cost on one worker: CPU seconds of its one thread, or wall-clock
seconds on a GPU.

## The search space, and how it was read

- 2 to 18 blocks of three convolutions, filters of side 3, 5 or 7 (`ap_kernel_side`), 2 to 22 filters
  (`ap_n_filters`); all three drawn independently, equally likely: 1071 architectures, none of which occurs
  twice.
- One side and one number of filters hold for all convolutions of a network, so that a block's output can be
  added to its input as it is. (The paper does not say whether they vary within a network. There, weights and
  depth alone explain 84 % of the variance of the final accuracy, which speaks for this reading.)
- Depth (`ap_n_layers`) is 6 times the number of blocks plus 2, the paper's 14 to 110: three convolutions and
  three batch normalisations in a block, the first convolution, and the softmax. (He et al. 2016 have the
  same formula for three stages of n blocks of two convolutions, normalisations not counted; the paper's
  blocks have three.)
- A block is convolution, normalisation, ReLU, twice, then convolution, normalisation, summation with what
  the block read, ReLU. "Same" padding.
- The paper says nothing about the size of the maps. Here, as in He et al., blocks are shared evenly
  among three stages, and the first block of the second and third halves the maps (stride 2 in its first
  convolution; what it adds skips every second row and column). The filters do not become more. Networks of
  2 blocks have two stages.
- Global average pooling before the softmax layer.
- Configuration i and its training seed depend on the recording's seed and on i alone.
"""

TRAINING = """\
## How the networks were trained

- {n_train:,} training images of {image_size} x {image_size} pixels, {mirror}; normalised with the mean
  and the deviation of their channels. The first convolution has stride {stem_stride}.
- `ap_n_weights` counts the weights trained: filters, scales and shifts of the normalisations, and biases
  of the first convolution and the softmax.
- He initialisation (normal); the convolutions of the blocks have no biases.
- SGD with Nesterov momentum {momentum:g}, batches of {batch_size}, L2 penalty {weight_decay:g} on all
  weights; learning rate {learning_rate:g}, {schedule}. (When it falls is open in the
  paper; here, as in He et al., at one half and three quarters of the epochs. So are the penalty, He et
  al.'s, and the size of batches.)
- {precision}
- A network that learns nothing stays in the corpus as `completed`; in a `diverged` one the loss became
  non-finite.
"""

PAPER_NOTE = """\
## How this differs from the paper

Optimizer, learning rate, its reduction, momentum and epochs are the paper's; what it leaves open is decided
as noted above.
"""

MINI_NOTE = """\
## How this differs from the paper

TODO small recipe for a CPU
"""


def write_description(recipe: ResNetTinyImageNetRecipe) -> str:
    """Return the Markdown text of the card for a recipe."""
    space = SPACE.format(epochs=recipe.epochs, n_valid=recipe.n_valid, n_classes=recipe.n_classes)
    training = TRAINING.format(
        n_train=recipe.n_train,
        image_size=recipe.image_size,
        mirror="mirrored at random" if recipe.mirror else "not augmented",
        stem_stride=recipe.stem_stride,
        momentum=recipe.momentum,
        batch_size=recipe.batch_size,
        weight_decay=recipe.weight_decay,
        learning_rate=recipe.learning_rate,
        schedule=describe_schedule(recipe),
        precision=describe_precision(recipe),
    )
    return "\n".join([space, training, PAPER_NOTE if recipe.name == PAPER.name else MINI_NOTE]).rstrip()
