"""How many Cuda-Convnet configurations train per second, against the obvious loop in the same run.

    python -m benchmarks.recording --recipe mini --device cpu

The obvious loop trains one model at a time: a DataLoader that transforms image by image, the layers of
torch.nn, float32. Both train for the same number of epochs on the same images of noise, in turn;
configurations differ from repeat to repeat.

- With ``--members 1``, ours is the recorder's loop for one configuration; with more, a population of so many.
- On a CPU the cost is the CPU time of one thread, on a GPU wall-clock time.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from scipy.stats import t as student_t
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from generators.cudaconvnet.hyperparameters import Hyperparameters, sample_hyperparameters
from generators.cudaconvnet.network import build_network, weighted_layers
from generators.cudaconvnet.population import train_cudaconvnets
from generators.cudaconvnet.recipe import CudaConvnetRecipe
from generators.spaces.cudaconvnet_cifar10 import CUDACONVNET_CIFAR10 as SPACE
from generators.training import ImageData, prepare_process

TARGETS = {"cpu": 1.5, "cuda": 10.0}


class PlainNorm(nn.Module):
    """The normalisation of the recipe as one would write it down."""

    def __init__(self, size: int, scale: float, power: float) -> None:
        super().__init__()
        self.size, self.scale, self.power = size, scale, power

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        mean = functional.avg_pool2d(maps**2, self.size, stride=1, padding=self.size // 2)
        return maps / (1 + self.scale * mean) ** self.power


class Images(Dataset):
    """Images transformed one by one, as torchvision's ToTensor and Normalize do."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, mean: torch.Tensor) -> None:
        self.images, self.labels, self.mean = images, labels, mean

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.images[index]).permute(2, 0, 1).contiguous().float()
        return image - self.mean, int(self.labels[index])


def obvious_network(config: Hyperparameters, recipe: CudaConvnetRecipe) -> nn.Sequential:
    """Return the network of the recipe with torch's own layers."""
    network = build_network(config, recipe)
    for name in ("norm1", "norm2"):
        if recipe.norm_region == "across_channels":
            norm = nn.LocalResponseNorm(recipe.norm_size, config.norm_scale, config.norm_power)
        else:
            norm = PlainNorm(recipe.norm_size, config.norm_scale, config.norm_power)
        network.set_submodule(name, norm)
    return network


def train_obviously(
    config: Hyperparameters, recipe: CudaConvnetRecipe, loaders: list[DataLoader], device: str
) -> float:
    """Train one configuration and return its final accuracy."""
    train, valid = loaders
    network = obvious_network(config, recipe).to(device)
    layers = weighted_layers(network)
    penalties = (config.l2_conv1, config.l2_conv2, config.l2_conv3, config.l2_fc4)
    groups = [
        {"params": [layer.weight], "weight_decay": l2} for layer, l2 in zip(layers, penalties, strict=True)
    ]
    biases = {
        "params": [layer.bias for layer in layers],
        "lr": recipe.bias_rate_factor * config.learning_rate,
    }
    optimizer = torch.optim.SGD([*groups, biases], lr=config.learning_rate, momentum=recipe.momentum)
    for _ in range(recipe.epochs):
        network.train()
        for images, labels in train:
            loss = functional.cross_entropy(network(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        network.eval()
        correct = 0
        with torch.no_grad():
            for images, labels in valid:
                correct += (network(images.to(device)).argmax(1) == labels.to(device)).sum().item()
    return correct / recipe.n_valid


def noise(recipe: CudaConvnetRecipe, device: str) -> ImageData:
    """Return images of noise, as many and as large as the recipe takes."""
    generator = torch.Generator().manual_seed(0)
    n_images, side = recipe.n_valid + recipe.n_train, recipe.image_size
    images = torch.randint(0, 256, (n_images, 3, side, side), generator=generator, dtype=torch.uint8).to(
        device
    )
    labels = torch.randint(0, 10, (n_images,), generator=generator).to(device)
    return ImageData(
        train_images=images[recipe.n_valid :],
        train_labels=labels[recipe.n_valid :],
        valid_images=images[: recipe.n_valid],
        valid_labels=labels[: recipe.n_valid],
        mean=torch.full((1, 3, 1, 1), 127.5, device=device),
        std=torch.ones((1, 3, 1, 1), device=device),
    )


def loaders_of(data: ImageData, recipe: CudaConvnetRecipe, n_processes: int) -> list[DataLoader]:
    """Return the DataLoaders of the obvious loop over the training and validation images."""

    def loader(images: torch.Tensor, labels: torch.Tensor, batch_size: int, *, shuffle: bool) -> DataLoader:
        dataset = Images(images.permute(0, 2, 3, 1).contiguous().cpu().numpy(), labels.cpu().numpy(), mean)
        return DataLoader(dataset, batch_size, shuffle=shuffle, num_workers=n_processes, pin_memory=cuda)

    cuda = data.train_images.is_cuda
    mean = data.mean[0].cpu()
    return [
        loader(data.train_images, data.train_labels, recipe.batch_size, shuffle=True),
        loader(data.valid_images, data.valid_labels, recipe.eval_batch_size, shuffle=False),
    ]


def train_ours(
    configs: list[Hyperparameters], recipe: CudaConvnetRecipe, data: ImageData, device: str, *, capture: bool
) -> None:
    """Train configurations as a recording does."""
    seeds = list(range(len(configs)))
    if len(configs) == 1:
        list(SPACE.train(configs[0], seeds[0], recipe, data, device))
    else:
        list(train_cudaconvnets(configs, seeds, recipe, data, device, capture=capture))


def seconds(work: Callable[[], object], device: str) -> tuple[float, float]:
    """Return cost and wall-clock time of some work."""
    start, cpu_start = time.perf_counter(), time.process_time()
    work()
    if device != "cpu":
        torch.cuda.synchronize()
    wall = time.perf_counter() - start
    return (time.process_time() - cpu_start if device == "cpu" else wall), wall


def compare(recipe: CudaConvnetRecipe, options: argparse.Namespace) -> None:
    """Train in turn, and print configurations per second and their ratio."""
    device, n_members = options.device, options.members
    data = noise(recipe, device)
    loaders = loaders_of(data, recipe, options.loader_processes)
    rng = np.random.default_rng(0)
    times = []  # [repeat, whose, cost or wall]
    for _ in range(options.repeats + 1):
        configs = [sample_hyperparameters(rng) for _ in range(n_members)]
        theirs = seconds(partial(train_obviously, configs[0], recipe, loaders, device), device)
        ours = seconds(partial(train_ours, configs, recipe, data, device, capture=options.capture), device)
        times.append([theirs, [one / n_members for one in ours]])
    report(recipe, options, np.array(times[1:]))  # the first ones load and compile


def report(recipe: CudaConvnetRecipe, options: argparse.Namespace, times: np.ndarray) -> None:
    print(
        f"{recipe.name} recipe on {options.device}: {recipe.epochs} epochs, "
        f"{recipe.n_train} + {recipe.n_valid} images, norm {recipe.norm_region}, {options.repeats} repeats"
    )
    ours = f"ours, {options.members} together" if options.members > 1 else "ours, one at a time"
    for name, (cost, wall) in zip(("obvious loop", ours), np.median(times, axis=0), strict=True):
        print(f"  {name:20} {1 / cost:9.4f} configurations per second ({1 / wall:.4f} by the wall clock)")
    low, middle, high = interval(times[:, 0, 0] / times[:, 1, 0])
    target = TARGETS[options.device.partition(":")[0]]
    print(f"  {'ratio':20} {middle:9.2f} ({low:.2f} to {high:.2f}, 95 % interval; target {target:g})")


def interval(ratios: np.ndarray) -> np.ndarray:
    """Return the geometric mean of ratios between the ends of its t interval."""
    logs = np.log(ratios)
    half = student_t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))
    return np.exp(logs.mean() + np.array([-half, 0.0, half]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=[*SPACE.recipes], default="mini")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--members", type=int, help="trained together; 1 on a CPU and 64 on a GPU by default")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--images", type=float, default=1.0, help="share of the recipe's images to train on")
    parser.add_argument("--norm", choices=["within_channel", "across_channels"], default="within_channel")
    parser.add_argument(
        "--repeats", type=int, default=5, help="of each, in turn, after one that does not count"
    )
    parser.add_argument(
        "--loader-processes", type=int, default=0, help="of each DataLoader of the obvious loop"
    )
    parser.add_argument("--capture", action="store_true", help="replay a population's step as a CUDA graph")
    options = parser.parse_args()
    options.members = options.members or (1 if options.device == "cpu" else 64)
    prepare_process()
    recipe = SPACE.recipes[options.recipe]
    compare(
        replace(
            recipe,
            epochs=options.epochs,
            n_train=int(options.images * recipe.n_train),
            n_valid=int(options.images * recipe.n_valid),
            norm_region=options.norm,
        ),
        options,
    )


if __name__ == "__main__":
    main()
