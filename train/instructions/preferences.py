"""Preferences that code can prove: a right answer against a copy of it that breaks the claims, and fails a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from taibao_cli.checks.base import Finding
from taibao_cli.checks.document import document_of_text
from taibao_cli.checks.registry import check_document, check_translation
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.engine.base import Message
from taibao_cli.patents.claims.claimset import Claim, ClaimSet, parse_claims
from train.instructions.conversation import Conversation

TRIES: Final = 8
"""Broken copies that are checked before an example is given up: not every fault can be proved."""


@dataclass(frozen=True, slots=True)
class Preference:
    """`chosen` passes what `rejected` fails: the checks named in `failed`."""

    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    task: str
    failed: tuple[str, ...]

    def as_row(self) -> dict[str, Any]:
        """In the conversational form that TRL reads."""
        return {
            "prompt": [{"role": message.role, "content": message.content} for message in self.prompt],
            "chosen": [{"role": "assistant", "content": self.chosen}],
            "rejected": [{"role": "assistant", "content": self.rejected}],
            "task": self.task,
            "failed": list(self.failed),
        }


def preferences(conversations: Sequence[Conversation], *, seed: int) -> Iterator[Preference]:
    """One for each example of `claims` or `translate` whose answer is a claim set that passes and can be broken."""
    rng = Random(f"{seed}/preferences")
    for example in conversations:
        if example.task not in ("claims", "translate"):
            continue
        claims = parse_claims(example.answer)
        if len(claims) < 2 or _proved_wrong(example, example.answer):
            continue
        broken = [*_renumbered(claims), *_dropped(claims)]
        for text in rng.sample(broken, min(TRIES, len(broken))):
            if failed := _proved_wrong(example, text):
                yield Preference(example.messages[:-1], example.answer, text, example.task, failed)
                break


def _proved_wrong(example: Conversation, answer: str) -> tuple[str, ...]:
    """Checks that find something to FIX in the answer; a translation is compared with the claims in its question."""
    found: tuple[Finding, ...]
    if example.task == "claims":
        found = check_document(document_of_text(answer))
    else:
        found = check_translation(Translation.of(_claims_in(example.asked), answer))
    return tuple(sorted({finding.check for finding in found if finding.state == "FIX"}))


def _claims_in(question: str) -> str:
    """The source below the wording of a question: from its first claim on, without a last line that asks."""
    lines = question.split("\n")
    numbered = [at for at, line in enumerate(lines) if line.lstrip()[:2].rstrip("．.、 ").isdigit()]
    return "\n".join(lines[numbered[0] : numbered[-1] + 1]) if numbered else question


def _text(claims: Sequence[tuple[int, str]]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in claims)


def _renumbered(claims: ClaimSet) -> Iterator[str]:
    """A dependent claim refers to another one than it should: itself, a later one, or another earlier one."""
    for own in claims:
        if len(own.refers) == 1 and own.basis:
            for other in claims:
                if other.number not in own.refers:
                    yield _text([(c.number, _pointed(c, other.number) if c is own else c.text) for c in claims])


def _pointed(claim: Claim, wrong: int) -> str:
    basis = claim.basis
    assert basis is not None
    phrase = claim.text[basis.start : basis.end].replace(str(claim.refers[0]), str(wrong), 1)
    return claim.text[: basis.start] + phrase + claim.text[basis.end :]


def _dropped(claims: ClaimSet) -> Iterator[str]:
    """One claim before the last is left out, the numbers of the others stay."""
    for without in claims.claims[:-1]:
        yield _text([(claim.number, claim.text) for claim in claims if claim is not without])
