"""The model card: what a model was made of, what it cost, what it scores; from manifests and an evaluation report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from train.evaluation.compare import compare
from train.evaluation.pages import difference_table, page_words
from train.evaluation.reports import Report
from train.finetune.architecture import Architecture

_INTRO = """# {name} {version}

A small bilingual (Chinese/English) patent model, trained from scratch by the taibao project: {parameters:.1f} million
parameters, Qwen3 architecture, {context} tokens of context, {megabytes:.1f} MB as {type}. It is what `taibao` uses when
no other model is named. Weights: CC BY-SA 4.0; the corpora are listed in NOTICE.

Its answers are drafts by a very small model. Read every one of them; nothing it writes is legal advice.
"""


def render_card(run: Path, report: Report, before: Report | None = None, *, notes: str = "") -> str:
    """Markdown of the card.

    Args:
        run: a pipeline folder.
        report: what `taibao eval --out` wrote.
        before: the same of an earlier model.
        notes: free text below the heading.

    Raises:
        OSError, KeyError: the run is not finished.
    """
    base, quantized = _manifest(run, "base"), _manifest(run, "quantize")
    shape = base["inputs"]["shape"]
    facts = {
        "name": _manifest(run, "merge")["inputs"]["name"],
        "version": _manifest(run, "merge")["inputs"]["version"],
        "parameters": Architecture(**shape).parameters / 1e6,
        "context": shape["context"],
        "megabytes": quantized["results"]["bytes"] / 1e6,
        "type": quantized["inputs"]["type"],
    }
    parts = [
        _INTRO.format(**facts),
        notes,
        _training(run),
        _fidelity(run),
        _positions(run),
        since(before, report) if before else "",
        scores_of(report["sets"]),
        _samples(report["sets"]),
    ]
    return "\n".join(part.strip() + "\n" for part in parts if part.strip())


def _manifest(run: Path, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "manifests" / f"{stage}.json").read_text(encoding="utf-8"))
    return found


def _training(run: Path) -> str:
    rows = []
    for stage in ("base", "sft"):
        manifest = _manifest(run, stage)
        results = manifest["results"]
        rows.append(
            (stage, results["steps"], f"{results['tokens'] / 1e6:.1f} M", f"{results['first_loss']:.2f}",
             f"{results['last_loss']:.2f}", f"{results['tokens_per_s']:.0f}", results["hours"])
        )  # fmt: skip
    versions = ", ".join(f"{name} {version}" for name, version in _manifest(run, "base")["versions"].items())
    kinds = [
        (row["kind"], row["trees"], f"{row['tokens'] / 1e6:.2f} M")
        for row in _manifest(run, "data")["results"]["data"]["kinds"]
    ]
    return (
        "## Training\n\n"
        + table(("stage", "steps", "tokens", "first loss", "last loss", "tokens/s", "hours"), rows)
        + f"\n{versions}.\n\nOne pass of the data:\n\n"
        + table(("kind", "trees", "tokens"), kinds)
    )


def _fidelity(run: Path) -> str:
    verify = _manifest(run, "verify")["results"]
    rows = [
        (label, f"{found['kl_mean']:.2g}", f"{100 * found['top1']:.2f} %", found["tokens"])
        for label, found in (("merged checkpoint → f16", verify["f16"]), ("f16 → quantized", verify["quantized"]))
    ]
    parity = verify["tokenizer"]
    return (
        "## Conversion\n\n"
        + table(("step", "mean KL", "same top-1", "tokens"), rows)
        + f"\nTokenizer, Hugging Face against llama.cpp after NFC: {parity['different']} differences"
        f" in {parity['paragraphs']} paragraphs.\n"
    )


def _positions(run: Path) -> str:
    found = _manifest(run, "verify")["results"]["positions"]
    rows = [(f"{row['start']} – {row['end']}", f"{row['perplexity']:.1f}", row["tokens"]) for row in found]
    heading = "Perplexity by position, f16, on dev descriptions that fill the context:\n\n"
    return heading + table(("positions", "perplexity", "tokens"), rows) if rows else ""


def scores_of(sets: Sequence[Mapping[str, Any]]) -> str:
    """The scores of a report of `taibao eval`, baselines beside them."""
    rows = []
    for found in sets:
        for score in found["scores"]:
            own = (
                found["name"],
                found["kind"],
                found["rows"],
                score["metric"],
                number(score["value"]),
                interval(score["interval"]),
            )
            baselines = score["baselines"] or [{"name": "", "value": None, "verdict": ""}]
            rows += [(*own, other["name"], number(other["value"]), other["verdict"]) for other in baselines]
    return (
        "## Scores\n\nBy `taibao eval`, through the path users run; *constructed* sets are made by the rule"
        " that docs/evaluation.md states, *lookup* sets prove nothing about the model.\n\n"
        + table(("set", "gold", "n", "metric", "model", "95 %", "baseline", "its score", "verdict"), rows)
    )


def since(before: Report, report: Report) -> str:
    """Each score of an earlier model and of this one, paired by rows."""
    found = compare(before, report)
    columns, rows = difference_table(found, {**page_words("en"), "first": "before", "second": "after"})
    left_out = "".join(f"\n- {name}: {why}" for name, why in found.left_out)
    return (
        "## Before and after\n\nThe same rows answered by the earlier model and by this one, by `taibao eval compare`;"
        " *higher* and *lower* count rows.\n\n"
        + table(columns, rows)
        + (f"\nNot compared:\n{left_out}\n" if left_out else "")
    )


def _samples(sets: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for found in sets:
        if found["task"] == "translate" and found["samples"]:
            lines.append(f"### {found['name']}\n")
            for sample in found["samples"]:
                source = sample["source"].get("text") or sample["source"].get("title") or ""
                lines += [
                    f"- {_one_line(source)}",
                    f"  - answer: {_one_line(sample['answer'])}",
                    f"  - gold: {_one_line(sample['gold'])}",
                ]
    return "## Translation samples, in the order of the set\n\n" + "\n".join(lines) if lines else ""


def _one_line(value: object) -> str:
    return " ".join(str(value).split())[:400]


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if abs(value) > 1 else f"{value:.3f}"


def interval(bounds: Sequence[float]) -> str:
    return f"{number(bounds[0])} – {number(bounds[1])}"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)
