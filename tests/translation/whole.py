"""Whole patents with the built-in model: `python -m tests.translation.whole --data FOLDER` prints the table.

It stands in docs/translation.md. Every patent goes through `taibao translate FILE -o rows.jsonl`. FOLDER has the
corpora and `samples/`; without them nothing is measured, and the reason is said. The Chinese ones are publications of
the samples, and the shortest records of the dev split that have title, abstract and a whole claim set; the English ones
are dev records with a description too.

What is counted does not go through the checks: claims are parsed again, numbers and reference numerals are read from
digits alone. A piece that lacks one of its source must be flagged.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.patents.claims.claimset import Claim, ClaimSet, parse_claims
from taibao_cli.patents.language import Lang, other
from tests.checks.published import rows
from tests.cli.shell import taibao

EACH: Final = 10
"""Patents in each direction."""

SAMPLES: Final = 2
"""Chinese publications with descriptions among them; the shortest."""

Row = Mapping[str, Any]

_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_SIGN: Final = re.compile(r"[(（]\s*(\d{1,4}[A-Za-z]?['′]*)\s*[)）]")
_WORDS: Final = {
    "1": "a|an|one|single|first|the|一|单|首|该|所述",
    "2": "two|second|both|double|dual|pair|二|两|双|对",
    "3": "three|third|三",
    "4": "four|fourth|四",
    "5": "five|fifth|五",
    "6": "six|sixth|六",
    "7": "seven|seventh|七",
    "8": "eight|eighth|八",
    "9": "nine|ninth|九",
    "10": "ten|tenth|十",
}
"""What may stand for a number that is not written in digits."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the corpora, with samples/")
    parser.add_argument("--each", type=int, default=EACH, help="patents in each direction")
    parser.add_argument("--from", dest="languages", choices=("zh", "en"), nargs=1, default=("zh", "en"))
    chosen = parser.parse_args()
    if not (chosen.data / "samples").is_dir():
        sys.stdout.write(f"skipped: {chosen.data} has no corpora and samples\n")
        return
    for lang in chosen.languages:
        counts: Counter[str] = Counter()
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as name:
            for file in files(chosen.data, lang, Path(name))[: chosen.each]:
                count(counts, translated(file), other(lang))
                _say(f"# {lang} {file.name}, {time.perf_counter() - start:.0f} s: {dict(counts)}", sys.stderr)
        for what, number in counts.items():
            _say(f"| {lang} → {other(lang)} | {what} | {number} |", sys.stdout)


def files(folder: Path, lang: Lang, into: Path) -> list[Path]:
    """The patents as files: records one in each, then the samples where they are Chinese."""
    found: list[tuple[int, Path]] = []
    for at, row in enumerate(rows(folder / f"patents_{lang}.jsonl.xz")):
        whole = row.get("title") and row.get("abstract") and row.get("claims") and not row.get("claims_partial")
        if row["split"] != "dev" or not whole or row.get("translated") or row.get("ocr_noise"):
            continue
        if lang == "zh" or row.get("description"):
            text = json.dumps({name: row[name] for name in ("id", *_PARTS) if row.get(name)}, ensure_ascii=False)
            path = into / f"{at}.jsonl"
            path.write_text(f"{text}\n", encoding="utf-8")
            found.append((len(text), path))
    records = [path for _, path in sorted(found)]
    if lang == "en":
        return records
    samples = sorted((folder / "samples" / "cnipa-xml").glob("publication-*.xml"), key=lambda path: path.stat().st_size)
    return [*samples[:SAMPLES], *records]


_PARTS: Final = ("title", "abstract", "claims", "description")


def translated(file: Path) -> list[Row]:
    """The rows of the command."""
    with tempfile.TemporaryDirectory() as home:
        done = taibao("translate", file.resolve(), "-o", "rows.jsonl", home=Path(home), TAIBAO_ENGINE="")
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{file}: {done.stderr.decode()}")
        return [json.loads(line) for line in (Path(home) / "rows.jsonl").read_text(encoding="utf-8").splitlines()]


def count(counts: Counter[str], answered: Sequence[Row], to: Lang) -> None:
    """Add what became of one patent."""
    *pieces, whole = answered
    counts["patents"] += 1
    counts["with a description"] += any(row["part"] == "paragraph" for row in pieces)
    _count_claims(counts, [row for row in pieces if row["part"] == "claim"], whole, to)
    for row in pieces:
        counts["pieces"] += 1
        counts[f"pieces {row['state']}"] += 1
        counts["pieces without a check result"] += row["state"] not in ("PASS", "REVIEW", "FIX")
        for name, lost in (("numerals", signs_lost(row)), ("numbers", numbers_lost(row))):
            silent = bool(lost) and row["state"] == "PASS"
            counts[f"pieces that lack {name} of their source"] += bool(lost)
            counts[f"of them not flagged ({name})"] += silent
            if silent:
                _say(f"# {row['patent']} {row['id']} {lost}: {row['source']} => {row['output']}", sys.stderr)


def _count_claims(counts: Counter[str], pieces: Sequence[Row], whole: Row, to: Lang) -> None:
    source, answer = (_claims(pieces, side, lang) for side, lang in (("source", other(to)), ("output", to)))
    kept = [_edges(claim) for claim in source] == [_edges(claim) for claim in answer]
    flagged = any(each["check"] in ("claim-graph", "claim-count", "claim-numbers") for each in whole["checks"])
    counts["claims"] += len(source)
    counts["claim graphs kept"] += kept
    counts["claim graphs changed and flagged"] += not kept and flagged
    counts["claim graphs changed, not flagged"] += not kept and not flagged


def _claims(pieces: Sequence[Row], side: str, lang: Lang) -> ClaimSet:
    texts: dict[str, list[str]] = {}
    for row in pieces:
        texts.setdefault(row["number"], []).append(row[side])
    space = " " if lang == "en" else ""
    return parse_claims("\n".join(f"{number}. {space.join(parts)}" for number, parts in texts.items()), lang)


def _edges(claim: Claim) -> tuple[int, frozenset[int]]:
    return claim.number, frozenset((*claim.refers, *claim.cites))


def signs_lost(row: Row) -> Sequence[str]:
    """Signs in parentheses that the source has more often than the answer, which may have them without."""
    wanted = Counter(_SIGN.findall(_plain(row["source"])))
    written = Counter(re.findall(r"\d+[A-Za-z]?['′]*", _plain(row["output"])))
    return [sign for sign, number in wanted.items() if written[sign] < number]


def numbers_lost(row: Row) -> Sequence[str]:
    """Numbers in digits that the answer has neither in digits nor in a word."""
    wanted, written = (Counter(_DIGITS.findall(_plain(row[side]))) for side in ("source", "output"))
    return [number for number in wanted if not written[number] and not _said(number, row["output"])]


def _said(number: str, text: str) -> bool:
    words = _WORDS.get(number)
    return words is not None and re.search(rf"(?<![a-z])(?:{words})", text.lower()) is not None


def _plain(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", unicodedata.normalize("NFKC", text))


def _say(text: str, stream: Any) -> None:
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    main()
