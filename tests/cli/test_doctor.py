"""`taibao doctor` and `taibao completion`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.cli import findings
from taibao_cli.engine.memory import available_memory
from tests.cli.shell import process, taibao
from tests.tiny import make_tiny_gguf


def test_every_finding_of_a_healthy_machine_is_told(tmp_path: Path) -> None:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    done = taibao("doctor", "--model", "tiny.gguf", home=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0].startswith("  model tiny@")
    for words in ("computing with ", "llama.cpp uses ", "terminal "):
        assert any(line.startswith(f"  {words}") for line in lines), words


def test_findings_as_json(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in taibao("doctor", "--json", home=tmp_path).stdout.splitlines()]
    assert {"level", "zh", "en", "advice_zh", "advice_en"} == set(rows[0])
    assert {row["level"] for row in rows} <= {"ok", "hint"}


def test_a_model_that_is_none_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    done = taibao("doctor", "--model", "m.gguf", home=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().startswith("! m.gguf: ")
    assert done.stderr == b"taibao: problems: 1\n"


def test_too_little_memory_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    monkeypatch.setattr(findings, "available_memory", lambda: 1_000_000)
    done = taibao("doctor", "--model", "tiny.gguf", home=tmp_path)
    assert done.returncode == 1
    assert "! 1 MB of memory are free, the model takes about " in done.stdout.decode()
    assert "→ take a smaller quantization" in done.stdout.decode()


def test_the_extra_that_reads_documents_was_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "find_spec", lambda module: None)
    make_tiny_gguf(tmp_path / "tiny.gguf")
    shown = taibao("doctor", "--model", "tiny.gguf", home=tmp_path).stdout.decode()
    assert "? extras that are not installed: documents,http,parquet,train,xlsx\n" in shown
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text("utf-8")
    assert "extras (`documents`, `http`, `parquet`, `train`, `xlsx`)" in page


def test_what_the_system_says(tmp_path: Path) -> None:
    file = tmp_path / "info"
    file.write_text("flags\t\t: fma avx2\n")
    assert findings.processor_features(file) == {"FMA", "AVX2"}
    assert findings.processor_features(tmp_path / "none") == set()


def test_memory_is_what_kernel_and_control_groups_leave(tmp_path: Path) -> None:
    proc, group = tmp_path / "proc", tmp_path / "sys/fs/cgroup/box"
    (proc / "self").mkdir(parents=True)
    group.mkdir(parents=True)
    assert available_memory(proc, tmp_path / "sys") is None
    (proc / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   2048 kB\n")
    assert available_memory(proc, tmp_path / "sys") == 2 * 1024 * 1024
    (proc / "self/cgroup").write_text("0::/box\n")
    (group / "memory.max").write_text("1000000\n")
    (group / "memory.current").write_text("400000\n")
    assert available_memory(proc, tmp_path / "sys") == 600_000
    (group / "memory.max").write_text("max\n")
    assert available_memory(proc, tmp_path / "sys") == 2 * 1024 * 1024


def test_a_template_that_drops_messages_is_a_problem(tmp_path: Path) -> None:
    make_tiny_gguf(tmp_path / "good.gguf")
    make_tiny_gguf(tmp_path / "bad.gguf", template="{{ messages[-1].content }}")
    good = taibao("doctor", "--model", "good.gguf", home=tmp_path)
    assert b"its chat template shows every message of a conversation" in good.stdout
    bad = taibao("doctor", "--model", "bad.gguf", home=tmp_path)
    assert bad.returncode == 1
    assert "! the model's chat template does not show every message of roles system, user once" in bad.stdout.decode()


def test_the_probe_tells_speed_and_that_nothing_was_sent(tmp_path: Path) -> None:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    done = process("doctor", "--probe", "--model", "tiny.gguf", home=tmp_path, TAIBAO_ENGINE="")
    text = done.stdout.decode()
    assert done.returncode == 0, text
    assert "probe: loaded in " in text
    assert "offline: no connection was opened while the model was loaded and answered" in text


def test_what_is_kept_is_named_with_what_removes_it(tmp_path: Path) -> None:
    state = tmp_path / ".local/state/taibao"
    state.mkdir(parents=True)
    (state / "talks.sqlite").write_bytes(b"x" * 4000)
    done = taibao("doctor", home=tmp_path)
    assert (
        f"kept: {state / 'talks.sqlite'} (4 kB; /forget N removes, taibao --private keeps none)" in done.stdout.decode()
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(tmp_path: Path, shell: str) -> None:
    assert b"_TAIBAO_COMPLETE" in taibao("completion", shell, home=tmp_path).stdout
    words = {"COMP_WORDS": "taibao tra", "COMP_CWORD": "1" if shell != "fish" else "tra"}
    done = process(home=tmp_path, _TAIBAO_COMPLETE=f"{shell}_complete", **words)
    assert b"train" in done.stdout
    assert b"translate" in done.stdout
    assert b"batch" not in done.stdout
