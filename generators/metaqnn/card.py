"""The card text of the MetaQNN corpora: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.metaqnn.recipe import MetaQNNRecipe

SPACE = """\
## What was recorded

Convolutional networks drawn at random from the MetaQNN search space (Table 3 of Baker et al. 2017,
"Accelerating Neural Architecture Search using Performance Prediction"), each trained on {data}
for {epochs} epochs. The value is the accuracy on {n_valid:,} validation images cut from the training split;
the test split was never read. `seconds` is what training and validation of an epoch cost on one
worker: CPU seconds of its one thread, or wall-clock seconds on a GPU.

## The search space, and how it was read

- Convolution: 1 x 1, 3 x 3 or 5 x 5, 64 to 512 channels, stride 1, "same" padding: the size stays. ReLU
  follows.
- Max pooling (receptive field f, stride l): (5,3), (3,2), (2,2); a size n becomes floor((n - f) / l) + 1.
  Never twice in a row.
- Fully connected: 512, 256 or 128 neurons; only where the representation is below 8 (7 or less), at most
  two in a row, never wider than the one before (the published code of Baker et al. has this rule; Table 3
  does not).
- {depth} The termination does not count as a layer.
- The first layer is a convolution, as in the published code. A receptive field may be as large as the
  representation (the published code wants it smaller).
- After a convolution or pooling the network ends in global average pooling and a softmax layer, after a
  fully connected layer in a softmax layer. (The published code also knows a softmax directly on a feature
  map.)
- A random network is a walk that picks uniformly among all layers allowed next and the termination, as
  the agent does while it only explores. Table 3's size bins are the agent's view; the walk knows the
  exact size.
- Sizes are those of 32 x 32 images, whatever the networks were trained on. No architecture occurs twice.
- Configuration i and its training seed depend on the recording's seed and on i alone.
"""

TRAINING = """\
## How the networks were trained

- {n_train:,} training images of {image_size} x {image_size} pixels, {mirror}; normalised with the mean
  and the deviation of their channels.
- Channels and neurons are {width} those in the architecture text. `ap_n_weights` counts the weights
  trained, biases included.
- {pooling}
- Xavier (Glorot uniform) initialisation, biases zero.
- Adam, batches of {batch_size}, L2 penalty {weight_decay:g}, learning rate {learning_rate:g}, {schedule}.
- {dropout}
- {restarts}
- {precision}
- A network that learns nothing stays in the corpus as `completed`; in a `diverged` one the loss became
  non-finite.
"""


def write_description(recipe: MetaQNNRecipe, notes: CardNotes) -> str:
    """Return the Markdown text of the card for a recipe, with the notes of the corpus."""
    space = SPACE.format(epochs=recipe.epochs, n_valid=recipe.n_valid, data=notes.data, depth=notes.depth)
    training = TRAINING.format(
        n_train=recipe.n_train,
        image_size=recipe.image_size,
        mirror="mirrored at random" if recipe.mirror else "not augmented",
        width="exactly" if recipe.width_divisor == 1 else f"1/{recipe.width_divisor} of",
        pooling=_pooling(recipe),
        batch_size=recipe.batch_size,
        weight_decay=recipe.weight_decay,
        learning_rate=recipe.learning_rate,
        schedule=_schedule(recipe),
        dropout=_dropout(recipe),
        restarts=_restarts(recipe),
        precision="Matrix products in bfloat16, all else in float32."
        if recipe.bfloat16
        else "All in float32.",
    )
    return notes.enclose(f"{space}\n{training}", recipe.name)


def _schedule(recipe: MetaQNNRecipe) -> str:
    if not recipe.warmup_epochs:
        return recipe.describe_fall()
    return f"rising from zero during epochs up to {recipe.warmup_epochs:g}, {recipe.describe_fall()}"


def _pooling(recipe: MetaQNNRecipe) -> str:
    if not recipe.padded_pooling:
        return "Pooling is not padded."
    return "Pooling is padded: a size n becomes ceil(n / l), so that no map of the small images vanishes."


def _dropout(recipe: MetaQNNRecipe) -> str:
    if not recipe.max_dropout:
        return "No dropout."
    return f"Dropout after every second layer; the i-th of n has probability {recipe.max_dropout:g} * i / n."


def _restarts(recipe: MetaQNNRecipe) -> str:
    if not recipe.restarts:
        return "No restarts at a lower learning rate."
    return (
        f"A network at or below {recipe.restart_below:.0%} validation accuracy after its first epoch starts\n"
        f"  anew, up to {recipe.restarts} times, each with {recipe.restart_factor:g} of its learning rate.\n"
        "  The curve is that of the last start; its first epoch's seconds include the discarded ones."
    )
