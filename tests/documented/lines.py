"""What the shell blocks of a page tell people to type: `taibao` is called in this process, the rest is for bash."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[str]:
    return SHELL_BLOCK.findall(page.read_text(encoding="utf-8"))


def lines(block: str) -> list[str]:
    """The commands of a block one by one; the whole block where one of its commands takes several lines."""
    listed = block.splitlines()
    return listed if all(map(_whole, listed)) else [block]


def _whole(line: str) -> bool:
    return subprocess.run(["bash", "-n", "-c", line], capture_output=True, check=False).returncode == 0


def standing_in(line: str, stand_ins: Mapping[str, str]) -> str:
    """The line with what needs a network, a GPU or hours replaced."""
    for shown, instead in stand_ins.items():
        line = re.sub(shown, instead, line)
    return line


@dataclass(frozen=True, slots=True)
class Call:
    """`taibao ARGUMENTS > REDIRECTED`."""

    arguments: list[str]
    redirected: str | None = None


def calls(line: str) -> list[Call] | None:
    """The calls of `taibao` that a line consists of, joined by `&&` if several; None when it needs a shell."""
    if re.search(r"\$|`|\*", line):
        return None
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    parts: list[list[str]] = [[]]
    for token in lexer:
        if token == "&&":
            parts.append([])
        elif token[0] in "|&;<" or token == ">>":
            return None
        else:
            parts[-1].append(token)
    return [_call(part[1:]) for part in parts] if all(part[:1] == ["taibao"] for part in parts) else None


def _call(words: list[str]) -> Call:
    return Call(words[:-2], words[-1]) if words[-2:-1] == [">"] else Call(words)
