"""`taibao tree`: claims, which of them depends on which, and what is wrong with them in form."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from taibao_cli.batch.patent_files import holds_patents, open_patents
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import encoding_option, json_option
from taibao_cli.cli.inputs import STDIN, read_sources
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_terminal
from taibao_cli.errors import InputError, UsageError
from taibao_cli.patents.claims.claimset import ClaimSet, parse_claims
from taibao_cli.patents.claims.defects import OFFICES, Defect, Office, defects
from taibao_cli.patents.claims.tree import branches_for, defect_lines, tree_dot, tree_json, tree_mermaid, tree_text
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.language import Lang

_DRAWINGS: Final = {"mermaid": tree_mermaid, "dot": tree_dot}


@click.command()
@click.argument("files", metavar="[FILE…|-]", nargs=-1, type=click.Path(path_type=Path))
@encoding_option
@json_option
@click.option("--mermaid", "drawing", flag_value="mermaid", help="A Mermaid flowchart.")
@click.option("--dot", "drawing", flag_value="dot", help="A Graphviz digraph.")
@click.option("--office", type=click.Choice(OFFICES), help="Default: cn for Chinese claims, ep for English.")
def tree(files: tuple[Path, ...], encoding: str, as_json: bool, drawing: str | None, office: Office | None) -> int:
    """Show which claim depends on which, and formal defects. Exit code 3: a defect to fix.

    显示权利要求的引用关系和形式缺陷。
    """
    if as_json and drawing:
        raise UsageError(f"--json and --{drawing} do not go together")
    sources = list(_sets(files, encoding))
    rows = StreamWriter(sys.stdout.buffer) if as_json else None
    code = 0
    for at, (name, claims) in enumerate(sources):
        found = defects(claims, office)
        if any(defect.severity == "FIX" for defect in found):
            code = SOME_FAILED
        if rows is not None:
            rows.write({"id": name, **tree_json(claims, found)})
            continue
        if at:
            answer("")
        if len(sources) > 1 and not drawing:
            answer(f"{name}:")
        answer(_drawn(claims, found, drawing, settings().lang))
    return code


def _sets(files: tuple[Path, ...], encoding: str) -> Iterator[tuple[str, ClaimSet]]:
    """The claims of each text, and of each patent of files that hold patents, with a name."""
    for path in files or (STDIN,):
        if path == STDIN or not holds_patents(path):
            (source,) = read_sources((path,) if files else (), encoding)
            yield source.name, _some(parse_claims(source.text), source.name)
            continue
        for reading in open_patents(path, encoding=encoding):
            if isinstance(reading, Unread):
                raise InputError(reading.reason)
            yield reading.id, _some(reading.claims, f"{path}: {reading.id}")


def _some(claims: ClaimSet, name: str) -> ClaimSet:
    if not claims.claims:
        raise InputError(f"{name}: no claims; number them 1., 2., …")
    return claims


def _drawn(claims: ClaimSet, found: tuple[Defect, ...], drawing: str | None, lang: Lang) -> str:
    if drawing:
        return _DRAWINGS[drawing](claims, found, lang)
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    text = tree_text(claims, lang, branches_for(sys.stdout.encoding), width)
    return "\n".join([text, *(["", *defect_lines(found, lang)] if found else [])])
