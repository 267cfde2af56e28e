"""Draw pictures that look a little like house numbers: grey digits, coloured, on patches of photographs.

As MNIST-M does (Ganin et al. 2016, "Domain-Adversarial Training of Neural Networks"), with the neighbouring
digits, the low contrast and the narrow figures of SVHN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generators.data.images import Bytes, Rows

SIDE = 32
FIGURE = 20  # height of the figure in a grey digit of MNIST, in pixels
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Traits:
    """How each of n pictures is drawn; every field is an array of length n.

    Parameters
    ----------
    left, right : array [n]
        Which digit stands at either side.
    alone : array [n, 2]
        Whether there is none.
    height : array [n]
        Of the figures, in pixels.
    aspect, slant : array [n]
        Factor on the width, and columns to the right per row upwards.
    spacing : array [n]
        Distance between figures, in pixels.
    shift : array [n, 2]
        Of the middle figure from the centre: columns, rows.
    photograph : array [n]
        Which photograph the background is cut from.
    corner : array [n, 2]
        Of the cut, which is half as wide as the photograph and stretched to twice its size.
    texture : array [n]
        What the contrast of the photograph is multiplied by.
    ground, ink : array [n, 3]
        Mean colour of the background and colour of the figures, 0 to 255.
    blur : array [n]
        Share of the mean of the 3 x 3 pixels around in each pixel.
    """

    left: Rows
    right: Rows
    alone: npt.NDArray[np.bool_]
    height: Floats
    aspect: Floats
    slant: Floats
    spacing: Floats
    shift: Floats
    photograph: Rows
    corner: Rows
    texture: Floats
    ground: Floats
    ink: Floats
    blur: Floats

    def take(self, rows: Rows | slice) -> Traits:
        """Return the traits of some of the pictures."""
        return Traits(**{name: values[rows] for name, values in vars(self).items()})


def draw_traits(rng: np.random.Generator, n: int, n_photographs: int) -> Traits:
    """Draw the traits of n pictures whose neighbours are digits of the same n.

    Examples
    --------
    >>> traits = draw_traits(np.random.default_rng(0), 1000, 50)
    >>> bool(traits.photograph.max() < 50), traits.ink.shape
    (True, (1000, 3))
    """

    def uniform(low: float, high: float, *shape: int) -> Floats:
        return rng.uniform(low, high, (n, *shape)).astype(np.float32)

    ground = uniform(40, 140) + np.zeros((3, 1), np.float32)
    ground = ground.T + rng.normal(0, 20, (n, 3)).astype(np.float32)
    contrast = uniform(65, 200, 1) * rng.choice(np.array([-1, 1], dtype=np.float32), (n, 1), p=[0.05, 0.95])
    ink = ground + contrast + rng.normal(0, 12, (n, 3)).astype(np.float32)
    height = uniform(24, 30)
    aspect = uniform(0.75, 1.0)
    return Traits(
        left=rng.integers(n, size=n),
        right=rng.integers(n, size=n),
        alone=rng.random((n, 2)) < 0.4,
        height=height,
        aspect=aspect,
        slant=uniform(-0.2, 0.2),
        spacing=height * aspect * uniform(0.7, 0.95),
        shift=uniform(-1.5, 1.5, 2),
        photograph=rng.integers(n_photographs, size=n),
        corner=rng.integers(SIDE // 2, size=(n, 2), endpoint=True),
        texture=uniform(0.05, 0.5),
        ground=ground,
        ink=ink,
        blur=uniform(0, 1),
    )


def compose(digits: Bytes, left: Bytes, right: Bytes, photographs: Bytes, traits: Traits) -> Bytes:
    """Draw pictures [n, 3, 32, 32].

    Parameters
    ----------
    digits, left, right : array [n, 28, 28]
        The middle digit and its neighbours, white on black.
    photographs : array [n, 3, 32, 32]
    traits : Traits
    """
    ink = _place(digits, traits, np.zeros_like(traits.spacing))
    for side, (neighbour, direction) in enumerate([(left, -1), (right, 1)]):
        visible = ~traits.alone[:, side, None, None]
        ink = np.maximum(ink, visible * _place(neighbour, traits, direction * traits.spacing))
    ground = traits.ground[:, :, None, None] + _texture(photographs, traits)
    pictures = ground + ink[:, None] * (traits.ink[:, :, None, None] - ground)
    blur = traits.blur[:, None, None, None]
    pictures = (1 - blur) * pictures + blur * _box_mean(pictures)
    return np.asarray(pictures.clip(0, 255).round(), dtype=np.uint8)


def _place(digits: Bytes, traits: Traits, offset: Floats) -> Floats:
    """Return how much of each pixel [n, 32, 32] a digit covers, moved by ``offset`` columns."""
    from scipy.ndimage import map_coordinates

    n, original, _ = digits.shape
    from_centre = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    columns = from_centre - (traits.shift[:, 0] + offset)[:, None]
    rows = from_centre - traits.shift[:, 1, None]
    scale = (traits.height / FIGURE)[:, None]
    middle = (original - 1) / 2
    source_rows = (rows / scale)[:, :, None]
    source_columns = (columns / (scale * traits.aspect[:, None]))[:, None, :]
    source_columns = source_columns + traits.slant[:, None, None] * source_rows
    grid = np.broadcast_arrays(
        np.arange(n, dtype=np.float32)[:, None, None], source_rows + middle, source_columns + middle
    )
    covered: Floats = map_coordinates(digits.astype(np.float32), np.stack(grid), order=1)
    return covered / np.float32(255)


def _texture(photographs: Bytes, traits: Traits) -> Floats:
    """Return the stretched cut of each photograph, its mean colour removed."""
    steps = np.arange(SIDE) // 2
    rows = (traits.corner[:, 0, None] + steps)[:, None, :, None]
    columns = (traits.corner[:, 1, None] + steps)[:, None, None, :]
    pictures, channels = np.ogrid[: len(photographs), :3]
    cuts = photographs[pictures[..., None, None], channels[..., None, None], rows, columns].astype(np.float32)
    texture: Floats = traits.texture[:, None, None, None] * (cuts - cuts.mean((2, 3), keepdims=True))
    return texture


def _box_mean(pictures: Floats) -> Floats:
    """Return the mean of the 3 x 3 pixels around each pixel."""
    from scipy.ndimage import uniform_filter

    mean = np.empty_like(pictures)
    uniform_filter(pictures, size=(1, 1, 3, 3), mode="nearest", output=mean)
    return mean
