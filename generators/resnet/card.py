"""Sentences that the cards of both residual corpora share."""

from __future__ import annotations

from generators.resnet.recipe import ResNetRecipe


def describe_schedule(recipe: ResNetRecipe) -> str:
    """Return what becomes of the learning rate, as the end of a sentence.

    Examples
    --------
    >>> from generators.resnet.tinyimagenet_recipe import PAPER
    >>> describe_schedule(PAPER)
    'multiplied by 0.1 after epochs 70 and 105'
    """
    epochs = "epoch" if len(recipe.drop_epochs) == 1 else "epochs"
    return f"multiplied by {recipe.drop_factor:g} after {epochs} {' and '.join(map(str, recipe.drop_epochs))}"


def describe_precision(recipe: ResNetRecipe) -> str:
    """Return the sentence on the precision of the arithmetic."""
    return "Convolutions in bfloat16, weights in float32." if recipe.bfloat16 else "All in float32."
