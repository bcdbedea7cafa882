"""What a fine-tuning run shows on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from taibao_cli.cli.train_panel import RunView

STEP = {
    "step": 30, "steps": 90, "loss": 1.25, "lr": 0.0002, "norm": 0.5, "tokens": 65_536, "labels": 20_000,
    "seconds": 61.0, "tokens_per_s": 12_000.0, "memory": 20 << 30,
}  # fmt: skip
EVALUATION = {"step": 25, "dev_loss": 1.5, "score": 0.4, "scores": {"ipc": 0.5, "title": 0.3}, "eval_seconds": 9.0}


def shown(view: RunView) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(view.render())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_panel_tells_step_speed_share_of_the_peak_and_scores() -> None:
    view = RunView("run", "en", every=10, operations=28.9e9, peak=989e12)
    assert "run" in shown(view)
    view.report(EVALUATION)
    view.report(STEP)
    panel = shown(view)
    for part in (
        "30 of 90",
        "1.2500",
        "2.00e-04, 0.50",
        "12000 tokens/s, 35% of peak",
        "1:01:00",
        "20.0 GiB at most",
        "dev loss 1.5000, score 0.4000  ipc 0.500  title 0.300",
    ):
        assert part in panel, panel


def test_without_a_known_peak_or_a_score_nothing_is_made_up() -> None:
    view = RunView("run", "en", every=10, operations=1.0, peak=None)
    view.report({**EVALUATION, "score": None, "scores": {}})
    view.report({**STEP, "memory": None})
    panel = shown(view)
    assert "peak" not in panel
    assert "score" not in panel
    assert "GiB" not in panel


def test_what_a_run_shows_was_english_in_chinese() -> None:
    view = RunView("run", "zh", every=10, operations=28.9e9, peak=989e12)
    view.report(EVALUATION)
    view.report(STEP)
    panel = shown(view)
    for part in (
        "第 30 步，共 90 步",
        "达峰值的 35%",
        "峰值 20.0 GiB",
        "验证，第 25 步",
        "验证损失 1.5000，得分 0.4000",
    ):
        assert part in panel, panel
