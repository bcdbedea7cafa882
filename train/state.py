"""Saved training state: weights, optimizer state and step in one folder that is replaced whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim import Optimizer

from taibao_cli.errors import InputError

_STEP, _OPTIMIZER = "step.json", "optimizer.safetensors"


def save_state(folder: Path, write_weights: Callable[[Path], None], optimizers: Sequence[Optimizer], step: int) -> None:
    """Weights, moments of the optimizers and the number of finished steps, by `replace_folder`."""

    def write(part: Path) -> None:
        write_weights(part)
        tensors = {
            f"{number}.{at}.{key}": value.detach().cpu().contiguous()
            for number, optimizer in enumerate(optimizers)
            for at, values in optimizer.state_dict()["state"].items()
            for key, value in values.items()
        }
        save_file(tensors, part / _OPTIMIZER)
        (part / _STEP).write_text(json.dumps({"step": step}) + "\n", encoding="utf-8")

    replace_folder(folder, write)


def replace_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder beside `folder`, then swap: a kill at any moment leaves one complete folder, which
    `recover_folder` finds."""
    part, old = folder.with_name(folder.name + ".part"), folder.with_name(folder.name + ".old")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write(part)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def recover_folder(folder: Path) -> None:
    """Put back what `replace_folder` had moved away when it was killed between its two renames, and remove what it
    left behind when it was killed at another moment."""
    part, old = folder.with_name(folder.name + ".part"), folder.with_name(folder.name + ".old")
    if not folder.exists() and old.exists():
        old.rename(folder)
    for left in (part, old):
        shutil.rmtree(left, ignore_errors=True)


def restore_state(folder: Path, read_weights: Callable[[Path], None], optimizers: Sequence[Optimizer]) -> int:
    """Load what `save_state` wrote; returns the number of finished steps, 0 when there is no state.

    Raises:
        InputError: the state is incomplete or belongs to another model.
    """
    recover_folder(folder)
    if not (folder / _STEP).is_file():
        return 0
    try:
        read_weights(folder)
        saved = load_file(folder / _OPTIMIZER)
        for number, optimizer in enumerate(optimizers):
            state: dict[int, dict[str, Tensor]] = {}
            for name, tensor in saved.items():
                which, at, key = name.split(".", 2)
                if int(which) == number:
                    state.setdefault(int(at), {})[key] = tensor
            optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        return int(json.loads((folder / _STEP).read_text(encoding="utf-8"))["step"])
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(f"{folder}: the saved training state does not fit this configuration: {error}") from None
