"""The same rows by one process, by engines on Ray and by servers: `python -m tests.batch.scaling`.

Everything runs on this machine, so engines share its processors. Servers only wait, as if each had a machine of its
own: they show what can be fed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.batch.overhead import make, say
from tests.engine.servers.chat_server import JSON, Chat, Reply, said

ROWS = 1500
PART = 5
"""The short run has this part of the rows."""

ROWS_OF_FAKES = 20_000
ROWS_OF_SERVERS = 4000
SLOTS, SECONDS = 8, 0.05
"""A waiting server answers so many requests at a time, each in so many seconds: 160 a second."""


def waiting_server() -> None:
    """Serve until standard input ends; the address is the one line of output."""
    slots, server = threading.Semaphore(SLOTS), Chat()

    def answer(body: JSON, number: int) -> Reply:
        with slots:
            time.sleep(SECONDS)
        return Reply(said("一种泵"))

    server.answer = answer
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(server.url)
    sys.stdout.flush()
    sys.stdin.read()


def run(rows: int, options: Sequence[str], **environment: str) -> dict[str, Any]:
    """What `--stats-json` says of a run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "in.jsonl", rows)
        command = [sys.executable, "-m", "taibao_cli", "batch", "in.jsonl", "-o", "out.jsonl", "--stats-json", "stats"]
        where = {"PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            [*command, *options], cwd=folder, env={**os.environ, **where, **environment}, stderr=subprocess.PIPE
        )
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads((folder / "stats").read_text())
        return found


def tell(label: str, rows: int, options: Sequence[str], **environment: str) -> None:
    """Rows a second, of a long run against a short one: what both take to start is left out. The first is for what is
    measured once for a number of threads."""
    few = rows // PART
    run(1, options, **environment)
    short, long = (run(count, options, **environment)["seconds"] for count in (few, rows))
    speed = (rows - few) / (long - short)
    say(f"{label:<32} {rows:>7,} rows {long:>7.1f} s, of them {rows - few:>7,} at {speed:>7.1f} a second")


def main() -> None:
    tell("one process", ROWS, [])
    for engines in (1, 2, 4):
        tell(f"Ray, {engines} engines", ROWS, ["--ray", "local", "--ray-engines", str(engines)])
    nothing = ["--ray", "local", "--ray-engines", "4"]
    tell("Ray, 4 engines that do nothing", ROWS_OF_FAKES, nothing, TAIBAO_ENGINE="fake")
    command = [sys.executable, "-m", "tests.batch.scaling", "--server"]
    servers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    addresses = [server.stdout.readline().strip() for server in servers if server.stdout]
    for count in (1, 2, 4):
        options = [word for address in addresses[:count] for word in ("--base-url", address)]
        tell(f"{count} waiting servers", ROWS_OF_SERVERS, [*options, "--model", "tiny"])
    for server in servers:
        server.communicate()


if __name__ == "__main__":
    waiting_server() if sys.argv[1:] == ["--server"] else main()
