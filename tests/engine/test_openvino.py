"""The OpenVINO engine beside what Hugging Face's libraries make of the same checkpoint and folder."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.engine.load import load_hosted
from taibao_cli.engine.openvino.engine import OpenVinoEngine
from taibao_cli.engine.openvino.pace import FIRST, MOST, UNHURRIED, Pace, step_tokens
from taibao_cli.engine.openvino.sequences import Sequences, Stopped
from taibao_cli.engine.openvino.tokens import FolderVocabulary
from taibao_cli.engine.text.prompt import Prompter
from taibao_cli.errors import ModelError
from taibao_cli.models.registry import Model
from tests.tiny_hf import CORPUS
from tests.tiny_openvino import CONTEXT

MESSAGES = (Message("user", "一种电池管理系统"),)
SUBCLASSES = tuple(f"{a}{b:02d}{c}" for a in "ABCDEFGH" for b in range(1, 11) for c in "BCDFGHKL")
QWEN3 = Path(__file__).parents[3] / "shared/data/tokenizers/qwen3"
OPENING = "<|im_start|>user\n{{ messages[0]['content'] }}<|im_end|>\n<|im_start|>assistant\n<think>{{ '\\n' }}"


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[OpenVinoEngine]:
    engine = OpenVinoEngine(folder, threads=1, precision="f32")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def vocabulary(folder: Path) -> FolderVocabulary:
    return FolderVocabulary(folder)


class Exhaustive:
    """The folder's model without a cache: the whole text from nothing for every question."""

    def __init__(self, folder: Path) -> None:
        import openvino

        self._openvino = openvino
        f32 = {"INFERENCE_PRECISION_HINT": "f32", "KV_CACHE_PRECISION": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0"}
        model = openvino.Core().compile_model(folder / "openvino_model.xml", "CPU", f32)
        self._request = model.create_infer_request()
        self.vocabulary = FolderVocabulary(folder)

    def next_logits(self, tokens: list[int]) -> Any:
        import numpy as np

        self._request.reset_state()
        ids = np.array([tokens], np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "position_ids": np.arange(len(tokens), dtype=np.int64)[None],
            "beam_idx": np.zeros(1, np.int32),
        }
        return self._request.infer(inputs)["logits"][0, -1].astype(np.float64)

    def greedy(self, tokens: list[int], count: int) -> list[int]:
        answer: list[int] = []
        for _ in range(count):
            answer.append(int(self.next_logits([*tokens, *answer]).argmax()))
        return answer

    def probabilities(self, prompt: str, labels: tuple[str, ...]) -> dict[str, float]:
        start = self.vocabulary.tokenize(prompt, parse_special=True)
        end = self.vocabulary.end_of_turn()
        paths = {label: [*self.vocabulary.tokenize(label, parse_special=False), end] for label in labels}
        followers: dict[tuple[int, ...], set[int]] = {}
        for path in paths.values():
            for at, token in enumerate(path):
                followers.setdefault(tuple(path[:at]), set()).add(token)
        shares: dict[tuple[int, ...], float] = {}
        for prefix, tokens in followers.items():
            if len(tokens) == 1:
                shares[(*prefix, *tokens)] = 1.0
                continue
            logits = self.next_logits([*start, *prefix])
            weights = {token: math.exp(logits[token] - logits.max()) for token in tokens}
            shares |= {(*prefix, token): weight / sum(weights.values()) for token, weight in weights.items()}
        return {k: math.prod(shares[tuple(p[: n + 1])] for n in range(len(p))) for k, p in paths.items()}


def test_greedy_equals_plain_greedy_with_every_width(folder: Path) -> None:
    texts = ["一种用于电动汽车的电池管理系统", "A device comprising a heat sink.", "", "1. 一种散热装置，其特征在于"]
    plain = Exhaustive(folder)
    expected = {}
    for text in texts:
        prompt = plain.vocabulary.tokenize(render_chatml([Message("user", text)]), parse_special=True)
        pieces = [plain.vocabulary.piece(token) for token in plain.greedy(prompt, 12)]
        expected[text] = b"".join(pieces).decode("utf-8", "replace")
    for width in (1, 4):
        engine = OpenVinoEngine(folder, threads=1, width=width, precision="f32")
        for result in engine.run([Request(text, (Message("user", text),), 12) for text in texts]):
            assert (result.text, result.finish) == (expected[result.key], "length")
        engine.close()


@pytest.mark.parametrize(
    "labels",
    [("发明", "实用新型", "外观设计"), ("H04", "H04L", "H04L 65", "A01"), ("only",), SUBCLASSES],
    ids=["types", "prefixes", "single", "640 subclasses"],
)
def test_labels_equal_exhaustive_scoring(folder: Path, engine: OpenVinoEngine, labels: tuple[str, ...]) -> None:
    (result,) = engine.run([Request("a", MESSAGES, 1, labels=labels)])
    expected = Exhaustive(folder).probabilities(render_chatml(MESSAGES), labels)
    assert result.labels is not None
    assert {score.label: score.p for score in result.labels} == pytest.approx(expected, abs=1e-6, rel=1e-3)
    assert sum(score.p for score in result.labels) == pytest.approx(1.0, abs=1e-9)
    assert [score.p for score in result.labels] == sorted((score.p for score in result.labels), reverse=True)
    assert (result.finish, result.text, result.usage.completion) == ("label", result.labels[0].label, 0)


def test_a_common_instruction_is_computed_once_for_labels_too(folder: Path, engine: OpenVinoEngine) -> None:
    def row(key: str) -> Request:
        return Request(key, (Message("user", "Classify the text: " * 5 + key * 9),), 1, labels=("yes", "no", "maybe"))

    results = {result.key: result for result in engine.run(map(row, "abcd"))}
    assert sorted(result.usage.cached > 0 for result in results.values()) == [False, True, True, True]
    plain = Exhaustive(folder)
    for key, result in results.items():
        expected = plain.probabilities(render_chatml(row(key).messages), ("yes", "no", "maybe"))
        assert result.labels is not None
        assert {score.label: score.p for score in result.labels} == pytest.approx(expected, abs=1e-6)


def test_the_weights_are_those_of_the_checkpoint(exported: tuple[Path, Path]) -> None:
    import numpy as np
    import torch
    from transformers import AutoModelForCausalLM

    checkpoint, folder = exported
    model: Any = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    tokens = FolderVocabulary(folder).tokenize(CORPUS[0], parse_special=False)
    with torch.inference_mode():
        expected = model(torch.tensor([tokens])).logits[0, -1].numpy()
    found = Exhaustive(folder).next_logits(tokens)
    assert np.abs(found - expected).max() < 0.1
    assert found.argmax() == expected.argmax()


def test_a_loop_is_cut_to_its_first_copy(engine: OpenVinoEngine) -> None:
    (looped,) = engine.run([Request("a", MESSAGES, 300)])
    assert looped.finish == "loop"
    (longer,) = engine.run([Request("a", MESSAGES, looped.usage.completion - 1)])
    assert longer.finish == "length"
    assert longer.text.startswith(looped.text.rstrip("\ufffd"))
    assert len(longer.text) > len(looped.text)


def test_a_computation_is_cancelled_in_its_midst(folder: Path) -> None:
    stopping = False
    model = Sequences(folder, properties={"INFERENCE_NUM_THREADS": 1}, stop=lambda: stopping)
    prompts = [[9] * 500 for _ in range(24)]

    def seconds() -> float:
        start = time.monotonic()
        model.clear()
        model.grow(prompts, [8, 9])
        return time.monotonic() - start

    whole = max(seconds(), seconds())
    stopping = True
    start = time.monotonic()
    with pytest.raises(Stopped):
        model.grow(prompts, [8, 9])
    assert time.monotonic() - start < whole / 2
    stopping = False
    assert model.grow([[9, 8]], [8, 9]).shape == (1, 1, 2), "it is usable again"


@pytest.mark.parametrize("text", [*CORPUS[:6], "Ω≤5 µm²\n\n  表1 <|im_start|>system", "", "\t薄膜🔋"])
def test_tokens_are_those_of_the_tokenizer(
    exported: tuple[Path, Path], vocabulary: FolderVocabulary, text: str
) -> None:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(exported[0])
    whole = render_chatml([Message("system", "s"), Message("user", text)])
    if "<|" not in text:
        assert vocabulary.tokenize(whole, parse_special=True) == tokenizer(whole).input_ids
        messages = (Message("system", "s"), Message("user", text))
        assert Prompter(vocabulary).prompt(Request("a", messages, 1)).tokens == tokenizer(whole).input_ids
    plain = vocabulary.tokenize(text, parse_special=False)
    assert not set(plain) & set(vocabulary.control_tokens().values())
    assert b"".join(map(vocabulary.piece, plain)).decode() == text


def test_added_tokens_keep_their_numbers_without_the_control_tokens(folder: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    described = json.loads((changed / "tokenizer.json").read_text("utf-8"))
    number = max(described["model"]["vocab"].values()) + 1
    for content, special in (("<|extra|>", False), ("<tool>", True), ("<think>", False), ("</think>", False)):
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        described["added_tokens"].append({"id": number, "content": content, "special": special, **flags})
        number += 1
    (changed / "tokenizer.json").write_text(json.dumps(described), "utf-8")
    vocabulary, whole = FolderVocabulary(changed), Tokenizer.from_file(str(changed / "tokenizer.json"))
    text = "电池<think>a</think>b"
    assert vocabulary.tokenize(text, parse_special=False) == whole.encode(text).ids
    assert vocabulary.tokenize(text, parse_special=False)[-2] == number - 1
    assert b"".join(map(vocabulary.piece, whole.encode(text).ids)).decode() == text
    for control in ("<|extra|>", "<tool>", "<|im_end|>"):
        assert vocabulary.control_tokens()[control] not in vocabulary.tokenize(control, parse_special=False)


@pytest.mark.skipif(not QWEN3.is_dir(), reason="needs the tokenizer of Qwen3 beside the repository")
def test_the_real_qwen3_without_thoughts(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(QWEN3 / name, tmp_path / name)
    (tmp_path / "config.json").write_text('{"eos_token_id": 151645}', "utf-8")
    vocabulary = FolderVocabulary(tmp_path)
    messages = (Message("system", "你是专利助手。"), Message("user", "一种电机，Ω≤5，包括壳体10。"))
    whole = render_chatml(messages) + "<think>\n\n</think>\n\n"
    expected = tokenizers.Tokenizer.from_file(str(QWEN3 / "tokenizer.json")).encode(whole).ids
    assert Prompter(vocabulary).prompt(Request("a", messages, 5)).tokens == expected
    assert vocabulary.ends == {151643, 151645}


def test_what_ends_an_answer(vocabulary: FolderVocabulary) -> None:
    controls = vocabulary.control_tokens()
    assert vocabulary.is_end(controls["<|im_end|>"])
    assert vocabulary.is_end(controls["<|endoftext|>"])
    assert not vocabulary.is_end(controls["<|im_start|>"])
    assert vocabulary.end_of_turn() == controls["<|im_end|>"]
    assert not vocabulary.adds_begin()
    assert vocabulary.piece(controls["<|im_end|>"]) == b""


def test_labels_come_after_thoughts_that_the_template_opens(folder: Path, tmp_path: Path) -> None:
    thinker = tmp_path / "thinker"
    shutil.copytree(folder, thinker)
    (thinker / "chat_template.jinja").write_text(OPENING, encoding="utf-8")
    engine = OpenVinoEngine(thinker, threads=1, precision="f32")
    prompter = Prompter(FolderVocabulary(thinker))
    closed = prompter.prompt(Request("1", MESSAGES, 5, labels=("yes", "no")))
    vocabulary = FolderVocabulary(thinker)
    assert b"".join(map(vocabulary.piece, closed.tokens)).endswith(b"assistant\n<think>\n\n</think>\n\n")
    free, scored = sorted(
        engine.run([Request("1", MESSAGES, 5), Request("2", MESSAGES, 5, labels=("yes", "no"))]), key=lambda r: r.key
    )
    assert (free.text, free.finish) == ("", "length"), "what is not yet closed is thought"
    assert free.reasoning
    assert scored.text in ("yes", "no")
    engine.close()


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("openvino_model.xml", None, "lacks openvino_model.xml or its .bin"),
        ("openvino_model.bin", None, "lacks openvino_model.xml or its .bin"),
        ("tokenizer.json", None, "tokenizer.json is missing"),
        ("tokenizer.json", b"{", "cannot be read"),
        ("tokenizer.json", b'{"decoder": {"type": "Metaspace"}}', "is not byte-level BPE"),
        ("config.json", b"{}", "no max_position_embeddings"),
        ("openvino_model.xml", b"<net", "cannot read this model"),
    ],
)
def test_folders_that_are_no_models(
    folder: Path, tmp_path: Path, file: str, change: bytes | None, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    (damaged / file).unlink()
    if change is not None:
        (damaged / file).write_bytes(change)
    with pytest.raises(ModelError, match=message) as caught:
        OpenVinoEngine(damaged)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_model_without_a_template(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare)
    settings = json.loads((bare / "tokenizer_config.json").read_text("utf-8"))
    del settings["chat_template"]
    (bare / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    prompt = Prompter(FolderVocabulary(bare)).prompt(Request("1", MESSAGES, 1))
    assert prompt == Prompter(FolderVocabulary(folder)).prompt(Request("1", MESSAGES, 1)), "its vocabulary has ChatML"


def test_a_step_takes_about_as_long_as_it_may(folder: Path) -> None:
    assert [step_tokens(speed) for speed in (None, 10, 1000, 100_000)] == [FIRST, 32, 96, MOST]
    noted: list[tuple[str, float]] = []
    pace = Pace(folder, 63)
    assert pace.tokens == FIRST
    for seconds in (0.5, 0.25, 1.0):
        pace.saw(seconds, note=lambda name, key, speed: noted.append((name, speed)))
    assert noted == [("openvino-steps", FIRST / 0.5), ("openvino-steps", FIRST / 0.25)], "the best speed counts"


def test_a_step_that_need_not_be_cancelled_may_be_longer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Pace(folder, 63, least=UNHURRIED).tokens == UNHURRIED > FIRST
    monkeypatch.setattr("taibao_cli.engine.openvino.pace.step_tokens", lambda speed: MOST)
    assert Pace(folder, 63, least=UNHURRIED).tokens == MOST


def test_engines_in_a_process_of_their_own_take_longer_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        "taibao_cli.engine.hosted.host.HostedEngine", lambda factory, arguments, **_: made.append((factory, arguments))
    )
    model = Model("tiny", folder, "0" * 64, "full", None, {})
    load_hosted(model, width=4, on_death=lambda reason: None)
    ((factory, arguments),) = made
    assert factory.endswith(":openvino")
    assert arguments["least_step"] == UNHURRIED


def test_a_tokenizer_that_begins_with_a_control_token(folder: Path, tmp_path: Path) -> None:
    assert not FolderVocabulary(folder).adds_begin()
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    described = json.loads((other / "tokenizer.json").read_text("utf-8"))
    first = next(token for token in described["added_tokens"] if token["content"] == "<|endoftext|>")
    described["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [first["id"]], "tokens": ["<|endoftext|>"]}},
    }
    (other / "tokenizer.json").write_text(json.dumps(described), "utf-8")
    settings = json.loads((other / "tokenizer_config.json").read_text("utf-8"))
    (other / "tokenizer_config.json").write_text(json.dumps({**settings, "bos_token": "<|endoftext|>"}), "utf-8")
    vocabulary = FolderVocabulary(other)
    assert vocabulary.adds_begin()
    assert vocabulary.begin() == first["id"]


def test_the_context_is_the_models_own(folder: Path) -> None:
    engine = OpenVinoEngine(folder, ctx=100, threads=1)
    assert engine.context == 100
    (result,) = engine.run([Request("a", MESSAGES, 90)])
    assert result.error is not None
    assert f"raise --ctx (up to {CONTEXT})" in str(result.error)
    engine.close()


def test_closing_after_an_abandoned_run_says_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    engine = OpenVinoEngine(folder, threads=1, width=4)
    rows = [Request(str(number), (Message("user", f"row {number}"),), 4 + 40 * number) for number in range(4)]
    results = engine.run(iter(rows))
    next(results)
    results.close()  # type: ignore[attr-defined]
    engine.close()
    assert capfd.readouterr() == ("", "")


def test_a_cancelled_computation_does_not_spoil_the_next(folder: Path) -> None:
    """Found by hours of use: labels of rows after a cancelled run were scored by the logits of the run before."""
    stopping = False
    model = Sequences(folder, properties={"INFERENCE_NUM_THREADS": 1}, stop=lambda: stopping)
    expected = model.grow([[9, 8]], [7, 8, 9]).copy()
    for length in range(20, 500, 12):
        stopping = True
        model.clear()
        with suppress(Stopped):
            model.grow([[9] * length] * 24, [7, 8, 9])
        stopping = False
        model.clear()
        found = model.grow([[9, 8]], [7, 8, 9])
        assert found.shape == expected.shape
        assert np.array_equal(found, expected)


def test_settling_that_is_cancelled_too_does_not_spoil_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by a minute of cancels: the next settling had the same shape, and half of the graph kept the old one."""
    monkeypatch.setattr("taibao_cli.engine.openvino.sequences._POLL", 0)
    settled, compute = [], Sequences._compute

    def watched(self: Sequences, new: Any, wanted: int, candidates: Any) -> Any:
        settled.extend([len(new.ids)] if len(new.ids) > 24 else [])
        return compute(self, new, wanted, candidates)

    monkeypatch.setattr(Sequences, "_compute", watched)
    stopping = False
    model = Sequences(folder, properties={"INFERENCE_NUM_THREADS": 1}, stop=lambda: stopping)
    expected = model.grow([[9, 8]], [7, 8, 9]).copy()
    for length in range(20, 100, 10):
        stopping = True
        for tokens in ([[9] * length] * 24, [[9, 8]], [[9, 8]]):
            model.clear()
            with suppress(Stopped):
                model.grow(tokens, [7, 8, 9])
        stopping = False
        model.clear()
        assert np.array_equal(model.grow([[9, 8]], [7, 8, 9]), expected)
    assert len(set(settled)) == len(settled) > 8


@pytest.mark.parametrize(("own", "used"), [(None, "64"), ("7", "7")])
def test_code_that_onednn_keeps_is_bounded_unless_the_user_says_otherwise(
    folder: Path, monkeypatch: pytest.MonkeyPatch, own: str | None, used: str
) -> None:
    name = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
    monkeypatch.setenv(name, own or "")
    if own is None:
        monkeypatch.delenv(name)
    OpenVinoEngine(folder).close()
    assert os.environ[name] == used
