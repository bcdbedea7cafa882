"""The model card of a fine-tuned model: from the manifest of its run, and from what was measured of it since."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from train.card import number, scores_of, since, table
from train.evaluation.reports import Report
from train.finetune.config import FineTune
from train.finetune.verify import read_manifest
from train.tables import build


def render_card(
    run: Path,
    report: Report | None = None,
    before: Report | None = None,
    formats: Mapping[str, Any] | None = None,
    *,
    notes: str = "",
) -> str:
    """Markdown of the card.

    Args:
        run: folder of a finished fine-tuning.
        report: what `taibao eval --out` wrote.
        before: the same of the base, or of an earlier fine-tuning.
        formats: what `taibao convert report` wrote.
        notes: free text below the heading.

    Raises:
        InputError: `run` holds no manifest of a fine-tuning.
    """
    stated = read_manifest(run)
    config: FineTune = build(FineTune, stated["inputs"]["config"], str(run))
    parts = [
        _head(stated, config),
        notes,
        _data(stated),
        _training(stated, config),
        _tasks(stated["results"]),
        _formats(formats) if formats else "",
        since(before, report) if before and report else "",
        scores_of(report["sets"]) if report else "",
    ]
    return "\n".join(part.strip() + "\n" for part in parts if part.strip())


def _head(stated: Mapping[str, Any], config: FineTune) -> str:
    base = config.base or Path(stated["inputs"]["checkpoint"]).name
    shape, adapter = config.architecture, config.adapter
    return (
        f"---\nbase_model: {base}\nlanguage: [zh, en]\ntags: [patents, {adapter.kind}]\n---\n\n"
        f"# {base}, fine-tuned on patents\n\n"
        f"{adapter.kind} of rank {adapter.rank} on all matrices of the blocks of {base} ({shape.family},"
        f" {shape.parameters / 1e9:.2f} billion parameters, {shape.context} tokens of context), trained by"
        " `taibao train finetune`. The licence of the base holds for it too.\n\n"
        "Its answers are drafts. Read every one of them; nothing it writes is legal advice.\n"
    )


def _data(stated: Mapping[str, Any]) -> str:
    inputs = stated["inputs"]
    rows = [
        ("train", f"{inputs['data']['tokens']} tokens in {inputs['data']['packs']} packs", inputs["data"]["sha256"])
    ]
    if inputs["dev"]:
        rows.append(("dev", f"{inputs['dev']['rows']} examples", inputs["dev"]["sha256"]))
    rows += [(f"base, {name}", "", digest) for name, digest in inputs["weights"].items()]
    rows += [("tokenizer.json", "", inputs["tokenizer"]), ("chat template", "ChatML", inputs["template"])]
    return "## Data and base\n\n" + table(("what", "size", "sha256"), [(*row[:2], f"`{row[2][:16]}`") for row in rows])


def _training(stated: Mapping[str, Any], config: FineTune) -> str:
    results = stated["results"]
    facts = {
        "steps": results["steps"],
        "kept": f"step {results['best_step'] or results['steps']}",
        "tokens": f"{results['tokens'] / 1e6:.2f} M",
        "hours": f"{results['seconds'] / 3600:.2f}",
        "loss": f"{results['first_loss']:.3f} → {results['last_loss']:.3f}",
        "rate": f"{config.lr:g}",
        "alpha": config.adapter.alpha,
        "precision": results["precision"],
        "seed": config.seed,
    }
    versions = ", ".join(f"{name} {version}" for name, version in stated["versions"].items())
    return "## Training\n\n" + table(tuple(facts), [tuple(facts.values())]) + f"\n{versions}.\n"


def _tasks(results: Mapping[str, Any]) -> str:
    """Each task before the first step and in the adapter that was kept."""
    before, best = results["dev_before"], results["dev_best"]
    if not before or not best:
        return ""
    rows = [("dev loss", f"{before['dev_loss']:.3f}", f"{best['dev_loss']:.3f}")]
    rows += [
        (task or "no task", number(before["scores"][task]), number(best["scores"][task])) for task in best["scores"]
    ]
    if best["score"] is not None:
        rows.append(("mean of the tasks", number(before["score"]), number(best["score"])))
    return "## Dev data, before and after\n\nLabels and numbers: share of right answers; texts: ROUGE-L.\n\n" + table(
        ("task", "base", "tuned"), rows
    )


def _formats(formats: Mapping[str, Any]) -> str:
    rows = [
        (row["type"], f"{row['bytes'] / 1e6:.1f}", f"{row['ppl_ratio']:.4f}", f"{row['kl']:.3g}", f"{row['top1']:.2%}",
         f"{row['rows_per_s']:.3g}", f"{row['peak_bytes'] / 1e6:.0f}")
        for row in formats["rows"]
    ]  # fmt: skip
    columns = ("type", "MB", "perplexity ratio", "KL (nats)", "same first token", "rows/s", "memory MB")
    advice = f"\nRecommended: {formats['recommended']}.\n" if formats["recommended"] else ""
    return "## Number formats\n\n" + table(columns, rows) + advice
