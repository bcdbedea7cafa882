"""What a measurement belongs to, and how it is shown."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.cli.cells import padded, padded_left
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

if TYPE_CHECKING:
    from taibao_cli.bench.plot import Panel

_PACKAGES: Final = ("llama-cpp-python", "openvino", "openvino-genai")


def machine(threads: int) -> dict[str, Any]:
    """What a figure belongs to."""
    facts: dict[str, Any] = {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": threads,
        "python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            continue
    return facts


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"


def about(name: str, lang: Lang) -> str:
    """What a workload asks."""
    return say(f"bench-workload-{name}", lang)


def table(facts: dict[str, Any], name: str, lang: Lang) -> str:
    """The measurement of the workload `name` for a reader. A chat has other columns than rows."""
    columns = _TURNS if "whole_s" in facts["results"][0] else _ROWS
    words = ("engine", "width", *(word for word, _, _ in columns))
    lines = [[say(f"bench-column-{word}", lang) for word in words]]
    for result in facts["results"]:
        numbers = [_cell(result[key], digits) for _, key, digits in columns]
        lines.append([result["engine"], str(result["width"]), *numbers])
    return "\n".join(
        [
            say("bench-asks", lang, model=facts["model"], about=about(name, lang), rows=facts["rows"]),
            ", ".join(f"{key} {value}" for key, value in facts["machine"].items()),
            "",
            *map(_line, lines),
            "",
        ]
    )


def _line(cells: Sequence[str]) -> str:
    engine, width, *numbers = cells
    return padded(engine, 13) + padded_left(width, 6) + "".join(padded_left(number, 12) for number in numbers)


def best_engine(facts: dict[str, Any]) -> dict[str, Any] | None:
    """The result of the engine of taibao that answered most rows a second; None for a chat, which has no rows."""
    own = [result for result in facts["results"] if result["engine"] in _OWN and "rows_per_s" in result]
    return max(own, key=lambda result: float(result["rows_per_s"]), default=None)


_OWN: Final = ("llamacpp", "openvino")

_ROWS: Final = (
    ("rows", "rows_per_s", 2),
    ("tokens", "tokens_per_s", 0),
    ("prompt", "prompt_tokens_per_s", 0),
    ("first", "first_token_s", 3),
    ("memory", "memory_mb", 0),
    ("ratio", "ratio", 2),
)
_TURNS: Final = (
    ("first", "first_token_s", 3),
    ("uncached", "whole_s", 3),
    ("memory", "memory_mb", 0),
    ("ratio", "ratio", 3),
)


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def panels(done: Sequence[dict[str, Any]]) -> list[Panel]:
    """Rows a second against width for the first workload of rows; seconds a row against the length of the prompt, each
    engine at its best, where there are several."""
    from taibao_cli.bench.plot import Panel

    rows = [facts for facts in done if "prompt_tokens" in facts]
    drawn = []
    if rows:
        speeds: dict[str, list[tuple[float, float]]] = {}
        for result in rows[0]["results"]:
            speeds.setdefault(result["engine"], []).append((result["width"], result["rows_per_s"]))
        drawn.append(Panel(rows[0]["workload"].split(",")[0], "rows at a time", "rows/s", speeds))
    if len(rows) > 1:
        costs: dict[str, dict[float, float]] = {}
        for facts in rows:
            for result in facts["results"]:
                own = costs.setdefault(result["engine"], {})
                cost = 1 / max(result["rows_per_s"], 1e-9)
                own[facts["prompt_tokens"]] = min(cost, own.get(facts["prompt_tokens"], cost))
        lines = {engine: sorted(own.items()) for engine, own in costs.items()}
        drawn.append(Panel("cost of a row", "tokens of the prompt", "seconds a row", lines, scaled=True))
    return drawn
