"""Pictures of a session and of a batch, recorded on a pseudo-terminal: `python docs/pictures/make.py`."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.repl.screen import Screen  # noqa: E402

COLUMNS, LINES = 100, 34
SESSION = (
    "/translate 1. 一种锂离子电池，包括壳体（1）和正极片（2），所述壳体的厚度为0.5mm。",
    "/ipc 一种锂离子电池正极材料的制备方法",
    "/title 本发明公开了一种带散热片的电池壳体，包括壳体和散热片。",
    "/ask 发明专利权的期限是多久？",
)


def svg(screen: Screen, title: str) -> str:
    """What stands on the screen, with its colours, as SVG."""
    console = Console(file=io.StringIO(), record=True, width=COLUMNS, height=LINES, force_terminal=True)
    for line in screen.coloured():
        console.print(line, no_wrap=True, overflow="crop")
    return console.export_svg(title=title, unique_id=title.replace(" ", "-"))


def session(home: Path) -> str:
    with Screen(home, lines=LINES, columns=COLUMNS, LANG="zh_CN.UTF-8", TAIBAO_ENGINE="") as screen:
        for line in SESSION:
            screen.say(line)
        return svg(screen, "taibao")


def batch(home: Path) -> str:
    rows = ROOT / "examples" / "patents.jsonl"
    command = f"import sys; sys.argv[1:] = ['batch', {str(rows)!r}, '-o', 'answers.jsonl']; "
    command += "from taibao_cli.__main__ import main; main()"
    with Screen(home, lines=6, columns=COLUMNS, program=command, TAIBAO_ENGINE="") as screen:
        while not re.search(r"\([3-9]\d %\).*left", screen.read(0.05)):
            assert screen.child.isalive()
        shown = svg(screen, "taibao batch patents.jsonl -o answers.jsonl")
        screen.child.expect("\\Z", timeout=300)
        return shown


def main() -> None:
    for name, made in (("session", session), ("batch", batch)):
        with tempfile.TemporaryDirectory() as home:
            (Path(__file__).parent / f"{name}.svg").write_text(made(Path(home)), "utf-8")


if __name__ == "__main__":
    main()
