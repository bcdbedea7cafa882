"""A patent as an input row of batch and commands, and back."""

from __future__ import annotations

from typing import Any

from taibao_cli.patents.document.description import description_text
from taibao_cli.patents.document.patent import Patent


def row_of(patent: Patent) -> dict[str, Any]:
    """The row of docs/reading.md. `description` is one text with its paragraph ids; what is empty is left out."""
    numbers = {"publication": patent.publication, "application": patent.application}
    row: dict[str, Any] = {
        "id": patent.id,
        "lang": patent.lang,
        "title": patent.title,
        "abstract": patent.abstract,
        **{f"title_{each.lang}": each.title for each in patent.translations},
        **{f"abstract_{each.lang}": each.abstract for each in patent.translations},
        "claims": [f"{claim.number}. {claim.text}" for claim in patent.claims],
        "description": description_text(patent.description),
        **{name: str(number) for name, number in numbers.items() if number is not None and number.number},
        "priority": [str(number) for number in sorted(patent.priorities, key=lambda number: number.date or "9")],
        "dates": _dates(patent),
        "ipc": [code.symbol for code in patent.codes if code.scheme == "ipc"],
        "cpc": [code.symbol for code in patent.codes if code.scheme == "cpc"],
        "paragraphs": ("counted" if patent.counted else "written") if patent.description else "",
        "file": patent.origin.file if patent.origin else "",
        "place": patent.origin.place if patent.origin else "",
        "format": patent.origin.form if patent.origin else "",
        "notes": list(patent.notes),
    }
    return {name: value for name, value in row.items() if value}


def _dates(patent: Patent) -> dict[str, str]:
    """`priority` is the earliest one."""
    dates = {
        "priority": min((number.date for number in patent.priorities if number.date), default=""),
        "filing": patent.application.date if patent.application else "",
        "publication": patent.publication.date if patent.publication else "",
    }
    return {name: date for name, date in dates.items() if date}
