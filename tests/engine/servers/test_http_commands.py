"""`--base-url` as typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from taibao_cli.engine.http.engine import HttpEngine
from taibao_cli.errors import MissingExtraError
from tests.cli.shell import ROOT, environment, taibao
from tests.engine.servers.chat_server import JSON, Chat, Reply, free_port, said

pytest.importorskip("httpx")


def test_title_from_a_server(chat: Chat, tmp_path: Path) -> None:
    chat.answer = lambda body, number: Reply(said("Cooling plate"))
    args = ("title", "--base-url", chat.url)
    done = taibao(*args, home=tmp_path, stdin="A plate cools a cell.", TAIBAO_ENGINE="", TAIBAO_API_KEY="k-123")
    assert (done.returncode, done.stdout) == (0, b"Cooling plate\n"), done.stderr
    assert done.stderr.decode() == f"taibao: texts go to {chat.url} (model tiny)\n"
    assert "A plate cools a cell." in chat.asked[0]["messages"][-1]["content"]
    assert {headers.get("Authorization") for headers in chat.headers} == {"Bearer k-123"}


def test_which_model_of_several(chat: Chat, tmp_path: Path) -> None:
    chat.models = ["first", "second"]
    args = ("title", "--base-url", chat.url)
    done = taibao(*args, home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 2
    assert b"serves 2 models (first, second); name one with --model NAME" in done.stderr
    done = taibao(*args, "--model", "second", home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 0
    assert [body["model"] for body in chat.asked] == ["second"]


def test_an_interrupted_batch_ends_at_once_and_goes_on(chat: Chat, tmp_path: Path) -> None:
    hold, held = threading.Event(), threading.Semaphore(0)

    def answer(body: JSON, number: int) -> Reply:
        if number > 1:
            held.release()
            hold.wait(10)
        return Reply(said("A title"))

    chat.answer = answer
    rows = [json.dumps({"text": f"text {number}", "task": "title"}) for number in range(4)]
    (tmp_path / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    args = ("batch", "in.jsonl", "-o", "out.jsonl", "--width", "2", "--base-url", chat.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", *args], env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE
    )
    assert held.acquire(timeout=10)
    assert held.acquire(timeout=10)  # both places are taken, so the first answer is in the journal
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=3)
    assert process.returncode == 130, err
    assert "interrupted: 1 answers are kept" in err.decode()
    hold.set()
    chat.answer = lambda body, number: Reply(said("Another title"))
    assert taibao(*args, home=tmp_path).returncode == 0
    outputs = [json.loads(line)["output"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(outputs) == ["A title"] + ["Another title"] * 3
    assert len(chat.asked) == 6


def test_options_and_servers_that_do_not_fit(chat: Chat, tmp_path: Path) -> None:
    done = taibao("title", "--base-url", chat.url, "--threads", "2", home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert (done.returncode, chat.asked) == (2, [])
    url = f"http://127.0.0.1:{free_port()}/v1"
    done = taibao("title", "--base-url", url, home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 1
    assert f"{url} cannot be reached" in done.stderr.decode()


def test_without_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'taibao\[http\]'"):
        HttpEngine("http://127.0.0.1/v1", "tiny")


def test_httpx_is_loaded_when_an_engine_is_made() -> None:
    code = "import sys, taibao_cli.engine.http.served, taibao_cli.engine.http.engine; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
