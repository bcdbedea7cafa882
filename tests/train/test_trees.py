"""Packed trees give each branch the loss it has as an example of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.tasks import get, prepare
from tests.tiny_corpora import make_corpora
from train.data.corpora import Corpora
from train.data.pack import Packs, batches, pack
from train.data.samples import tokenizer_texts
from train.data.trees import Branch, Tree, task_branch, tokenize_tree
from train.model import TARGETS_OF, make_batch, make_model, weighted_loss
from train.shape import Shape
from train.tokenizer import IM_END, train_tokenizer

TEXT = "本发明公开了一种带壳体的电机，包括壳体和底座，所述壳体上方设有底座，厚度为12毫米。"
SHAPE = Shape(vocabulary=600, hidden=256, layers=2, intermediate=256, context=512)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    corpora = Corpora(make_corpora(tmp_path_factory.mktemp("corpora")))
    return train_tokenizer(tokenizer_texts(corpora, 50_000, 0), 600)


def _tree() -> Tree:
    row = {"text": TEXT}
    branches = [
        task_branch(get(name), prepare(get(name), row), value)
        for name, value in (("title", "一种带壳体的电机"), ("ipc", "H02K"), ("type", "invention"))
    ]
    return Tree(tuple(branches))


def _losses(packs: Packs) -> tuple[float, int]:
    model = make_model(SHAPE, eos=599, pad=597, seed=3).eval()
    batch = make_batch(packs)
    with torch.inference_mode():
        _, mean = weighted_loss(model, model.model, batch)
    count = int((batch.weights > 0).sum())
    return float(mean) * count, count


def test_a_tree_has_the_same_loss_as_its_branches_apart(tokenizer: Tokenizer) -> None:
    tree = _tree()
    together, count = _losses(pack([tokenize_tree(tokenizer, tree)], 256))
    apart = [_losses(pack([tokenize_tree(tokenizer, Tree((branch,)))], 256)) for branch in tree.branches]
    assert count == sum(n for _, n in apart)
    assert together == pytest.approx(sum(loss for loss, _ in apart), abs=1e-4 * count)


def test_a_batch_has_one_of_few_numbers_of_targets(tokenizer: Tokenizer) -> None:
    packs = pack([tokenize_tree(tokenizer, _tree())], 256)
    batch, count = make_batch(packs), int((packs.weights > 0).sum())
    assert len(batch.targets) == len(batch.weights) == TARGETS_OF
    assert batch.weights[:count].min() > 0
    assert not batch.weights[count:].any()


def test_neighbours_in_a_pack_do_not_change_the_loss(tokenizer: Tokenizer) -> None:
    items = [tokenize_tree(tokenizer, _tree()), tokenize_tree(tokenizer, Tree((_tree().branches[1],)))]
    together, count = _losses(pack(items, 512))
    apart = [_losses(pack([item], 256)) for item in items]
    assert len(pack(items, 512)) == 1
    assert (together, count) == (
        pytest.approx(sum(loss for loss, _ in apart), abs=1e-4 * count),
        sum(n for _, n in apart),
    )


def test_every_branch_reads_as_the_run_time_prompt_and_its_answer(tokenizer: Tokenizer) -> None:
    tree = _tree()
    tokens = tokenize_tree(tokenizer, tree)
    for number, branch in enumerate(tree.branches, 1):
        seen = tokens.ids[(tokens.branches == 0) | (tokens.branches == number)]
        expected = render_chatml(branch.messages) + branch.answer + IM_END
        assert tokenizer.decode(seen.tolist(), skip_special_tokens=False) == expected
        assert seen.tolist() == tokenizer.encode(expected).ids


def test_the_loss_is_on_the_answer_and_its_end_only(tokenizer: Tokenizer) -> None:
    branch = Branch((Message("user", "你好"),), "您好。")
    tokens = tokenize_tree(tokenizer, Tree((branch,)))
    trained = tokens.ids[tokens.weights > 0].tolist()
    assert tokenizer.decode(trained, skip_special_tokens=False) == "您好。" + IM_END


def test_a_withdrawn_subclass_trains_only_what_still_stands(tokenizer: Tokenizer) -> None:
    branch = Branch((Message("user", "x"),), "H01B", supervised=3)
    tokens = tokenize_tree(tokenizer, Tree((branch,)))
    assert tokenizer.decode(tokens.ids[tokens.weights > 0].tolist()) == "H01"


def test_positions_go_on_from_the_trunk_in_every_branch(tokenizer: Tokenizer) -> None:
    tokens = tokenize_tree(tokenizer, _tree())
    trunk = int((tokens.branches == 0).sum())
    assert trunk > 20
    for number in (1, 2, 3):
        own = tokens.positions[tokens.branches == number]
        assert own.tolist() == list(range(trunk, trunk + len(own)))


def test_packs_survive_the_disk(tokenizer: Tokenizer, tmp_path: Path) -> None:
    packs = pack([tokenize_tree(tokenizer, _tree())], 256)
    packs.save(tmp_path / "packs.npz")
    again = Packs.load(tmp_path / "packs.npz")
    for name in ("ids", "positions", "trees", "branches", "weights"):
        assert np.array_equal(getattr(packs, name), getattr(again, name))


def test_batches_visit_every_row_once_a_pass(tokenizer: Tokenizer) -> None:
    packs = pack([tokenize_tree(tokenizer, _tree()) for _ in range(10)], 128)
    assert len(packs) == 10
    order = batches([packs], 256, seed=5)
    first = np.concatenate([next(order)[1] for _ in range(5)])
    second = np.concatenate([next(order)[1] for _ in range(5)])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(10))
    assert first.tolist() != second.tolist()


def test_batches_draw_lengths_in_proportion_to_their_tokens(tokenizer: Tokenizer) -> None:
    item = tokenize_tree(tokenizer, _tree())
    packs = [pack([item] * 30, 128), pack([item] * 30, 512)]
    order = batches(packs, 512, seed=1)
    drawn = [next(order)[0] for _ in range(2000)]
    share = packs[1].ids.size / (packs[0].ids.size + packs[1].ids.size)
    assert sum(drawn) / 2000 == pytest.approx(share, abs=0.04)
