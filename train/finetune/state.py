"""Where a run stands: trained parameters, moments of the optimizer, and how the evaluations went."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from taibao_cli.errors import InputError
from train.finetune.model import Trainee, trained
from train.finetune.shard import like, whole
from train.state import replace_folder

_WEIGHTS: Final = "trained.safetensors"
_MOMENTS: Final = "moments.safetensors"
_PROGRESS: Final = "progress.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps done; the best evaluation (`best`, larger is better, at step `best_step`) and how many came `since` it."""

    step: int = 0
    best: float | None = None
    best_step: int = 0
    since: int = 0

    def after(self, step: int, value: float) -> Progress:
        """With the evaluation of `step` taken in."""
        if self.best is None or value > self.best:
            return Progress(step, value, step, 0)
        return Progress(step, self.best, self.best_step, self.since + 1)


def trained_values(trainee: Trainee) -> dict[str, Tensor]:
    """Trained parameters by name, whole and on the processor; all processes must ask."""
    return {name: whole(parameter) for name, parameter in trained(trainee).items()}


def save(folder: Path, trainee: Trainee, optimizer: Optimizer, progress: Progress, *, main: bool) -> None:
    """Write the state, whole or not at all. All processes must call it; the `main` one writes."""
    values = trained_values(trainee)
    moments = {
        f"{at}.{key}": whole(value) for at, own in optimizer.state_dict()["state"].items() for key, value in own.items()
    }

    def write(part: Path) -> None:
        save_file(values, part / _WEIGHTS)
        save_file(moments, part / _MOMENTS)
        (part / _PROGRESS).write_text(json.dumps(asdict(progress)) + "\n", encoding="utf-8")

    if main:
        replace_folder(folder, write)


def restore(folder: Path, trainee: Trainee, optimizer: Optimizer) -> Progress:
    """Load what `save` wrote; a run that begins has none.

    Raises:
        InputError: the state is damaged or belongs to another model.
    """
    if not (folder / _PROGRESS).is_file():
        return Progress()
    try:
        values, moments, parameters = load_file(folder / _WEIGHTS), load_file(folder / _MOMENTS), trained(trainee)
        if values.keys() != parameters.keys():
            raise ValueError("other parameters are trained")
        with torch.no_grad():
            for name, value in values.items():
                parameters[name].copy_(like(value, parameters[name]))
        state: dict[int, dict[str, Tensor]] = {}
        ordered = list(parameters.values())
        for name, value in moments.items():
            at, key = name.split(".", 1)
            part = like(value, ordered[int(at)]) if value.shape == ordered[int(at)].shape else value
            state.setdefault(int(at), {})[key] = part
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        return Progress(**json.loads((folder / _PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"{folder}: the saved state does not fit: {error}; give another -o") from None
