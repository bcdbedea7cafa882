"""The reference in docs/ is what the commands say; `python -m taibao_cli.cli.reference docs` makes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from taibao_cli.cli.reference import MANUAL, PAGE, all_commands, manual, markdown

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_and_the_manual_are_those_of_the_commands() -> None:
    assert (DOCS / PAGE).read_text("utf-8") == markdown()
    assert (DOCS / MANUAL).read_text("utf-8") == manual()


def test_every_command_for_patent_people_says_in_both_languages_what_it_does() -> None:
    for name, command in all_commands():
        if name.split()[0:1] not in (["train"], ["convert"]):
            assert re.search(r"[A-Za-z]{3}", command.help or ""), name
            assert re.search(r"[一-鿿]", command.help or ""), name
