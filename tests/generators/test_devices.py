"""A worker whose GPU refuses all work must not fail one configuration after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys, types
torch = sys.modules["torch"] = types.ModuleType("torch")

class Tensor:
    def item(self):
        if sys.argv[2] == "broken":
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

torch.ones = lambda n, device: Tensor()
from generators.devices import end_process_if_broken
end_process_if_broken(sys.argv[1], ValueError("of the training"))
print("lives")
"""


@pytest.mark.parametrize(
    ("device", "state", "lives"),
    [("cuda:0", "broken", False), ("cuda:0", "sound", True), ("cpu", "broken", True)],
)
def test_process_ends_where_its_gpu_is_broken(device, state, lives):
    command = [sys.executable, "-c", SCRIPT, device, state]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ended.stdout == ("lives\n" if lives else "")
    assert ended.returncode == (0 if lives else 1)
    assert ("cuda:0 refuses all work, so its worker ends: of the training" in ended.stderr) == (not lives)
