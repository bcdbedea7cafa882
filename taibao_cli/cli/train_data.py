"""`taibao train data`: instruction data before it is trained."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from taibao_cli.cli.cells import padded, padded_left
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import json_option
from taibao_cli.cli.noting import tell
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import InputError, MissingExtraError, TaibaoError, UsageError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.patents.language import Lang

if TYPE_CHECKING:
    from train.instructions.checks import Report
    from train.instructions.conversation import Conversation, Problem
    from train.instructions.encode import Encoded

FILE = click.Path(path_type=Path, exists=True)
_SHARES = (0.5, 0.9, 0.99, 1.0)


@click.group()
def data() -> None:
    """Make instruction data, check, measure and pack them: alpaca, ShareGPT, chat messages, or a folder with
    dataset_info.json.

    生成、检查、统计、打包指令数据。
    """


@data.command()
@click.argument("patents", nargs=-1, type=FILE)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to write.")
@click.option("--dialogue", multiple=True, type=FILE, help="Examples to keep in as they are, in any format read here.")
@click.option("--weight", "weights", multiple=True, metavar="KIND=N", help="How often a kind is taken; all=N: others.")
@click.option("--dev", type=float, default=0.02, show_default=True, help="Share of the families for dev.jsonl.")
@click.option("--test", type=float, default=0.02, show_default=True, help="Share of the families for test.jsonl.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of phrasings, pairs and order.")
def build(
    patents: tuple[Path, ...],
    output: Path,
    dialogue: tuple[Path, ...],
    weights: tuple[str, ...],
    dev: float,
    test: float,
    seed: int,
) -> int:
    """Make examples of all tasks from tables of PATENTS (.csv, .tsv, .jsonl), in several phrasings, in the language of
    the text and between languages where a row has both; part them into train, dev and test. Without PATENTS the
    examples of --dialogue are parted alone.

    Exit code 3: some rows gave none.

    由专利表生成各任务的样例，分成训练集、验证集和测试集。
    """
    _need("numpy")
    if not patents and not dialogue:
        raise UsageError("give tables of patents, or examples with --dialogue")
    from train.instructions.build import Plan
    from train.instructions.build import build as build_all

    built = build_all(patents, dialogue, output, Plan(_weights(weights), dev, test, seed))
    for problem in built.problems:
        note(_in_words(problem, settings().lang))
    for split, counts in built.counts.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
        tell("data-split-kinds" if kinds else "data-split", split=split, count=sum(counts.values()), kinds=kinds)
    return SOME_FAILED if built.problems else 0


def _weights(given: tuple[str, ...]) -> dict[str, float]:
    weights = {}
    for one in given:
        kind, sign, number = one.partition("=")
        try:
            weights[kind.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign:
            raise UsageError(f"--weight {one}: give KIND=N, such as ipc=2")
    return weights


def _need(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(module, "train")


def _encoded(files: tuple[Path, ...], tokenizer: Path) -> tuple[list[Conversation], list[Encoded]]:
    """Examples and their tokens.

    Raises:
        InputError: a file cannot be read, or an example is none.
    """
    _need("numpy", "tokenizers")
    from train.instructions.encode import Encoder
    from train.instructions.formats import read_conversations

    encoder = Encoder(tokenizer)
    read = [example for file in files for example in read_conversations(file)]
    return read, list(encoder.encode(example.messages for example in read))


@data.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write (.jsonl).")
@click.option("--seed", type=int, default=1, show_default=True, help="Of what is broken.")
def preferences(files: tuple[Path, ...], output: Path, seed: int) -> None:
    """Make preferences from examples of `claims` and `translate`: the answer against a copy of it whose claims refer
    wrongly or are not complete, which a check has found.

    由样例生成偏好对：原答案与改坏的答案，后者须被检查发现。
    """
    if output.exists():
        raise InputError(f"{output} exists; remove it or name another file")
    from train.instructions.formats import read_conversations
    from train.instructions.preferences import preferences as make

    made = list(make([row for file in files for row in read_conversations(file)], seed=seed))
    if not made:
        raise InputError("no example has a claim set as its answer that passes the checks and can be broken")
    output.write_text("".join(json.dumps(each.as_row(), ensure_ascii=False) + "\n" for each in made), encoding="utf-8")
    counts = Counter(check for each in made for check in each.failed)
    failed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    tell("data-fails", path=output, pairs=len(made), counts=failed)


_tokenizer = click.option("--tokenizer", type=FILE, required=True, help="tokenizer.json, or the folder with it.")


@data.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@_tokenizer
@click.option("--plot", type=click.Path(path_type=Path), help="SVG of the lengths by task.")
@json_option
def stats(files: tuple[Path, ...], tokenizer: Path, plot: Path | None, as_json: bool) -> None:
    """Lengths in tokens by task: quantiles, and the share that is trained.

    按任务统计样例的词元数。
    """
    read, encoded = _encoded(files, tokenizer)
    from train.instructions.stats import QUANTILES, by_task, length_plot, lengths

    groups = by_task(read, encoded)
    lang: Lang = "en" if as_json else settings().lang
    no_task, together = say("data-no-task", lang), say("data-stats-all", lang)
    rows = {**{name or no_task: lengths(group) for name, group in groups.items()}, together: lengths(encoded)}
    names = [f"{share:.0%}" for share in QUANTILES]
    if as_json:
        told = {
            name: {
                "examples": row.examples,
                "tokens": row.tokens,
                "labelled": row.labelled,
                "quantiles": dict(zip(names, row.quantiles, strict=True)),
            }
            for name, row in rows.items()
        }
        answer(json.dumps(told, ensure_ascii=False))
    else:
        wide = (("examples", 10), ("tokens", 12), ("trained", 9))
        columns = "".join(padded_left(say(f"data-stats-{name}", lang), width) for name, width in wide)
        answer(padded(say("data-stats-task", lang), 12) + columns + "".join(f"{name:>8}" for name in names))
        for name, row in rows.items():
            sizes = "".join(f"{size:>8}" for size in row.quantiles)
            numbers = f"{row.examples:>10}{row.tokens:>12}{row.labelled / row.tokens:>9.0%}{sizes}"
            answer(padded(name, 12) + numbers)
    if plot:
        plot.write_text(length_plot(groups), encoding="utf-8")
        tell("wrote", path=plot)


@data.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@_tokenizer
@click.option("--tokens", type=click.IntRange(min=8), default=2048, show_default=True, help="Length of a pack.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write (.npz).")
def pack(files: tuple[Path, ...], tokenizer: Path, tokens: int, output: Path) -> int:
    """Tokenize examples once and pack them best fit, for `taibao train finetune --data`.

    Exit code 3: some examples are longer than a pack and were left out.

    一次分词，并把样例装成包，供 taibao train finetune --data 使用。
    """
    _, encoded = _encoded(files, tokenizer)
    from train.instructions.pack import pack_examples

    packed = pack_examples(encoded, tokens)
    if not len(packed):
        raise InputError(f"every example is longer than {tokens} tokens; give --tokens more")
    packed.save(output)
    kept = len(encoded) - packed.left_out
    tell("data-packed", path=output, examples=kept, packs=len(packed), fill=packed.fill)
    if packed.left_out:
        tell("data-too-long", count=packed.left_out, tokens=tokens)
    return SOME_FAILED if packed.left_out else 0


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

    检查样例：格式、编码、空白、过长、重复、矛盾、测试集泄漏。
    """
    _need("numpy")
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


def _in_words(problem: Problem, lang: Lang) -> str:
    place, text = problem.place, in_words(problem.text, lang)
    return say("data-problem", lang, file=place.file, item=place.item, kind=_kind(problem.kind, lang), text=text)


def _kind(kind: str, lang: Lang) -> str:
    return say(f"data-problem-{kind}", lang)


def _print(report: Report, unit: str) -> None:
    lang = settings().lang
    for problem in report.problems:
        answer(_in_words(problem, lang))
    lengths = "  ".join(f"{share} ≤ {length}" for share, length in _quantiles(report.lengths).items())
    tell("data-lengths", count=report.examples, unit=say(f"unit-{unit}", lang), lengths=lengths)
    for kind, count in sorted(report.kinds.items()):
        tell("data-kind", kind=_kind(kind, lang), count=count)
