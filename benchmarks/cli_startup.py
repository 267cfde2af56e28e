"""What `simlab --help` takes against a bare `import numpy`, in the same run; the target is below 3 times."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

TARGET = 3.0
OURS = [str(Path(sys.executable).with_name("simlab")), "--help"]
PEER = [sys.executable, "-c", "import numpy"]


def seconds(command: list[str]) -> float:
    """Return the wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=11, help="runs of each, alternating")
    repeats = parser.parse_args().repeats
    seconds(OURS), seconds(PEER)  # fill the file cache
    times = [(seconds(OURS), seconds(PEER)) for _ in range(repeats)]
    ours, peer = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"simlab --help   median {ours:.3f} s of {repeats}")
    print(f"import numpy    median {peer:.3f} s of {repeats}")
    print(f"ratio           {ours / peer:.2f} (target < {TARGET:.0f})")


if __name__ == "__main__":
    main()
