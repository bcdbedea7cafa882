"""`taibao train finetune` from data to a merged model: resumed exactly, stopped early, the same on two processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from safetensors.torch import load_file  # noqa: E402

from taibao_cli.engine.chatml import CHATML_TEMPLATE  # noqa: E402
from taibao_cli.errors import InputError  # noqa: E402
from tests.cli.shell import environment, taibao  # noqa: E402
from tests.tiny_hf import make_tiny_checkpoint, read_gguf  # noqa: E402
from train.finetune.config import load_finetune  # noqa: E402
from train.finetune.job import finetune, read_material  # noqa: E402
from train.finetune.log import Log  # noqa: E402
from train.finetune.score import Question, groups, macro, worth  # noqa: E402
from train.finetune.state import Progress  # noqa: E402

CONFIG = """
pack_tokens = 64
batch_tokens = 128
epochs = 3
lr = 0.002
precision = "f32"
save_every = 2
evaluate_every = 3
dev_rows = 2
stop_on = "{stop_on}"
patience = {patience}
loss_chunk = 16
[adapter]
kind = "{kind}"
rank = 4
alpha = 8
dropout = 0.1
chat_tokens = {chat}
[architecture]
hidden = 256
"""


class KilledError(Exception):
    """Stands for SIGKILL between two steps."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_checkpoint(tmp_path_factory.mktemp("base"))


def config(path: Path, *, kind: str = "lora", stop_on: str = "loss", patience: int = 0, chat: bool = False) -> Path:
    text = CONFIG.format(kind=kind, stop_on=stop_on, patience=patience, chat=str(chat).lower())
    path.write_text(text, encoding="utf-8")
    return path


def write_data(path: Path, count: int) -> Path:
    """Questions whose answers repeat a word of theirs."""
    words = ["电池", "fan", "基板", "heat", "pressure", "翅片"]
    rows = []
    for number in range(count):
        word = words[number % len(words)]
        said = [{"role": "user", "content": f"{number}: {word}?"}, {"role": "assistant", "content": word * 2}]
        rows.append({"messages": said, "task": "title" if number % 2 else "ipc"})
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def losses(run: Path) -> list[tuple[int, float]]:
    return [(row["step"], row.get("loss", row.get("dev_loss"))) for row in rows_of(run)]


@pytest.mark.parametrize("kind", ["lora", "pissa"])
def test_a_killed_run_goes_on_with_the_same_losses(kind: str, checkpoint: Path, tmp_path: Path) -> None:
    loaded = load_finetune(str(config(tmp_path / "c.toml", kind=kind, chat=kind == "lora")))
    data, dev = write_data(tmp_path / "data.jsonl", 24), write_data(tmp_path / "dev.jsonl", 4)
    material = read_material(loaded, checkpoint, [data], [dev])

    def train(out: str, kill_at: int | None) -> None:
        def report(facts: dict[str, Any]) -> None:
            if facts["step"] == kill_at and "loss" in facts:
                raise KilledError

        finetune(material, tmp_path / out, report)

    train("whole", None)
    for at in (1, 3, 4):
        with pytest.raises(KilledError):
            train("cut", at)
        if at == 3:  # as if killed between the two renames of a save
            (tmp_path / "cut" / "state").rename(tmp_path / "cut" / "state.old")
    train("cut", None)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    one, other = (load_file(tmp_path / run / "adapter" / "adapter_model.safetensors") for run in ("whole", "cut"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    first, last = losses(tmp_path / "whole")[1][1], losses(tmp_path / "whole")[-2][1]
    assert last < first - 0.5
    changed = read_material(load_finetune(str(config(tmp_path / "d.toml", kind="rslora"))), checkpoint, [data], [dev])
    with pytest.raises(InputError, match="another configuration, model or data"):
        finetune(changed, tmp_path / "whole", print)


def test_command_from_data_to_a_gguf_that_answers(checkpoint: Path, tmp_path: Path) -> None:
    config(tmp_path / "c.toml", stop_on="score", patience=1)
    write_data(tmp_path / "data.jsonl", 24)
    write_data(tmp_path / "dev.jsonl", 6)
    asked = ("train", "finetune", "c.toml", "--checkpoint", checkpoint, "--data", "data.jsonl", "--dev", "dev.jsonl")
    dry = taibao(*asked, "--dry-run", home=tmp_path).stdout.decode()
    assert "G parameters" in dry
    assert "24 GB (RTX 3090): without checkpointing" in dry
    done = taibao(*asked, "-o", "run", "--every", "2", home=tmp_path)
    told = done.stderr.decode()
    assert done.returncode == 0, told
    assert "dev loss" in told
    rows = rows_of(tmp_path / "run")
    evaluations = [row for row in rows if "score" in row]
    assert set(evaluations[0]["scores"]) == {"ipc", "title"}
    assert evaluations[0]["step"] == 0
    stated = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    best = max(evaluations[1:], key=lambda row: (row["score"], -row["step"]))
    assert stated["results"]["best_step"] == best["step"]
    assert stated["results"]["precision"] == "float32"
    assert (tmp_path / "run" / "curves.svg").read_text(encoding="utf-8").count("<polyline") == 3
    again = taibao(*asked, "-o", "run", home=tmp_path)
    assert (again.returncode, rows_of(tmp_path / "run")) == (0, rows)
    told = taibao("train", "verify", "run", "--data", "data.jsonl", "--dev", "dev.jsonl", home=tmp_path)
    what = ("adapter", f"{checkpoint}/model.safetensors", "tokenizer", "chat template", "configuration and data")
    assert (told.returncode, told.stdout.decode().splitlines()) == (0, [f"same      {each}" for each in what])
    other = taibao("train", "verify", "run", "--data", "dev.jsonl", "--dev", "dev.jsonl", home=tmp_path)
    assert (other.returncode, b"different configuration and data" in other.stdout) == (1, True)
    before, after = stated["results"]["dev_before"], stated["results"]["dev_best"]
    card = taibao("train", "card", "run", home=tmp_path).stdout.decode()
    for task in ("ipc", "title"):
        assert f"| {task} | {before['scores'][task]:.3f} | {after['scores'][task]:.3f} |" in card
    assert f"| train | {stated['inputs']['data']['tokens']} tokens in " in card
    for line in (
        ("convert", "merge", checkpoint, "run/adapter", "-o", "merged", "--texts", "dev.jsonl"),
        ("convert", "gguf", "merged", "-o", "own-f16.gguf"),
        ("convert", "quantize", "own-f16.gguf", "-o", "own.gguf", "--type", "q8_0"),
    ):
        done = taibao(*line, home=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
    merged = {
        name: json.loads((tmp_path / "merged" / name).read_text(encoding="utf-8"))
        for name in ("config.json", "generation_config.json", "tokenizer_config.json")
    }
    keys, _ = read_gguf(tmp_path / "own.gguf")
    end = keys["tokenizer.ggml.tokens"].index("<|im_end|>")
    assert merged["config.json"]["eos_token_id"] == keys["tokenizer.ggml.eos_token_id"] == end
    assert merged["generation_config.json"]["eos_token_id"] == [end]
    assert merged["tokenizer_config.json"]["eos_token"] == "<|im_end|>"
    template = (tmp_path / "run" / "adapter" / "chat_template.jinja").read_text(encoding="utf-8")
    assert template == keys["tokenizer.chat_template"] == CHATML_TEMPLATE


def test_two_processes_lose_what_one_does(checkpoint: Path, tmp_path: Path) -> None:
    """Gloo on the processor, each with the model or with half of it; in the last step one of them has nothing."""
    text = config(tmp_path / "c.toml").read_text(encoding="utf-8").replace("dropout = 0.1", "dropout = 0.0")
    text = text.replace("epochs = 3", "epochs = 1")
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    (tmp_path / "spread.toml").write_text(f"shard = true\n{text}", encoding="utf-8")
    write_data(tmp_path / "data.jsonl", 9)
    write_data(tmp_path / "dev.jsonl", 3)
    files = ["--checkpoint", str(checkpoint), "--data", "data.jsonl", "--dev", "dev.jsonl"]
    runs = ((1, "c.toml", "one"), (2, "c.toml", "two"), (2, "spread.toml", "spread"))
    commands = [[number, ["train", "finetune", toml, *files, "-o", out]] for number, toml, out in runs]
    done = subprocess.run(
        [sys.executable, "-m", "tests.train.processes", json.dumps(commands)],
        cwd=tmp_path, capture_output=True, text=True,
        env={**environment(tmp_path), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, weights = losses(tmp_path / "one"), load_file(tmp_path / "one" / "adapter" / "adapter_model.safetensors")
    assert len(one) == 5  # three steps, dev before and after
    for run in ("two", "spread"):
        other = losses(tmp_path / run)
        assert [step for step, _ in one] == [step for step, _ in other]
        assert [loss for _, loss in other] == pytest.approx([loss for _, loss in one], rel=2e-6)
        saved = load_file(tmp_path / run / "adapter" / "adapter_model.safetensors")
        for name, value in weights.items():
            torch.testing.assert_close(value, saved[name], rtol=1e-3, atol=1e-5)


def test_what_is_missing_is_said(tmp_path: Path, checkpoint: Path) -> None:
    assert taibao("train", "finetune", "qwen3-0.6b", home=tmp_path).returncode == 2
    shown = taibao("train", "finetune", "qwen3-8b", "--dry-run", home=tmp_path).stdout.decode()
    assert "with checkpointing: weights 15.3" in shown
    assert "24 GB (RTX 3090): with checkpointing" in shown
    chinese = taibao("--lang", "zh", "train", "finetune", "qwen3-8b", "--dry-run", home=tmp_path).stdout.decode()
    assert "显存（用梯度检查点）：权重 15.3" in chinese
    assert "24 GB (RTX 3090)：用梯度检查点" in chinese
    unknown = taibao("train", "finetune", "qwen9", "--dry-run", home=tmp_path)
    assert (unknown.returncode, "qwen3-8b" in unknown.stderr.decode()) == (4, True)
    long = config(tmp_path / "c.toml")
    long.write_text(long.read_text(encoding="utf-8").replace("pack_tokens = 64", "pack_tokens = 600"), encoding="utf-8")
    data = write_data(tmp_path / "d.jsonl", 2)
    done = taibao("train", "finetune", long, "--checkpoint", checkpoint, "--data", data, "--dry-run", home=tmp_path)
    assert (done.returncode, "over the context" in done.stderr.decode()) == (4, True)


def test_answers_are_worth_what_their_task_says() -> None:
    assert worth("ipc", " H01M\n", "H01M") == 1.0
    assert worth("ipc", "H01M 4/00", "H01M") == 0.0
    assert worth("title", "电池", "电池装置") == pytest.approx(2 / 3)
    assert worth("", "a b", "a b") == 1.0
    assert macro({"b": [1.0, 0.0], "a": [1.0]}) == (0.75, {"a": 1.0, "b": 0.5})


def test_long_questions_are_answered_few_at_once() -> None:
    """Sixteen of the longest at once would hold more keys and values than a card has left beside the weights."""
    sizes = (100, 3, 90, 5, 4, 80)
    questions = [
        Question("", tuple(range(size)), "", room) for size, room in zip(sizes, (5, 9, 5, 9, 9, 30), strict=True)
    ]
    assert list(groups(questions, width=16, tokens=200)) == [[1, 4, 3], [5], [2], [0]]
    assert list(groups(questions, width=2, tokens=10_000)) == [[1, 4], [3, 5], [2, 0]]
    assert list(groups(questions, width=2, tokens=1)) == [[1], [4], [3], [5], [2], [0]]
    assert list(groups([], width=2, tokens=1)) == []


def test_early_stop_counts_evaluations_without_a_better_one() -> None:
    progress = Progress()
    for step, value in ((1, 0.5), (2, 0.7), (3, 0.7), (4, 0.6)):
        progress = progress.after(step, value)
    assert (progress.best, progress.best_step, progress.since) == (0.7, 2, 2)


def test_a_log_opened_again_forgets_what_the_state_forgot(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"step": 3}\n{"st', encoding="utf-8")
    log = Log(path, 2)
    log.add({"step": 3, "loss": 1.0})
    assert path.read_text(encoding="utf-8") == '{"step": 1}\n{"step": 2}\n{"step": 3, "loss": 1.0}\n'
