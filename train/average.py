"""A model between the one a training started from and the one it ended with.

Training that follows a new mixture forgets some of what the old one taught; the mean of both weights keeps most of
either (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from safetensors.torch import load_file, save_file
from torch import Tensor

from convert.files import atomic_folder
from taibao_cli.errors import InputError

_WEIGHTS: Final = "model.safetensors"


def average(start: Mapping[str, Tensor], trained: Path, share: float, out: Path) -> None:
    """Write the checkpoint `trained` to the new folder `out`, whole or not at all, with weights that are `share` of
    those in `start`, by their names, and the rest of its own.

    Raises:
        InputError: `start` lacks a weight of the checkpoint, or has one of another shape.
    """
    weights = load_file(trained / _WEIGHTS)
    for name, weight in weights.items():
        if name not in start or start[name].shape != weight.shape:
            raise InputError(f"{trained}: the model it started from has no {name} of shape {tuple(weight.shape)}")
        weights[name] = (share * start[name].float() + (1 - share) * weight.float()).to(weight.dtype).contiguous()
    with atomic_folder(out) as temporary:
        for path in trained.iterdir():
            if path.is_file() and path.name != _WEIGHTS:
                shutil.copyfile(path, temporary / path.name)
        save_file(weights, temporary / _WEIGHTS, {"format": "pt"})
