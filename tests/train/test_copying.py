"""Copying exercises ask for what stands in the prompt."""

from __future__ import annotations

from random import Random

from train.data.copying import copying_trees

WORDS = {"zh": [f"词{n}号" for n in range(500)], "en": [f"word{n}" for n in range(500)]}


def test_answers_are_in_the_prompt_and_both_kinds_and_languages_occur() -> None:
    seen = set()
    for tree in copying_trees(WORDS, Random(1), 200):  # type: ignore[arg-type]
        [branch] = tree.branches
        span, asked = branch.messages[0].content.split("\n\n")
        whole = asked in ("复述", "Repeat")
        assert branch.answer == span[0].upper() + span[1:] if whole else span.endswith(branch.answer)
        assert whole or f"{asked}{branch.answer}" in span.replace(" ", "") or f"{asked} {branch.answer}" in span
        seen.add((whole, span.startswith("词")))
    assert len(seen) == 4
