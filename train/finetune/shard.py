"""The weights of a model spread over processes (FSDP2): each holds a part and gathers a block when it is its turn."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from train.finetune.model import Trainee


def shard(trainee: Trainee, device: torch.device, world: int) -> None:
    """Spread the parameters over `world` processes, block by block; optimizers are made after it."""
    mesh = init_device_mesh(device.type, (world,))
    for layer in trainee.causal.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(trainee, mesh=mesh)


def whole(value: Tensor) -> Tensor:
    """The value of all processes together; each of them must ask."""
    gathered: Any = value.full_tensor() if isinstance(value, DTensor) else value
    tensor: Tensor = gathered.detach().cpu().contiguous()
    return tensor


def like(value: Tensor, parameter: Tensor) -> Tensor:
    """This process's part of `value`, spread as `parameter` is."""
    if isinstance(parameter, DTensor):
        return distribute_tensor(value.to(parameter.device), parameter.device_mesh, parameter.placements)
    return value
