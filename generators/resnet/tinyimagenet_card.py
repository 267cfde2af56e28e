"""The card text of the corpus ``resnet-tinyimagenet``: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.resnet.card import describe_precision, describe_schedule
from generators.resnet.tinyimagenet_recipe import PAPER, ResNetTinyImageNetRecipe

SPACE = """\
## What was recorded

Residual networks of 14 to 110 layers, drawn at random from the space of Baker et al. (2017), "Accelerating
Neural Architecture Search using Performance Prediction" (Appendix A), each trained on {classes} of
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

This is the small recipe for a CPU: the paper's depths and filter sizes, half of the filters, {n_classes} of
200 classes, {n_train:,} images with a quarter of the pixels, half of the epochs. Its accuracies are not the
paper's; compare them with one another only.

- Half of the filters is rounded up, so 3 and 4 filters in the architecture text, say, are both trained as 2,
  from other seeds. `ap_n_filters` counts what was trained.
- Maps have sides 8, 4 and 2, so large filters of later blocks see mostly padding.
- Filters were halved because at full number networks learned so few images by heart.
- An epoch has {steps} steps, not hundreds, so the penalty is 50 times that of the `paper` recipe. With a
  weaker one the accuracy hardly noticed when the learning rate fell; with this one it rises in a step, and
  ends higher.
- After the first drop some networks lose accuracy again: they begin to learn the images by heart.
- bfloat16, which saves a fifth of the time.
"""


def write_description(recipe: ResNetTinyImageNetRecipe) -> str:
    """Return the Markdown text of the card for a recipe."""
    space = SPACE.format(
        epochs=recipe.epochs, n_valid=recipe.n_valid, n_classes=recipe.n_classes, classes=_classes(recipe)
    )
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
    steps = -(-recipe.n_train // recipe.batch_size)
    mini = MINI_NOTE.format(n_classes=recipe.n_classes, n_train=recipe.n_train, steps=steps)
    return "\n".join([space, training, PAPER_NOTE if recipe.name == PAPER.name else mini]).rstrip()


def _classes(recipe: ResNetTinyImageNetRecipe) -> str:
    return "all 200 classes" if recipe.n_classes == 200 else f"the first {recipe.n_classes} classes"
