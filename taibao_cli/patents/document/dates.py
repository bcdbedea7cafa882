"""Dates as sources write them -> ISO 8601."""

from __future__ import annotations

import datetime
import re
from typing import Final

_FORMS: Final = re.compile(
    r"(?P<y>\d{4})(?:(?P<m>\d{2})(?P<d>\d{2})|\s*[-./年]\s*(?P<m2>\d{1,2})\s*[-./月]\s*(?P<d2>\d{1,2})\s*日?)"
    r"(?:[T ].*)?"
)


def iso_date(text: str) -> str:
    """2019-08-02 for 20190802, 2019.08.02, 2019-8-2 and 2019年8月2日; empty for what is no date of the calendar."""
    match = _FORMS.fullmatch(text.strip())
    if match is None:
        return ""
    try:
        return datetime.date(
            int(match["y"]), int(match["m"] or match["m2"]), int(match["d"] or match["d2"])
        ).isoformat()
    except ValueError:
        return ""
