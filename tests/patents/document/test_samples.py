"""The claims of every sample file have the tree that a reader found in them.

`tests/fixtures/documents/sample_trees.tsv`: file and place, then for each claim its number, p, m or u (product, method,
use), after ":" the claims it depends on, after "~" those it only names. Read by hand, claim by claim.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from taibao_cli.batch.patent_files import open_patents
from taibao_cli.patents.document.patent import Patent

TREES = Path(__file__).parents[2] / "fixtures" / "documents" / "sample_trees.tsv"
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "samples"
KNOWN = [line.split("\t") for line in TREES.read_text(encoding="utf-8").splitlines()]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")


@lru_cache
def trees(file: str) -> dict[str, str]:
    found = [each for each in open_patents(SAMPLES / file) if isinstance(each, Patent)]
    return {str(each.origin.place if each.origin else ""): tree(each) for each in found if len(each.claims)}


def tree(patent: Patent) -> str:
    return " ".join(
        f"{claim.number}{claim.category[0]}"
        + (":" + ",".join(map(str, claim.refers)) if claim.refers else "")
        + ("~" + ",".join(map(str, claim.cites)) if claim.cites else "")
        for claim in patent.claims
    )


@pytest.mark.parametrize(("where", "known"), KNOWN, ids=[where for where, _ in KNOWN])
def test_the_tree_is_what_a_reader_finds(where: str, known: str) -> None:
    file, _, place = where.partition(" ")
    assert trees(file)[place] == known


def test_no_claim_set_of_these_files_is_missing() -> None:
    files = {where.partition(" ")[0] for where, _ in KNOWN}
    assert sum(len(trees(file)) for file in files) == len(KNOWN) == 62


@pytest.mark.parametrize("name", ["demo_zh_200.jsonl", "demo_en_200.jsonl"])
def test_claims_of_the_demo_rows_are_read_without_loss(name: str) -> None:
    for patent in open_patents(SAMPLES / name):
        assert isinstance(patent, Patent)
        numbers = [claim.number for claim in patent.claims]
        assert numbers == sorted(set(numbers))
