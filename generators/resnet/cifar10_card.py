"""The card text of the corpus ``resnet-cifar10``: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.resnet.card import describe_precision, describe_schedule
from generators.resnet.cifar10_recipe import PAPER, ResNetCifar10Recipe
from generators.resnet.cifar10_weights import final_side

SPACE = """\
## What was recorded

Residual networks of 39 layers, drawn at random from the space of Baker et al. (2017), "Accelerating Neural
Architecture Search using Performance Prediction" (Appendix A; similar to Zoph and Le 2017, "Neural
Architecture Search with Reinforcement Learning"), each trained on CIFAR-10 for {epochs} epochs. The value is
the accuracy on {n_valid:,} validation images cut from the training split; the test split was never read.
`seconds` is what training and validation of an epoch cost on one worker: CPU seconds of its one thread, or
wall-clock seconds on a GPU.

## The search space, and how it was read

- 12 convolutions, 2 x 2 max pooling, 9 convolutions, 2 x 2 max pooling, 15 convolutions, softmax: 39 layers
  (`ap_n_layers`, which never varies). Batch normalisation and ReLU follow each convolution. Stride 1, "same"
  padding.
- Three convolutions in a row are a block and share what is drawn for it: kernel height and kernel width, each
  from 1, 3, 5, 7, and the number of filters, from 6, 12, 24, 36; all independent and equally likely.
  `ap_mean_kernel_height`, `ap_mean_kernel_width` and `ap_mean_filters` are means over the 12 blocks.
- "Densely connected via residual connections" inside a block: the second convolution reads the output of the
  first, the third the sum of the first and second, and the block gives the sum of all three.
- Residual connections between blocks: each block reads the output of the block before it, and each of the 55
  other pairs of an earlier and a later block is connected with probability 1/2 (the paper names none). What
  is connected is added. Their number is `ap_n_residuals`.
- Connections have no weights, so that depth stays 39: where the earlier block has fewer filters, the missing
  channels count as zero; where it has more, the surplus is left out; where a pooling lies between, its
  output is pooled, too. (The paper says nothing here. Zero channels are shortcut A of He et al. 2016.)
- The softmax layer reads all values of the last maps, {side} x {side} of each filter: the paper names no
  global pooling here, as it does for its MetaQNN networks.
- The text of a configuration lists height x width x filters of the 12 blocks, then the connected pairs. No
  architecture occurs twice.
- Configuration i and its training seed depend on the recording's seed and on i alone.
"""

TRAINING = """\
## How the networks were trained

- {n_train:,} training images of {image_size} x {image_size} pixels, {mirror}; normalised with the mean
  and the deviation of their channels.
- Numbers of filters are {width} those in the architecture text. `ap_n_weights` counts the weights
  trained: filters, scales and shifts of the normalisations, and the softmax with its biases.
- He initialisation (normal), convolutions without biases.
- RMSProp (share kept of the mean square: {smoothing:g}, no momentum), batches of {batch_size}, L2 penalty
  {weight_decay:g} on all weights; learning rate {learning_rate:g}, {schedule}.
- {precision}
- A network that learns nothing stays in the corpus as `completed`; in a `diverged` one the loss became
  non-finite.
"""

PAPER_NOTE = """\
## How this differs from the paper

Optimizer, penalty, learning rates and epochs are the paper's. Open there and decided here: size of batches,
RMSProp's other settings, initialisation, mirroring, and the validation split.
"""

MINI_NOTE = """\
## How this differs from the paper

This is the small recipe for a CPU: the paper's architectures at a third of their width, on a sixteenth of the
pixels and {n_train:,} images of about 45,000. Its accuracies are not the paper's; compare them with one
another only.

- Maps have sides 8, 4 and 2, so tall and wide filters of later blocks see mostly padding.
- An epoch has {steps} steps, not hundreds. Learning rate and penalty are higher therefore, three and a
  hundred times; the learning rate still falls to a hundredth after epoch 30. With the paper's values, tried
  beforehand on four configurations at half the width, the accuracy stood still from about epoch 15 and hardly
  noticed the fall; with these it jumps up and down until then, rises, and ends no lower.
- bfloat16, which saves a fifth of the time.
"""


def write_description(recipe: ResNetCifar10Recipe) -> str:
    """Return the Markdown text of the card for a recipe."""
    space = SPACE.format(epochs=recipe.epochs, n_valid=recipe.n_valid, side=final_side(recipe))
    training = TRAINING.format(
        n_train=recipe.n_train,
        image_size=recipe.image_size,
        mirror="mirrored at random" if recipe.mirror else "not augmented",
        width="exactly" if recipe.width_divisor == 1 else f"1/{recipe.width_divisor} of",
        smoothing=recipe.smoothing,
        batch_size=recipe.batch_size,
        weight_decay=recipe.weight_decay,
        learning_rate=recipe.learning_rate,
        schedule=describe_schedule(recipe),
        precision=describe_precision(recipe),
    )
    mini = MINI_NOTE.format(n_train=recipe.n_train, steps=-(-recipe.n_train // recipe.batch_size))
    return "\n".join([space, training, PAPER_NOTE if recipe.name == PAPER.name else mini]).rstrip()
