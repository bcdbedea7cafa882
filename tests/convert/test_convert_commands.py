"""`taibao convert` as typed: streams, files, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convert.adapter import ADAPTER_TYPES
from convert.gguf import DTYPES
from convert.openvino import BITS
from convert.quantize import QUANT_TYPES
from taibao_cli.__main__ import run as command_line
from taibao_cli.cli import convert as commands
from taibao_cli.cli.paragraphs import read_paragraphs
from taibao_cli.errors import InputError, MissingExtraError, TaibaoError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands.convert, [str(argument) for argument in arguments])


def test_choices_are_those_of_the_library() -> None:
    assert commands.DTYPES == DTYPES
    assert tuple(map(str, BITS)) == commands.OPENVINO_BITS
    assert commands.ADAPTER_TYPES == ADAPTER_TYPES
    assert tuple(QUANT_TYPES) == commands.QUANT_TYPES


def test_from_checkpoint_to_comparison(tiny: Path, tmp_path: Path, texts: list[str]) -> None:
    full, small, paragraphs = tmp_path / "m.gguf", tmp_path / "q.gguf", tmp_path / "texts.txt"
    paragraphs.write_text("\n\n".join(texts) + "\n", encoding="utf-8")

    made = run("gguf", tiny, "-o", full, "--type", "f32")
    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr == f"taibao: wrote {full} (5.3 MB, f32)\n"

    quantized = run("quantize", full, "-o", small, "--type", "q4_k_m", "--threads", 1)
    assert (quantized.exit_code, quantized.stdout) == (0, "")
    assert quantized.stderr == f"taibao: wrote {small} ({small.stat().st_size / 1e6:.1f} MB from 5.3 MB, q4_k_m)\n"

    compared = run("compare", tiny, full, "--texts", paragraphs, "--threads", 1, "--json")
    assert (compared.exit_code, compared.stderr) == (0, "")
    row = json.loads(compared.stdout)
    assert row.keys() == {
        "reference", "candidate", "paragraphs", "tokens", "kl_mean", "kl_max", "top1",
        "ppl_reference", "ppl_candidate", "tokenizer_differences",
    }  # fmt: skip
    assert (row["reference"], row["candidate"], row["paragraphs"]) == (str(tiny), str(full), 10)
    assert row["kl_mean"] < 1e-5
    assert row["tokenizer_differences"] == 0

    table = run("compare", full, small, "--texts", paragraphs, "--threads", 1).stdout.splitlines()
    assert [line[:23].rstrip() for line in table] == [
        "tokens compared", "KL mean (nats)", "KL max (nats)", "same first token", "perplexity, reference",
        "perplexity, candidate",
    ]  # fmt: skip
    assert table[0].split()[-1] == str(row["tokens"])


def test_table_for_a_reader() -> None:
    from convert.compare import Comparison

    comparison = Comparison(1.234e-6, 0.00056, 0.9951, 12.3456, 12.5, 2000)
    assert commands.render_comparison(comparison, 40, 0, "en").splitlines() == [
        "tokens compared        2000",
        "KL mean (nats)         1.23e-06",
        "KL max (nats)          0.00056",
        "same first token       99.51%",
        "perplexity, reference  12.3456",
        "perplexity, candidate  12.5000",
        "tokenised differently  0 of 40 paragraphs",
    ]
    chinese = commands.render_comparison(comparison, 40, 0, "zh").splitlines()
    assert chinese[0] == "比较的词元数           2000"
    assert chinese[-1] == "切分不同的段落         40 段中的 0 段"


def test_what_convert_says_was_english_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    warned = "blk.0.attn_q.weight stays float32: it holds weights too large for the number format asked for"
    monkeypatch.setattr("convert.gguf.convert_checkpoint", lambda *_, **__: [warned])
    full = tmp_path / "m.gguf"
    full.write_bytes(b"GGUF")
    assert command_line(["--lang", "zh", "convert", "gguf", "checkpoint", "-o", str(full)]) == 0
    assert capsys.readouterr().err == (
        "taibao: blk.0.attn_q.weight 仍为 float32：其中有的权重超出所选数值格式的范围\n"
        f"taibao: 已写入 {full}（0.0 MB，f16）\n"
    )


def test_an_existing_output_needs_the_flag(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    out.write_bytes(b"mine")
    assert isinstance(refused := run("gguf", tiny, "-o", out).exception, TaibaoError)
    assert refused.exit_code == 1
    assert out.read_bytes() == b"mine"
    assert run("gguf", tiny, "-o", out, "--overwrite").exit_code == 0


def test_unreadable_texts(tiny_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes("一种".encode("gb18030"))
    for texts, message in ((path, "is not UTF-8 (byte "), (tmp_path / "none", "No such file or directory")):
        error = run("compare", tiny_gguf, tiny_gguf, "--texts", texts).exception
        assert isinstance(error, InputError)
        assert message in str(error)


def test_texts_of_conversations(tiny_gguf: Path, tmp_path: Path) -> None:
    """The dev data of a training are held-out texts as they are."""
    said = [{"role": "user", "content": "一种泵。"}, {"role": "assistant", "content": "A pump."}]
    path = tmp_path / "dev.jsonl"
    path.write_text(json.dumps({"messages": said}) + "\n\n", encoding="utf-8")
    plain = tmp_path / "dev.txt"
    plain.write_text("一种泵。\nA pump.\n", encoding="utf-8")
    assert read_paragraphs(path) == ["一种泵。\nA pump."]
    assert read_paragraphs(plain) == ["一种泵。", "A pump."]
    done = run("compare", tiny_gguf, tiny_gguf, "--texts", path, "--json")
    assert json.loads(done.stdout)["paragraphs"] == 1
    path.write_text(json.dumps({"messages": said}) + '\n{"text": "x"}\n', encoding="utf-8")
    error = run("compare", tiny_gguf, tiny_gguf, "--texts", path).exception
    assert str(error) == f"{path}:2: no conversation; each line needs messages with their content"


def test_missing_extra_is_named(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    error = run("gguf", tiny, "-o", tmp_path / "m.gguf").exception
    assert isinstance(error, MissingExtraError)
    assert str(error) == "gguf is not installed; run: pip install 'taibao[train]'"
    assert list(tmp_path.iterdir()) == []


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from taibao_cli.cli.convert import convert;"
        "convert(['compare', '--help'], standalone_mode=False);"
        "print(sorted({'torch', 'transformers', 'numpy', 'gguf', 'llama_cpp', 'convert'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
