"""How often the checks are wrong: `python -m tests.checks.measure --data FOLDER` prints the tables of docs/checks.md.

(a) published texts by themselves, (b) faithful translations, (c) defects planted in the faithful translations; and how
long `taibao check` takes for a patent of 200 pages.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from taibao_cli.checks.base import Finding, worst
from taibao_cli.checks.document import document_of
from taibao_cli.checks.registry import DOCUMENT_CHECKS, check_document, check_translation
from taibao_cli.checks.translation.subject import Translation
from tests.checks import published
from tests.checks.planting import KINDS, Pair, caught, pairs

PARTS: Final = ("alone", "whole", "faithful", "planted", "time")
DOCUMENTS: Final = 300
LONG: Final = {"zh": 180_000, "en": 600_000}
"""Characters of about 200 pages."""

PER_PAIR: Final = 2
"""Planted defects of a kind for each translation, at most: the first and the one in the middle."""


def alone(rows: Iterable[published.Row], lang: str, *, shown: int) -> Iterator[str]:
    """For each check the documents it was made on, and those that have a FIX or a REVIEW."""
    made: Counter[str] = Counter()
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for at, row in enumerate(rows):
        by_check: dict[str, list[Finding]] = defaultdict(list)
        for found in check_document(document_of(row, "cn" if lang == "zh" else "us")):
            by_check[found.check].append(found)
        for check, own in by_check.items():
            state = worst(own)
            made[check] += any(each.state != "not checked" for each in own)
            said[check][state] += state in ("FIX", "REVIEW")
            if state == "FIX" and shown:
                first = next(each for each in own if each.state == "FIX")
                _say(f"# {lang} {at} {check}: {first.en} {first.place}")
                shown -= 1
    for each_check in DOCUMENT_CHECKS:
        name = each_check.id
        if made[name]:
            counts = said[name]
            share = counts["FIX"] / made[name]
            yield f"| `{name}` | {lang} | {made[name]} | {counts['FIX']} | {share:.1%} | {counts['REVIEW']} |"


def faithful(name: str, found: Sequence[Pair], *, shown: int) -> str:
    """How many translations have a FIX, how many at worst a REVIEW, and which checks say so."""
    states: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    for pair in found:
        findings = check_translation(Translation.of(pair.source, pair.answer, pair.to, pair.terms))
        states[worst(findings)] += 1
        for check, state in {(each.check, each.state) for each in findings if each.state in ("FIX", "REVIEW")}:
            checks[f"{check} {state}"] += 1
        for each in findings:
            if shown and each.state in ("FIX", "REVIEW"):
                _say(
                    f"# {pair.name} {each.state} {each.check}: {each.en} {each.place.label('en') if each.place else ''}"
                )
    total = len(found)
    who = ", ".join(f"{check} {count}" for check, count in checks.most_common())
    cells = (f"{states[state]} ({states[state] / total:.1%})" for state in ("FIX", "REVIEW"))
    return f"| {name} | {total} | {' | '.join(cells)} | {who} |"


def planted(found: Iterable[Pair], *, shown: int) -> Iterator[str]:
    """How many planted defects of each kind are caught."""
    seen, hit = Counter[str](), Counter[str]()
    for pair in found:
        for kind in KINDS:
            answers = list(kind(pair))
            for answer in [answers[at] for at in sorted({0, len(answers) // 2})][:PER_PAIR] if answers else ():
                name = (kind.__doc__ or "").strip().rstrip(".")
                seen[name] += 1
                hit[name] += (known := caught(pair, answer))
                if shown and not known:
                    _say(f"# {pair.name} {pair.to} {kind.__name__}")
    for name, count in seen.items():
        yield f"| {name} | {hit[name]} | {count} | {hit[name] / count:.1%} |"


def timed(folder: Path, lang: str, size: int) -> str:
    """What `taibao check` costs, start included, on the whole patents of a language put together up to so many
    characters of description: user and system time, the least of three."""
    rows = [row for row in published.whole(folder, lang) if row.get("claims") and row.get("description")]
    text = "\n".join(row["description"] for row in rows)
    longest = max(rows, key=lambda row: len(row["claims"]))
    row = {"claims": longest["claims"], "description": (text * (size // len(text) + 1))[:size]}
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "taibao_cli", "check", "--json", "-"]
        subprocess.run(command, input=json.dumps(row).encode(), stdout=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return f"| {lang} | {size:,} | {len(row['claims'])} | {min(spent):.1f} |"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="patents_zh.jsonl.xz, patents_en.jsonl.xz, pairs.jsonl.xz"
    )
    parser.add_argument("--show", type=int, default=0, help="print findings and misses too, so many of each kind")
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--every", type=int, default=1, help="plant in every n-th published translation only")
    chosen = parser.parse_args()
    parts, start = chosen.part or PARTS, time.perf_counter()
    if "alone" in parts:
        _say("| check | language | made | FIX | of them | REVIEW |\n|---|---|---|---|---|---|")
        for lang in ("zh", "en"):
            _say("\n".join(alone(published.documents(chosen.data, lang, DOCUMENTS), lang, shown=chosen.show)))
    if "whole" in parts:
        _say("| check | language | made | FIX | of them | REVIEW |\n|---|---|---|---|---|---|")
        for lang in ("zh", "en"):
            _say("\n".join(alone(published.whole(chosen.data, lang), lang, shown=chosen.show)))
    office = published.translations(chosen.data) if {"faithful", "planted"} & set(parts) else []
    sets = [*pairs("en"), *pairs("zh")]
    if "faithful" in parts:
        _say("| translations | number | FIX | REVIEW | checks |\n|---|---|---|---|---|")
        titles = [pair for pair in office if pair.name.startswith("t-") or pair.name.endswith("-t")]
        others = [pair for pair in office if pair not in titles]
        for name, group in (("titles", titles), ("abstracts", others), ("claim sets", sets), ("all", [*office, *sets])):
            _say(faithful(name, group, shown=chosen.show))
    if "planted" in parts:
        _say("| planted | caught | of | |\n|---|---|---|---|")
        _say("\n".join(planted([*sets, *office[:: chosen.every]], shown=chosen.show)))
    if "time" in parts:
        _say("| description | characters | claims | seconds of a processor |\n|---|---|---|---|")
        _say("\n".join(timed(chosen.data, lang, size) for lang, size in LONG.items()))
    _say(f"# {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
