"""Files that are parts of one application -> one patent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from taibao_cli.errors import UsageError
from taibao_cli.patents.document.patent import Patent, with_lang


def merge(parts: Sequence[Patent]) -> Patent:
    """One patent of parts that complement one another, as an electronic application of CNIPA has its claims, its
    description and its abstract in files of their own.

    Raises:
        UsageError: two of them hold the same part; the message names both.
    """
    whole = Patent()
    held: dict[str, Patent] = {}
    for part in parts:
        for name in (
            "name",
            "title",
            "abstract",
            "claims",
            "description",
            "publication",
            "application",
            "priorities",
            "codes",
        ):
            value = getattr(part, name)
            if not value:
                continue
            if name in held and value != getattr(whole, name):
                raise UsageError(
                    f"{held[name].origin} and {part.origin} both have {name}: not parts of one application"
                )
            held.setdefault(name, part)
            whole = replace(whole, **{name: value})
        whole = replace(
            whole,
            counted=whole.counted or part.counted,
            notes=whole.notes + part.notes,
            origin=whole.origin or part.origin,
        )
    return with_lang(whole)
