"""The card text of the Cuda-Convnet corpora: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.cudaconvnet.weights import count_weights

SPACE = """\
## What was recorded

One convolutional network, Krizhevsky's cuda-convnet for CIFAR-10 ("18 %"), trained on {data}
for {epochs} epochs under hyperparameters drawn at random from Table 4 of Baker et al. (2017), "Accelerating
Neural Architecture Search using Performance Prediction". The value is the accuracy on {n_valid:,} validation
images cut from the training split; the test split was never read. `seconds` is what training and validation
of an epoch cost on one worker: CPU seconds of its one thread, or wall-clock seconds on a GPU.

## The hyperparameters, and how they were read

| column | scale | from | to |
|---|---|---|---|
| `hp_learning_rate` | log | 5e-5 | 5 |
| `hp_lr_reductions` | integer | 0 | 3 |
| `hp_l2_conv1`, `hp_l2_conv2`, `hp_l2_conv3`, `hp_l2_fc4` | log | 5e-5 | 5 |
| `hp_norm_scale` | log | 5e-6 | 5 |
| `hp_norm_power` | linear | 0.01 | 3 |

- All are drawn independently, and stand in the columns as they are; predictors get those of a logarithmic
  scale as logarithms. Real ones are rounded to 6 significant digits.
- Each of k reductions cuts the learning rate to a tenth; they come at even distances, after
  1/(k+1), 2/(k+1), ... of the epochs, as in the published code of Li et al. (2017), "Hyperband". (The text
  of Baker et al. says "learning rate reduction step size", their table has the number of reductions.)
- An L2 penalty w adds w / 2 times the sum of the squares of a layer's weights to the loss, as `wc` in
  cuda-convnet; biases bear none. Table 4 has one range for all four layers; Li et al. give the last one
  0.005 to 500.
- The same scale and power stand in both normalisation layers: x / (1 + scale * m) ** power, where m is the
  mean of the squares around x.
- Most draws are bad, and stay in the corpus. A strong penalty on any layer, or a strong normalisation,
  keeps the network at chance (`completed`, flat near chance); a high learning rate makes it diverge
  (`diverged`: a loss became non-finite; the rows before that are kept).
- Configuration i and its training seed depend on the recording's seed and on i alone.

## The network and its training

- 5 x 5 convolution to {first} maps, max pooling, ReLU, response normalisation; 5 x 5 convolution to {second}
  maps, ReLU, average pooling, response normalisation; 5 x 5 convolution to {third} maps, ReLU, average
  pooling; fully connected to 10 classes, softmax. Pooling is 3 x 3 with stride 2.
- {n_weights:,} weights, biases included (`ap_n_weights`), in 4 layers (`ap_n_layers`); neither varies.
- {norm}
- Weights start from normal distributions of standard deviation {stds}; biases at zero.
- SGD with momentum {momentum:g}, batches of {batch_size}; biases learn {bias_rate_factor:g} times as fast.
  When the learning rate falls, the momentum gathered so far falls with it (in cuda-convnet it does not).
- {n_train:,} training images of {image_size} x {image_size} pixels, in a new random order every epoch,
  {mirror}. Pixels keep their scale of 0 to 255; the mean of each channel is subtracted
  (cuda-convnet subtracts the mean image).
- {precision}
"""


def write_description(recipe: CudaConvnetRecipe, notes: CardNotes) -> str:
    """Return the Markdown text of the card for a recipe, with the notes of the corpus."""
    first, second, third = recipe.channels
    body = SPACE.format(
        data=notes.data,
        epochs=recipe.epochs,
        n_valid=recipe.n_valid,
        n_train=recipe.n_train,
        image_size=recipe.image_size,
        first=first,
        second=second,
        third=third,
        n_weights=count_weights(recipe),
        norm=_normalisation(recipe),
        stds=", ".join(f"{std:g}" for std in recipe.initial_std),
        momentum=recipe.momentum,
        batch_size=recipe.batch_size,
        bias_rate_factor=recipe.bias_rate_factor,
        mirror="mirrored at random" if recipe.mirror else "not augmented",
        precision="Matrix products in bfloat16, all else in float32."
        if recipe.bfloat16
        else "All in float32.",
    )
    return notes.enclose(body, recipe.name)


def _normalisation(recipe: CudaConvnetRecipe) -> str:
    if recipe.norm_region == "within_channel":
        return (
            f"That mean is over {recipe.norm_size} x {recipe.norm_size} positions of the same map (`rnorm`), "
            "as in cuda-convnet's\n  `layers-18pct.cfg` and in the code of Li et al."
        )
    return f"That mean is over {recipe.norm_size} neighbouring maps at the same position (`cmrnorm`)."
