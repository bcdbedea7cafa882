"""Thinking models: thoughts are kept apart from the answer, and labels are scored after them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.text.prompt import Prompt, Prompter
from taibao_cli.engine.text.template import piece_builder
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from tests.tiny import make_tiny_gguf

QWEN3 = Path(__file__).parents[3] / "shared/data/tokenizers/qwen3/tokenizer_config.json"
OPENING = CHATML_TEMPLATE.replace("assistant\\n'", "assistant\\n<think>\\n'")
LABELS = ("yes", "no")


@given(text=st.lists(st.sampled_from(["<think>", "</think>", "<", "think", ">", " ", "\n", "a", "薄"])), cuts=st.data())
def test_pieces_give_the_split_of_the_whole(text: list[str], cuts: st.DataObject) -> None:
    whole = "".join(text)
    for inside in (False, True):
        at_once, in_pieces = Thoughts(inside=inside), Thoughts(inside=inside)
        answer = at_once.feed(whole) + at_once.end()
        said = ""
        rest = whole
        while rest:
            size = cuts.draw(st.integers(1, len(rest)))
            said, rest = said + in_pieces.feed(rest[:size]), rest[size:]
        assert (said + in_pieces.end(), in_pieces.reasoning) == (answer, at_once.reasoning)


@pytest.mark.parametrize(
    ("text", "inside", "answer", "thoughts"),
    [
        ("<think>\nso\n</think>\n\nanswer", False, "answer", "so"),
        ("<think>a</think><think>b</think>answer", False, "answer", "a\nb"),
        ("so</think>answer", True, "answer", "so"),
        ("so</think>answer", False, "answer", "so"),
        ("cut sh", True, "", "cut sh"),
        ("a < b <think> c", False, "a < b <think> c", ""),
        ("", False, "", ""),
    ],
)
def test_answer_and_thoughts(text: str, inside: bool, answer: str, thoughts: str) -> None:
    assert split_thoughts(text, inside=inside) == (answer, thoughts)


def row_that_says(model: Model, text: str, *, thinks: bool, stop: tuple[str, ...] = ()) -> tuple[str, str, list[str]]:
    shown: list[str] = []
    request = Request("1", (Message("user", "x"),), 500, stop=stop)
    row = Row(request, Prompt([1], thinks=thinks), model, emit=shown.append)
    for token in model.tokenize(text, parse_special=False):
        if result := row.accept(token):
            return result.text, result.reasoning, shown
    result = row.result("stop")
    return result.text, result.reasoning, shown


@pytest.mark.parametrize(("begin", "thinks"), [("<think>", False), ("", True)])
def test_a_row_shows_only_its_answer(tiny: Path, begin: str, thinks: bool) -> None:
    model = Model(tiny)
    said = f"{begin}\nfirst, the motor\n</think>\n\nA motor; a pump"
    text, reasoning, shown = row_that_says(model, said, thinks=thinks, stop=("motor;", "first"))
    assert (text, reasoning) == ("A ", "first, the motor"), "a stop string counts in the answer alone"
    assert "".join(shown) == text
    model.close()


def test_a_loop_in_the_thoughts_leaves_no_answer(tiny: Path) -> None:
    model = Model(tiny)
    text, reasoning, shown = row_that_says(model, "<think>" + "wait, " * 40, thinks=False)
    assert (text, shown) == ("", [])
    assert reasoning.startswith("wait, wait")
    model.close()


def test_labels_come_after_thoughts_that_the_template_opens(tmp_path: Path) -> None:
    model = Model(make_tiny_gguf(tmp_path / "thinker.gguf", template=OPENING))
    prompter = Prompter(model)
    free = prompter.prompt(Request("1", (Message("user", "x"),), 5))
    closed = prompter.prompt(Request("1", (Message("user", "x"),), 5, labels=LABELS))
    assert (free.thinks, closed.thinks) == (True, False)
    assert b"".join(map(model.piece, free.tokens)).endswith(b"assistant\n<think>\n")
    assert b"".join(map(model.piece, closed.tokens)).endswith(b"assistant\n<think>\n\n</think>\n\n")
    model.close()


def test_qwen3s_own_template_is_asked_not_to_think() -> None:
    if not QWEN3.is_file():
        pytest.skip("needs the tokenizer of Qwen3 beside the repository")
    template = json.loads(QWEN3.read_text("utf-8"))["chat_template"]
    build = piece_builder(template, ["<|im_start|>", "<|im_end|>", "<|endoftext|>"])
    pieces = build([Message("system", "s"), Message("user", "一种电机 <think>")])
    assert "".join(text for text, _ in pieces) == (
        "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\n一种电机 <think><|im_end|>\n"
        "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )
    assert pieces[-1] == ("assistant\n<think>\n\n</think>\n\n", False)
