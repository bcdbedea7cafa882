"""`taibao train data`: instruction data before it is trained."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import json_option
from taibao_cli.console import answer, note
from taibao_cli.errors import MissingExtraError, TaibaoError

if TYPE_CHECKING:
    from train.instructions.checks import Report
    from train.instructions.conversation import Conversation

FILE = click.Path(path_type=Path, exists=True)
_SHARES = (0.5, 0.9, 0.99, 1.0)


@click.group()
def data() -> None:
    """Look at instruction data: alpaca, ShareGPT, chat messages, or a folder with dataset_info.json."""


@data.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--test", "tests", multiple=True, type=FILE, help="Data kept apart, which training must not have seen.")
@click.option("--tokenizer", type=FILE, help="tokenizer.json; lengths are then in tokens, else in characters.")
@click.option("--longest", type=click.IntRange(min=1), help="What an example may have, prompt and answer together.")
@json_option
def check(
    files: tuple[Path, ...], tests: tuple[Path, ...], tokenizer: Path | None, longest: int | None, as_json: bool
) -> int:
    """Schema with line numbers, encoding, empty, too long, duplicates, contradictions, leaks of --test.

    Exit code 3: something is wrong with some examples. 1: the test has leaked into training.
    """
    if importlib.util.find_spec("numpy") is None:
        raise MissingExtraError("numpy", "train")
    from train.instructions.checks import check as check_all
    from train.instructions.formats import read_files

    training = [item for file in files for item in read_files(file)]
    apart = [item for file in tests for item in read_files(file)]
    report = check_all(training, apart, length=_length(tokenizer), longest=longest)
    unit = "tokens" if tokenizer else "characters"
    if as_json:
        answer(json.dumps(_as_json(report, unit), ensure_ascii=False))
    else:
        _print(report, unit)
    if report.leaks:
        raise TaibaoError("the test has leaked into training; take those examples out of one of them")
    return SOME_FAILED if report.problems else 0


def _length(tokenizer: Path | None) -> Callable[[Conversation], int]:
    """Tokens of the conversation as ChatML; without a tokenizer, characters of its messages."""
    if tokenizer is None:
        return lambda example: sum(len(message.content) for message in example.messages)
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError("tokenizers", "train") from None
    from taibao_cli.engine.chatml import render_chatml

    made = Tokenizer.from_file(str(tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer))
    return lambda example: len(made.encode(render_chatml(example.messages, add_generation_prompt=False)).ids)


def _quantiles(lengths: tuple[int, ...]) -> dict[str, int]:
    ordered = sorted(lengths)
    last = len(ordered) - 1
    return {f"{share:.0%}": ordered[round(share * last)] for share in _SHARES} if ordered else {}


def _as_json(report: Report, unit: str) -> dict[str, Any]:
    return {
        "examples": report.examples,
        "kinds": dict(report.kinds),
        "lengths": {"unit": unit, **_quantiles(report.lengths)},
        "problems": [
            {"file": str(found.place.file), "item": found.place.item, "kind": found.kind, "text": found.text}
            for found in report.problems
        ],
    }


def _print(report: Report, unit: str) -> None:
    for problem in report.problems:
        answer(str(problem))
    lengths = "  ".join(f"{share} ≤ {length}" for share, length in _quantiles(report.lengths).items())
    note(f"{report.examples} examples; {unit}: {lengths}")
    for kind, count in sorted(report.kinds.items()):
        note(f"{kind}: {count}")
