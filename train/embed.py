"""A head start for the embeddings: a bag-of-tokens model over labels and translations, seconds instead of hours.

Token vectors are trained so that the mean over a document tells its IPC section, class and subclass (as fastText does;
Joulin et al. 2016, "Bag of tricks for efficient text classification"), and so that a text and its translation, or an
abstract and its title, lie close (in-batch contrast). The transformer starts from these rows, scaled to its own
initialization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class BagData:
    """`documents` with one label id per level (-1: unknown); `twins` are pairs of the same meaning."""

    documents: Sequence[Ids]
    labels: NDArray[np.int64]
    twins: Sequence[tuple[Ids, Ids]]


def train_embeddings(
    data: BagData, vocabulary: int, width: int, *, steps: int, batch: int = 512, seed: int = 0, std: float = 0.02
) -> tuple[Tensor, list[float]]:
    """Embedding rows [vocabulary, width] with standard deviation `std`, and the loss of every step."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    bag = nn.EmbeddingBag(vocabulary, width, mode="mean")
    nn.init.normal_(bag.weight, std=0.1)
    heads = nn.ModuleList(
        nn.Linear(width, int(data.labels[:, level].max()) + 1) for level in range(data.labels.shape[1])
    )
    scale = nn.Parameter(torch.tensor(2.5))
    optimizer = torch.optim.Adam(
        [{"params": bag.parameters(), "lr": 8e-3}, {"params": [*heads.parameters(), scale], "lr": 8e-3}]
    )
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 8e-3 * (1 - step / steps)
        rows = rng.integers(len(data.documents), size=batch)
        hidden = _mean(bag, [data.documents[row] for row in rows])
        labels = torch.from_numpy(data.labels[rows])
        loss = sum(
            (F.cross_entropy(head(hidden), labels[:, level], ignore_index=-1) for level, head in enumerate(heads)),
            start=torch.zeros(()),
        )
        pairs = [data.twins[row] for row in rng.integers(len(data.twins), size=batch)]
        a, b = (F.normalize(_mean(bag, [pair[side] for pair in pairs]), dim=-1) for side in (0, 1))
        scores = a @ b.T * scale.exp()
        own = torch.arange(batch)
        loss = loss + F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    weight = bag.weight.detach()
    weight = weight - weight.mean(0)
    return weight * (std / weight.std()), losses


def _mean(bag: nn.EmbeddingBag, texts: Sequence[Ids]) -> Tensor:
    offsets = np.cumsum([0, *(len(text) for text in texts[:-1])])
    out: Tensor = bag(torch.from_numpy(np.concatenate(texts)).long(), torch.from_numpy(offsets))
    return out
