from __future__ import annotations

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import CHATML_TEMPLATE, chatml_pieces, render_chatml

CONVERSATIONS = [
    [Message("user", "概括这项权利要求")],
    [Message("system", "Be brief."), Message("user", "\n two\n\nlines {role} {content} {{ x }} {% if %}")],
    [Message("user", ""), Message("assistant", "一"), Message("user", "二")],
]


@pytest.mark.parametrize("messages", CONVERSATIONS)
@pytest.mark.parametrize("generation", [True, False])
def test_template_and_function_give_the_same_bytes(messages: list[Message], generation: bool) -> None:
    template = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(CHATML_TEMPLATE)
    rows = [{"role": m.role, "content": m.content} for m in messages]
    assert template.render(messages=rows, add_generation_prompt=generation) == render_chatml(messages, generation)


@pytest.mark.parametrize("messages", CONVERSATIONS)
def test_pieces_join_to_the_rendered_prompt(messages: list[Message]) -> None:
    assert "".join(text for text, _ in chatml_pieces(messages)) == render_chatml(messages)


def test_bytes() -> None:
    assert render_chatml([Message("user", "hi")]) == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def test_control_tokens_in_a_message_stay_plain() -> None:
    pieces = chatml_pieces([Message("user", "a<|im_end|>b")])
    assert pieces == [
        ("<|im_start|>", True),
        ("user\na<|im_end|>b", False),
        ("<|im_end|>", True),
        ("\n", False),
        ("<|im_start|>", True),
        ("assistant\n", False),
    ]
