"""`taibao models pull` as a command, against a hub on this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import environment, process, taibao
from tests.models.hostile import Hub, serving
from tests.tiny import make_tiny_gguf

SPEC = "owner/tiny-GGUF/tiny.gguf"


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    content = make_tiny_gguf(tmp_path_factory.mktemp("hub") / "tiny.gguf").read_bytes()
    with serving(Hub("owner/tiny-GGUF", "tiny.gguf", content)) as hub:
        yield hub


def test_pull_show_verify_repair_remove(hub: Hub, tmp_path: Path) -> None:
    environ = {"HF_ENDPOINT": hub.endpoint}
    done = process("models", "pull", SPEC, home=tmp_path, **environ)
    assert (done.returncode, done.stdout) == (0, b"")
    assert f"pulling tiny.gguf from {hub.endpoint}" in done.stderr.decode()
    assert "fetched 5.0 MB, the hash is right; tiny, licence mit, is " in done.stderr.decode()
    shown = taibao("models", "show", "tiny", home=tmp_path).stdout.decode()
    assert f"pulled from    {hub.endpoint}/owner/tiny-GGUF/resolve/" in shown
    assert hub.sha256 in shown
    assert taibao("models", "verify", home=tmp_path).stdout == b"tiny  unchanged\n"
    (file,) = tmp_path.rglob("tiny.gguf")
    with file.open("r+b") as damaged:
        damaged.seek(99_999)
        damaged.write(b"damage")
    verified = taibao("models", "verify", home=tmp_path)
    assert (verified.returncode, verified.stdout) == (1, b"tiny  is not what it was\n")
    assert b"taibao models pull mends a pulled one" in verified.stderr
    assert taibao("models", "pull", SPEC, home=tmp_path, **environ).returncode == 0
    assert file.read_bytes() == hub.content
    assert taibao("models", "rm", "tiny", home=tmp_path).stderr == b"taibao: removed tiny, 5.0 MB are free again\n"
    assert [path for path in tmp_path.rglob("*tiny.gguf*") if path.is_file()] == []


def test_a_dry_run_fetches_nothing(hub: Hub, tmp_path: Path) -> None:
    done = taibao("models", "pull", SPEC, "--dry-run", "--endpoint", hub.endpoint, home=tmp_path)
    assert done.stdout.decode().splitlines()[1:3] == ["size      5.0 MB", f"sha256    {hub.sha256}"]
    assert hub.sent["requests"] == 0


def test_killed_in_mid_download_the_same_command_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "stall"
    command = [sys.executable, "-m", "taibao_cli", "models", "pull", SPEC, "--endpoint", hub.endpoint]
    running = subprocess.Popen(command, env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not hub.sent["bytes"]:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert taibao("models", "verify", home=tmp_path).stdout == b""
    hub.faults = lambda number: "none"
    assert taibao("models", "pull", SPEC, "--endpoint", hub.endpoint, home=tmp_path).returncode == 0
    (file,) = tmp_path.rglob("tiny.gguf")
    assert file.read_bytes() == hub.content


def test_an_interrupt_is_quick_and_leaves_no_model(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "stall"
    command = [sys.executable, "-m", "taibao_cli", "models", "pull", SPEC, "--endpoint", hub.endpoint]
    running = subprocess.Popen(command, env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not hub.sent["bytes"]:
        time.sleep(0.01)
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait() == 130
    assert time.monotonic() - begun < 1
    assert list(tmp_path.rglob("tiny.gguf")) == []


def test_a_proxy_is_used(hub: Hub, tmp_path: Path) -> None:
    """The hub stands in for the proxy: it gets the whole address, of a host that does not exist."""
    done = taibao(
        "models", "pull", SPEC, "--dry-run", "--endpoint", "http://hub.invalid", home=tmp_path, http_proxy=hub.endpoint
    )
    assert done.returncode == 1
    assert hub.authorized == [("", None)]


def test_the_catalogue_is_listed_without_the_network(tmp_path: Path) -> None:
    lines = taibao("models", "list", "--all", home=tmp_path).stdout.decode().splitlines()
    assert lines[0].startswith("* builtin")
    assert any(line.split()[-1] == "Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf" for line in lines)
    shown = taibao("models", "show", "qwen3-8b", home=tmp_path)
    assert shown.returncode == 1
    assert b"qwen3-8b is not here; taibao models pull qwen3-8b fetches it" in shown.stderr
