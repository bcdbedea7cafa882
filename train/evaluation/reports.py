"""Reading reports of `taibao eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import InputError

SCHEMA: Final = 2

Report = dict[str, Any]


def read_report(path: Path) -> Report:
    """The JSON that `taibao eval -o` wrote.

    Raises:
        InputError: it cannot be read, is no report, or was made by a version whose reports cannot be compared.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a report of taibao eval: {error}") from None
    if not isinstance(report, dict) or not isinstance(report.get("sets"), list):
        raise InputError(f"{path}: not a report of taibao eval; write one with: taibao eval --data … -o report.json")
    if report.get("schema") != SCHEMA:
        raise InputError(f"{path}: a report of form {report.get('schema')!r}, not {SCHEMA}; measure again")
    return report


def digits(metric: str) -> int:
    """Decimals of a score as it is shown."""
    return 1 if metric in ("chrF", "BLEU") else 3


def shown(metric: str, value: float) -> str:
    return f"{value:.{digits(metric)}f}"


def interval(metric: str, bounds: Any) -> str:
    return f"{shown(metric, bounds[0])}–{shown(metric, bounds[1])}"
