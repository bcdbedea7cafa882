"""Claim sets of the fixtures through the built-in model: `python -m tests.translation.measure` counts them up.

Digits are counted beside the checks: a piece whose digits differ from those of its source must be flagged.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter

from taibao_cli.checks import registry
from taibao_cli.cli.glossary import hints_of
from taibao_cli.engine.load import load_engine
from taibao_cli.models.registry import resolve
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.language import Lang, other
from taibao_cli.translation import run
from taibao_cli.translation.wording import unit_texts
from tests.checks.planting import pairs

_EACH = 10
"""Claim sets for each direction; fewer by the first argument."""


def main() -> None:
    model = resolve(None)
    engine = load_engine(model, width=16)
    spent = [0.0]
    plain = registry.check_translation

    def timed(pair: object) -> object:
        start = time.perf_counter()
        found = plain(pair)  # type: ignore[arg-type]
        spent[0] += time.perf_counter() - start
        return found

    run.check_translation = timed  # type: ignore[assignment]
    counts: Counter[str] = Counter()
    start = time.perf_counter()
    for to in ("en", "zh"):
        for pair in pairs(to)[: int(sys.argv[1]) if len(sys.argv) > 1 else _EACH]:
            patent = Patent(claims=parse_claims(pair.source), lang=other(to), name=pair.name)
            result = run.Translator(engine, model, lambda own: hints_of(model, own), run.Options(to)).translate(patent)
            _count(counts, result, to)
    whole = time.perf_counter() - start
    for name, count in counts.most_common():
        sys.stdout.write(f"| {name} | {count} |\n")
    sys.stdout.write(f"# {whole:.0f} s, checks {spent[0]:.2f} s ({spent[0] / whole:.1%})\n")


def _count(counts: Counter[str], result: run.Result, to: Lang) -> None:
    counts["patents"] += 1
    for each in result.pieces:
        counts["pieces"] += 1
        counts[f"pieces {each.state}"] += 1
        counts[f"pieces by {each.origin}"] += 1
        counts["pieces without a result"] += not each.findings
        same = _digits(each.piece.text) == _digits(each.answer)
        counts["pieces whose digits differ"] += not same
        counts["of them not flagged"] += not same and each.state == "PASS"
    texts = unit_texts(result.pieces, to)
    answer = parse_claims(
        "\n".join(f"{claim.number}. {texts[f'claim-{claim.number}']}" for claim in result.patent.claims), to
    )
    same = [_edges(claim) for claim in answer] == [_edges(claim) for claim in result.patent.claims]
    flagged = any(found.check in ("claim-graph", "claim-count") and found.state == "FIX" for found in result.findings)
    counts["claim graphs kept"] += same
    counts["claim graphs changed, not flagged"] += not same and not flagged


def _edges(claim: object) -> tuple[object, set[int]]:
    return claim.number, {*claim.refers, *claim.cites}  # type: ignore[attr-defined]


def _digits(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+", text))


if __name__ == "__main__":
    main()
