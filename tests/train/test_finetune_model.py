"""Losses over packs, at labels alone, and adapters of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from peft import PeftModel  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402

from taibao_cli.engine.chatml import CHATML_TEMPLATE  # noqa: E402
from tests.tiny_hf import make_tiny_checkpoint  # noqa: E402
from train.finetune.adapter import write_adapter  # noqa: E402
from train.finetune.batches import Order, make_batch, shares  # noqa: E402
from train.finetune.config import KINDS, Adapter  # noqa: E402
from train.finetune.loss import label_loss  # noqa: E402
from train.finetune.model import (  # noqa: E402
    Trainee,
    add_adapter,
    begin_at_principal,
    compile_blocks,
    load_base,
    set_checkpointing,
    trained,
)
from train.instructions.encode import Encoded  # noqa: E402
from train.instructions.pack import pack_examples  # noqa: E402
from train.merge import merge_adapter  # noqa: E402

CPU = torch.device("cpu")


@pytest.fixture(scope="module", params=[("qwen3", True), ("qwen2", False)], ids=["qwen3-tied", "qwen2-untied"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    family, tied = request.param
    return make_tiny_checkpoint(tmp_path_factory.mktemp(family), family=family, tied=tied)


def examples(seed: int = 0) -> list[Encoded]:
    rng = np.random.default_rng(seed)
    made = []
    for size in (9, 23, 5, 17, 30):
        labelled = np.arange(size) >= size // 2
        made.append(Encoded(rng.integers(3, 500, size).astype(np.int32), labelled))
    return made


def trainee_of(checkpoint: Path, adapter: Adapter, places: tuple[int, ...] = (), chunk: int = 7) -> Trainee:
    return add_adapter(load_base(checkpoint, torch.float32, CPU), adapter, places, chunk=chunk, seed=0)


def shake(trainee: Trainee) -> None:
    """As if trained: B is not zero any more."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in trained(trainee).values():
            parameter.add_(0.02 * torch.randn_like(parameter))


def plain_loss(model: Any, example: Encoded) -> Any:
    """The summed loss as transformers computes it, one example at a time."""
    ids = torch.from_numpy(example.ids).long()
    logits = model(input_ids=ids.unsqueeze(0), use_cache=False).logits[0].float()
    labels = torch.where(torch.from_numpy(example.labelled), ids, -100)
    return F.cross_entropy(logits[:-1], labels[1:], reduction="sum")


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_and_unpacked_losses_and_gradients_are_equal(checkpoint: Path, attention: str) -> None:
    trainee = trainee_of(checkpoint, Adapter(rank=4, alpha=8))
    shake(trainee)
    packed = pack_examples(examples(), 64)
    batch = make_batch([packed.pack(number) for number in range(len(packed))])
    loss = trainee(batch)
    loss.backward()
    together = {name: parameter.grad.clone() for name, parameter in trained(trainee).items()}
    trainee.zero_grad()
    trainee.causal.set_attn_implementation(attention)
    alone = [plain_loss(trainee.causal, example) for example in examples()]
    torch.stack(alone).sum().backward()
    assert float(loss.detach()) == pytest.approx(float(sum(alone).detach()), rel=1e-6)
    for name, parameter in trained(trainee).items():
        torch.testing.assert_close(parameter.grad, together[name], rtol=1e-4, atol=1e-5)
    labels = sum(int(example.labelled.sum()) for example in examples())
    assert abs(float(loss.detach()) - float(sum(alone).detach())) / labels < 1e-5


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("how", ["mask of ones", "cache"])
def test_what_would_mix_examples_does(checkpoint: Path, how: str, attention: str) -> None:
    """Why packs are not given to transformers as they are: both are silent, and wrong by far."""
    model: Any = AutoModelForCausalLM.from_pretrained(checkpoint, attn_implementation=attention)
    first, second = examples()[:2]
    ids = torch.from_numpy(np.concatenate([first.ids, second.ids])).long().unsqueeze(0)
    positions = torch.cat([torch.arange(len(first)), torch.arange(len(second))]).unsqueeze(0)
    extra = {"attention_mask": torch.ones_like(ids)} if how == "mask of ones" else {"use_cache": True}
    mixed = model(input_ids=ids, position_ids=positions, **extra).logits[0, len(first) :]
    alone = model(input_ids=ids[:, len(first) :]).logits[0]
    assert float((mixed - alone).detach().abs().max()) > 0.1


def test_checkpointing_changes_nothing(checkpoint: Path) -> None:
    trainee = trainee_of(checkpoint, Adapter(rank=4))
    shake(trainee)
    trainee.train()
    batch = make_batch([pack_examples(examples(), 128).pack(0)])
    gradients = []
    for on in (False, True):
        set_checkpointing(trainee, on=on)
        trainee.zero_grad()
        trainee(batch).backward()
        gradients.append([parameter.grad.clone() for parameter in trained(trainee).values()])
    for one, other in zip(*gradients, strict=True):
        assert torch.equal(one, other)


@pytest.mark.slow
def test_compiled_blocks_have_the_same_loss_and_gradients(checkpoint: Path) -> None:
    trainee = trainee_of(checkpoint, Adapter(rank=4))
    shake(trainee)
    trainee.train()
    batch = make_batch([pack_examples(examples(), 128).pack(0)])
    names, results = list(trained(trainee)), []
    for _ in range(2):
        trainee.zero_grad()
        loss = trainee(batch)
        loss.backward()
        results.append((float(loss.detach()), [parameter.grad.clone() for parameter in trained(trainee).values()]))
        compile_blocks(trainee)
    (plain, expected), (compiled, found) = results
    assert compiled == pytest.approx(plain, rel=1e-6)
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert list(trained(trainee)) == names


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_label_loss_is_cross_entropy_and_so_is_its_gradient(chunk: int) -> None:
    torch.manual_seed(0)
    weight, hidden, rows = torch.randn(11, 6), torch.randn(8, 6), torch.randn(2, 6)
    places, targets = torch.tensor([1, 4]), torch.tensor([0, 1, 4, 10, 3, 1, 1, 2])
    one = [hidden.clone().requires_grad_(), rows.clone().requires_grad_()]
    other = [hidden.clone().requires_grad_(), rows.clone().requires_grad_()]
    loss = label_loss(one[0], weight, targets, chunk=chunk, rows=one[1], places=places)
    plain = F.cross_entropy(other[0] @ weight.index_copy(0, places, other[1]).T, targets, reduction="sum")
    (2 * loss).backward()
    (2 * plain).backward()
    torch.testing.assert_close(loss, plain)
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_are_read_by_peft_and_merge(checkpoint: Path, kind: str, tmp_path: Path) -> None:
    """Trained model = base with the written adapter = merged checkpoint."""
    places = (1, 2) if kind in ("lora", "dora") else ()
    adapter = Adapter(kind=kind, rank=4, alpha=8)
    trainee = trainee_of(checkpoint, adapter, places)
    if kind == "pissa":
        begin_at_principal(trainee, tmp_path / "pissa.safetensors", seed=0, write=True)
    shake(trainee)
    values = {name: parameter.detach() for name, parameter in trained(trainee).items()}
    folder = tmp_path / "adapter"
    folder.mkdir()
    write_adapter(folder, trainee, values, adapter, checkpoint, tmp_path / "pissa.safetensors")
    trainee.causal.set_attn_implementation("sdpa")
    ids = torch.tensor([[1, 5, 9, 2, 1, 300]])
    own = trainee.causal(input_ids=ids).logits
    plain: Any = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    assert float((own - plain(input_ids=ids).logits).detach().abs().max()) > 0.05
    read = PeftModel.from_pretrained(plain, folder)
    torch.testing.assert_close(read(input_ids=ids).logits, own, rtol=1e-4, atol=2e-5)
    merge_adapter(checkpoint, folder, tmp_path / "merged")
    assert (tmp_path / "merged" / "chat_template.jinja").read_text(encoding="utf-8") == CHATML_TEMPLATE
    merged: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", dtype=torch.float32)
    torch.testing.assert_close(merged(input_ids=ids).logits, own, rtol=1e-4, atol=2e-5)


def test_pissa_begins_as_the_base_and_again_from_its_file(checkpoint: Path, tmp_path: Path) -> None:
    file, batch = tmp_path / "pissa.safetensors", make_batch([pack_examples(examples(), 128).pack(0)])
    base = trainee_of(checkpoint, Adapter(rank=4))
    first, again = (trainee_of(checkpoint, Adapter(kind="pissa", rank=4)) for _ in range(2))
    begin_at_principal(first, file, seed=0, write=True)
    begin_at_principal(again, file, seed=99, write=True)
    assert float(first(batch)) == pytest.approx(float(base(batch)), rel=1e-5)
    assert float(first(batch)) == float(again(batch))
    assert max(float(p.abs().max()) for name, p in trained(first).items() if "lora_B" in name) > 0


def test_token_rows_are_trained_and_nothing_else_of_the_embeddings(checkpoint: Path) -> None:
    trainee = trainee_of(checkpoint, Adapter(rank=4), (1, 2))
    packs = pack_examples([Encoded(np.array([1, 7, 2, 1, 8, 2], np.int32), np.arange(6) > 2)], 16)
    trainee(make_batch([packs.pack(0)])).backward()
    rows = {name: p for name, p in trained(trainee).items() if name.endswith(".rows")}
    assert len(rows) == (1 if trainee.causal.config.tie_word_embeddings else 2)
    for parameter in rows.values():
        assert parameter.shape == (2, 256)
        assert float(parameter.grad.abs().min()) >= 0
        assert float(parameter.grad.abs().max()) > 0


def test_bfloat16_trains_adapters_in_float32(checkpoint: Path) -> None:
    trainee = add_adapter(load_base(checkpoint, torch.bfloat16, CPU), Adapter(rank=4), (), chunk=8, seed=0)
    batch = make_batch([pack_examples(examples(), 128).pack(0)])
    exact = trainee_of(checkpoint, Adapter(rank=4))
    with torch.autocast("cpu", torch.bfloat16):
        loss = trainee(batch)
    loss.backward()
    assert {p.dtype for p in trained(trainee).values()} == {torch.float32}
    assert float(loss.detach()) == pytest.approx(float(exact(batch).detach()), rel=0.01)


def test_an_epoch_sees_every_pack_once_and_processes_share_them() -> None:
    order = Order(packs=7, per_step=3, epochs=2, seed=5)
    assert order.steps == 6
    epochs = [[n for step in range(3) for n in order.of_step(3 * epoch + step)] for epoch in range(2)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(7))] * 2
    assert epochs[0] != epochs[1]
    assert shares([4, 5, 6, 7, 8], 2, 0, 2) == [([4, 5], True), ([8], True)]
    assert shares([4, 5, 6, 7, 8], 2, 1, 2) == [([6, 7], True), ([4, 5], False)]
