"""Modelfiles for Ollama."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from jinja2 import Environment

from convert.modelfile import CHATML, modelfile
from taibao_cli.cli.convert import convert
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import ModelError

MESSAGES = [
    {"role": "system", "content": "你是专利助手。"},
    {"role": "user", "content": "翻译：\n一种散热装置 {{ x }}"},
    {"role": "assistant", "content": "A heat sink"},
    {"role": "user", "content": "."},
]


def rendered_as_go_does(template: str) -> str:
    """Enough of Go's text/template for a range over `.Messages`; `{{-` takes the white space before it."""
    before, body, after = re.fullmatch(
        r"(.*)\{\{- range \.Messages \}\}(.*)\{\{ end \}\}(.*)", template, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    pieces = [body.replace("{{ .Role }}", m["role"]).replace("{{ .Content }}", m["content"]) for m in MESSAGES]
    return before.rstrip() + "".join(pieces) + after


def test_the_template_renders_as_that_of_the_file() -> None:
    expected = Environment().from_string(CHATML_TEMPLATE).render(messages=MESSAGES, add_generation_prompt=True)
    assert rendered_as_go_does(CHATML) == expected


def test_the_command(tiny_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.symlink_to(tiny_gguf)
    done = CliRunner().invoke(convert, ["modelfile", str(path)])
    made = tmp_path / "Modelfile"
    assert (done.exit_code, done.stderr) == (0, f"taibao: wrote {made}; ollama create NAME -f {made} takes it\n")
    assert (tmp_path / "Modelfile").read_text(encoding="utf-8") == (
        'FROM ./tiny.gguf\nTEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n'
        '{{ end }}<|im_start|>assistant\n"""\nPARAMETER stop "<|im_end|>"\nPARAMETER stop "<|endoftext|>"\n'
        "PARAMETER num_ctx 512\nPARAMETER temperature 0\n"
    )
    again = CliRunner().invoke(convert, ["modelfile", str(path)])
    assert "exists; pass --overwrite" in str(again.exception)


def test_licence_context_and_foreign_templates() -> None:
    keys = {"general.architecture": "qwen3", "qwen3.context_length": 40960, "tokenizer.chat_template": CHATML_TEMPLATE}
    licence = {"general.license": "CC-BY-SA-4.0", "general.license.link": "https://example.org/by-sa"}
    text = modelfile(keys | licence, "m.gguf")
    assert 'LICENSE """CC-BY-SA-4.0 https://example.org/by-sa"""\n' in text
    assert "PARAMETER num_ctx 8192\n" in text
    with pytest.raises(ModelError, match="brings another chat template"):
        modelfile({**keys, "tokenizer.chat_template": "{{ messages }}"}, "m.gguf")
