"""What to train on."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from simlab.errors import SettingError, SimlabError, UnknownNameError

DEVICES = ("cpu", "cuda")


def find_devices(device: str, workers: int) -> list[str]:
    """Return the torch device of each worker on this machine; several GPUs are shared out in turn.

    Parameters
    ----------
    device : {"cpu", "cuda"}
    workers : int

    Raises
    ------
    SimlabError
        If torch is not installed, or CUDA is asked for and not there.
    """
    _check_name(device)
    if find_spec("torch") is None:
        raise SimlabError(
            "torch is not installed; install the 'generators' extra: pip install '.[generators]'"
        )
    if device == "cpu":
        return ["cpu"] * workers
    import torch

    if not torch.cuda.is_available():
        raise SettingError("--device cuda: torch finds no CUDA device here. Use --device cpu --recipe mini.")
    return [f"cuda:{number % torch.cuda.device_count()}" for number in range(workers)]


def find_cluster_device(device: str, workers: int) -> list[str]:
    """Return the kind of device of a cluster's workers; whether they have it is found out there.

    Raises
    ------
    SimlabError
        If there is no such kind, or a number of workers is asked for.
    """
    _check_name(device)
    if workers != 1:
        raise SettingError(f"--workers {workers}: with --cluster, its workers are all used. Leave it out.")
    return [device]


def _check_name(device: str) -> None:
    if device not in DEVICES:
        raise UnknownNameError("device", device, DEVICES)


def end_process_if_broken(device: str, error: Exception) -> None:
    """End this process if its GPU refuses all work since ``error``; another one can use the GPU again.

    After an illegal memory access, say, CUDA fails every later call of the process, so that every later
    training would fail with it.
    """
    if not device.startswith("cuda"):
        return
    import torch

    try:
        torch.ones(1, device=device).item()
    except RuntimeError:
        print(f"{device} refuses all work, so its worker ends: {error}", file=sys.stderr, flush=True)
        os._exit(1)
