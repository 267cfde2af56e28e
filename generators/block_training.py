"""Train a block of configurations, and put down how each of them ended."""

from __future__ import annotations

import gc
import math
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from generators.blocks import Block, name_of, share_out
from generators.devices import end_process_if_broken
from generators.draws import Draw
from generators.engine import FinishedBlock, Job
from generators.parts import FinishedCurve
from generators.space import EpochRecord, PopulationSpace


def train_block(job: Job, block: Block, data: Any, device: str) -> FinishedBlock:
    """Train all configurations of a block to their end, to their divergence or to their failure.

    A population that raises as a whole (out of memory, say) is tried again in halves, and these in halves of
    their own, so that what is to blame fails alone.
    """
    if len(block) == 1:
        return FinishedBlock([train_curve(job, block[0], data, device)])
    try:
        return FinishedBlock(_train_population(job, block, data, device))
    except Exception as error:  # noqa: BLE001  as in train_curve
        end_process_if_broken(device, error)
        note = f"{name_of(block)}: failed, so trained in halves: {one_line(error)}"
    gc.collect()  # what the failure left on the GPU
    halves = [train_block(job, half, data, device) for half in share_out(block, 2)]
    notes = [note, *(half.note for half in halves if half.note)]
    return FinishedBlock([curve for half in halves for curve in half.curves], "\n".join(notes))


def train_curve(job: Job, draw: Draw, data: Any, device: str) -> FinishedCurve:
    """Train one configuration to its end, to its divergence or to its failure."""
    progress = _Progress()
    try:
        for record in job.space.train(draw.config, draw.seed, job.recipe, data, device):
            progress.add(record)
            if progress.diverged:
                break
    except Exception as error:  # noqa: BLE001  whatever goes wrong in one training must not end the recording
        end_process_if_broken(device, error)
        return failed(job, draw, one_line(error), progress.epochs)
    return progress.finish(job, draw)


def _train_population(job: Job, block: Block, data: Any, device: str) -> list[FinishedCurve]:
    members = [_Progress() for _ in block]
    configs, seeds = [draw.config for draw in block], [draw.seed for draw in block]
    space = cast(PopulationSpace, job.space)  # only such a space has blocks of several
    for records in space.train_population(configs, seeds, job.recipe, data, device):
        for member, record in zip(members, records, strict=True):
            member.add(record)
        if all(member.diverged for member in members):
            break
    return [member.finish(job, draw) for member, draw in zip(members, block, strict=True)]


@dataclass
class _Progress:
    """The epochs of one training so far, up to its divergence."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    diverged: str | None = None

    def add(self, record: EpochRecord) -> None:
        if self.diverged:
            return
        fields = asdict(record)
        lost = [name for name, number in fields.items() if not math.isfinite(number)]
        if lost:
            self.diverged = f"{', '.join(lost)} not finite in epoch {len(self.epochs) + 1}"
        else:
            self.epochs.append(fields)

    def finish(self, job: Job, draw: Draw) -> FinishedCurve:
        status = "diverged" if self.diverged else "completed"
        return _describe(job, draw, status, self.diverged, self.epochs)


def failed(job: Job, draw: Draw, reason: str, epochs: list[dict[str, float]] | None = None) -> FinishedCurve:
    """Return what is kept of a training that failed."""
    return _describe(job, draw, "failed", reason, epochs or [])


def one_line(error: BaseException) -> str:
    """Return kind and first line of an error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _describe(
    job: Job, draw: Draw, status: str, reason: str | None, epochs: list[dict[str, float]]
) -> FinishedCurve:
    """Put what came out of a training together with the description of its configuration."""
    return FinishedCurve(
        config_id=draw.config_id,
        status=status,
        reason=reason,
        seed=draw.seed,
        architecture=job.space.key(draw.config),
        columns=job.space.describe(draw.config, job.recipe),
        epochs=epochs,
    )
