"""Muon's update."""

from __future__ import annotations

import pytest
import torch

from train.optim import Muon, orthogonalize


@pytest.mark.parametrize("shape", [(3, 32, 64), (2, 64, 32), (1, 48, 48)])
def test_orthogonalized_matrices_have_singular_values_near_one(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalize(torch.randn(shape), torch.float32))
    assert values.min() > 0.5
    assert values.max() < 1.3


def test_equal_shapes_are_updated_as_if_each_were_alone() -> None:
    torch.manual_seed(1)
    start = [torch.randn(16, 32) for _ in range(3)]
    gradients = [torch.randn(16, 32) for _ in range(3)]

    def stepped(which: list[int]) -> list[torch.Tensor]:
        parameters = [torch.nn.Parameter(start[at].clone()) for at in which]
        for parameter, at in zip(parameters, which, strict=True):
            parameter.grad = gradients[at].clone()
        Muon(parameters, lr=0.1).step()
        return [parameter.detach() for parameter in parameters]

    for together, at in zip(stepped([0, 1, 2]), range(3), strict=True):
        assert torch.allclose(together, stepped([at])[0], atol=1e-6)


def test_tall_matrices_move_further() -> None:
    """The update of a 4:1 matrix is scaled by sqrt(4)."""
    torch.manual_seed(2)
    parameter = torch.nn.Parameter(torch.zeros(64, 16))
    parameter.grad = torch.randn(64, 16)
    Muon([parameter], lr=1.0, momentum=0.0).step()
    expected = 2 * orthogonalize(parameter.grad.unsqueeze(0), torch.float32)[0]
    assert torch.allclose(parameter.detach(), -expected, atol=1e-5)
