"""Somebody who types what the pages show, and looks at how it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.shell import Done, environment, taibao
from tests.documented.lines import Call, calls, standing_in
from tests.documented.place import CLAIMS

OTHERS = ("vllm", "llama-server", "pip")
"""Programs of others, which need an installation, a GPU or the network."""

EXITS = {
    "batch .*--base-url": {3},
    "tree": {3},
    "check": {1, 3},
    "chart": {3},
    "translate": {3},
    "train data check": {3},
    r"eval --data data/test\.jsonl": {3},
}
"""Exit codes beside 0 that tell of the texts, or of what a server that stands in says, not of the command."""

PACKAGES = {"dpo": "trl", "gptq": "gptqmodel", "openvino": "openvino", "openvino-convert": "openvino", "ray": "ray"}
"""What an extra of taibao brings."""

SECONDS = 300
"""Longest wait for a command, on a machine that is busy."""


class Typist:
    """Begins in the folder `home`; `stand_ins` replaces what cannot be done here, `extra` goes into the environment."""

    def __init__(self, home: Path, stand_ins: Mapping[str, str], extra: Mapping[str, str]) -> None:
        self._place, self._stand_ins, self._extra = home, stand_ins, {"TAIBAO_ENGINE": "", **extra}
        self._tools = home / ".tools"
        self._tools.mkdir()
        (self._tools / "taibao").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m taibao_cli "$@"\n')
        (self._tools / "taibao").chmod(0o755)

    def type(self, shown: str) -> bool:
        """Run a line; whether it did what it is for: False when it asks for a package that is not installed.

        Raises:
            AssertionError: it ended otherwise than a reader of the page may expect.
        """
        line = standing_in(shown, self._stand_ins)
        if line.startswith("cd "):
            self._place /= line[3:].split()[0]
            return True
        if line.split()[0] in OTHERS:
            return True
        found = None if "--ray " in line else calls(line)
        if found is None:
            return self._ended_well(shown, line, self._bash(line))
        return all(self._ended_well(shown, f"taibao {' '.join(call.arguments)}", self._call(call)) for call in found)

    def _call(self, call: Call) -> Done:
        if call.arguments in ([], ["-c"], ["--private"]):
            return self._session(call.arguments)
        done = taibao(*call.arguments, home=self._place, stdin=CLAIMS, **self._extra)
        if call.redirected is not None:
            (self._place / call.redirected).write_bytes(done.stdout)
        return done

    def _bash(self, line: str) -> Done:
        environ = environment(self._place, **self._extra)
        environ["PATH"] = f"{self._tools}{os.pathsep}{environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            cwd=self._place, env=environ, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False,
        )  # fmt: skip
        endless = line.startswith("timeout ") and done.returncode == 124
        return Done(0 if endless else done.returncode, done.stdout, done.stderr)

    def _session(self, words: list[str]) -> Done:
        """Opened on a terminal, and left."""
        pexpect = pytest.importorskip("pexpect")
        from tests.repl.screen import Screen

        with Screen(self._place, *words, **self._extra) as screen:
            screen.prompt()
            screen.type("/exit\r")
            screen.child.expect(pexpect.EOF, timeout=SECONDS)
            screen.child.close()
            return Done(int(screen.child.exitstatus), b"", screen.text.encode())

    def _ended_well(self, shown: str, line: str, done: Done) -> bool:
        said = done.stderr.decode()
        if done.returncode == 1 and _lacks_a_package(said):
            return False
        allowed = {code for start, codes in EXITS.items() if re.search(rf"\btaibao {start}\b", line) for code in codes}
        assert done.returncode in allowed | {0}, f"{shown}\nran as: {line}\nended with {done.returncode}: {said}"
        assert "Traceback" not in said, said
        return True


def _lacks_a_package(said: str) -> bool:
    """Whether a command asks for an extra that is really not installed."""
    asked = re.search(r"taibao\[([a-z-]+)\]", said)
    return bool(asked) and find_spec(PACKAGES[asked[1]]) is None  # type: ignore[index]
