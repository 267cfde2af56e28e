"""Which numbers a network is computed in."""

from __future__ import annotations

import torch

from generators.image_recipe import ImageRecipe


def matrix_precision(recipe: ImageRecipe, device: torch.device) -> torch.autocast:
    """Run matrix products in bfloat16 where the recipe says so; weights and updates stay as they are."""
    return torch.autocast(device.type, torch.bfloat16, enabled=recipe.bfloat16)


def as_matrices(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """Cast to what matrix products run in here, as torch's own layers do under autocast."""
    device = tensors[0].device.type
    if not torch.is_autocast_enabled(device):
        return tensors
    return [tensor.to(torch.get_autocast_dtype(device)) for tensor in tensors]


def at_least_float32(tensor: torch.Tensor) -> torch.Tensor:
    """Widen bfloat16; float32 and float64 stay what they are."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
