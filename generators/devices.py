"""What to train on."""

from __future__ import annotations

from importlib.util import find_spec

from simlab.errors import SettingError, SimlabError, UnknownNameError


def find_devices(device: str, workers: int) -> list[str]:
    """Return the torch device of each worker; several GPUs are shared out in turn.

    Parameters
    ----------
    device : {"cpu", "cuda"}
    workers : int

    Raises
    ------
    SimlabError
        If torch is not installed, or CUDA is asked for and not there.
    """
    if device not in ("cpu", "cuda"):
        raise UnknownNameError("device", device, ["cpu", "cuda"])
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
