"""What `taibao train data check` finds."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.base import Message
from tests.cli.shell import taibao
from train.instructions.checks import check
from train.instructions.conversation import Conversation, Place
from train.instructions.near import HASHES, likeness, near_pairs, shingles, signature

LONG = (
    "本发明公开了一种锂离子电池正极材料的制备方法，包括混合、烧结和粉碎三个步骤，所得材料循环性能好，成本低。"
    "所述混合在球磨机中进行，烧结在空气中进行，粉碎后过筛，得到粒径均匀的粉末，适合大规模生产和推广应用。"
)


def example(item: int, asked: str, answer: str = "答", *, number: str = "", task: str = "") -> Conversation:
    messages = (Message("user", asked), Message("assistant", answer))
    return Conversation(Place(Path("f"), item), messages, number, task=task)


def found(*training: Conversation, test: tuple[Conversation, ...] = (), longest: int | None = None) -> list[str]:
    report = check(training, test, length=lambda each: len(each.asked), longest=longest)
    return [f"{problem.place.item} {problem.kind}: {problem.text}" for problem in report.problems]


def test_each_example_alone() -> None:
    split = unicodedata.normalize("NFD", "é")
    assert found(
        example(1, "fine"),
        example(2, " ", "x"),
        example(3, "y", "\n"),
        example(4, f"caf{split}"),
        example(5, "bad \ufffd"),
        example(6, "z" * 9),
        longest=8,
    ) == [
        "2 empty: the question is empty",
        "3 empty: the answer is empty",
        "4 not nfc: characters that Qwen's tokenizer changes; normalise to NFC",
        "5 encoding: U+FFFD in the user's text; decoded wrongly?",
        "6 too long: 9, over 8; the answer would be cut",
    ]


def test_answers_that_a_task_cannot_have() -> None:
    right = (("type", "发明"), ("type", "utility model"), ("ipc", "H01M"), ("ipc", "H01M 10/0525"), ("similarity", "3"))
    wrong = (("type", "专利"), ("ipc", "H01X"), ("ipc", "H01M、H02J"), ("similarity", "5"), ("entail", "是"))
    free = (("title", "专利"), ("labels", "专利"), ("mine", "专利"), ("", "专利"))
    examples = [example(n, f"{n}", answer, task=task) for n, (task, answer) in enumerate((*right, *free, *wrong), 1)]
    assert found(*examples) == [
        "10 label: '专利' is no answer of type: 发明, 实用新型, 外观设计, invention, utility model, design",
        "11 label: IPC H01X is not in the scheme 2026.01; check 'H01X'",
        "12 label: 'H01M、H02J' is not an IPC symbol; write it like H, H04, H04L or H04L 65/1016",
        "13 label: '5' is no answer of similarity: 0, 1, 2, 3, 4",
        "14 label: '是' is no answer of entail: 支持, 未涉及, 矛盾, entailed, neutral, contradicted",
    ]


def test_examples_among_each_other() -> None:
    changed = LONG.replace("三个", "四个")
    alike = likeness(shingles(f"{LONG}\n答"), shingles(f"{changed}\n答"))
    assert found(
        example(1, "Ａ b", "x"),
        example(2, "a  B", "X"),
        example(3, "a b", "other"),
        example(4, LONG),
        example(5, changed),
    ) == [
        "2 duplicate: the same as f:1",
        "3 contradiction: asks what f:1 asks, and answers otherwise",
        f"5 near duplicate: shares {alike:.0%} with f:4",
    ]


def test_leaks_by_number_question_and_likeness() -> None:
    training = (example(1, "a", number="CN 101234567 A"), example(2, "the question"), example(3, LONG))
    test = (
        example(11, "b", number="cn101234567a"),
        example(12, "The  question", "another answer"),
        example(13, LONG.replace("三个", "四个")),
        example(14, "something else"),
    )
    report = check(training, test, length=lambda each: 1)
    assert [(problem.kind, problem.place.item) for problem in report.problems] == [
        ("leak", 11),
        ("leak", 12),
        ("leak", 13),
    ]
    assert report.leaks


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_likeness_is_symmetric_and_whole_for_the_same_text(a: str, b: str) -> None:
    one, two = shingles(a), shingles(b)
    assert likeness(one, one) == 1.0
    assert likeness(one, two) == likeness(two, one) <= 1.0


def test_signatures_estimate_likeness() -> None:
    rng = Random(0)
    words = ["".join(rng.choices("甲乙丙丁戊己庚辛", k=4)) for _ in range(200)]
    one, two = "".join(words), "".join(words[:150]) + "".join(reversed(words[150:]))
    exact = likeness(shingles(one), shingles(two))
    estimate = float(np.mean(signature(shingles(one)) == signature(shingles(two))))
    assert abs(exact - estimate) < 3 * (exact * (1 - exact) / HASHES) ** 0.5


def test_near_texts_are_found_and_others_not() -> None:
    rng = Random(1)
    texts = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=300)) for _ in range(200)]
    copies = [text[:140] + "XY" + text[142:] for text in texts[:50]]
    pairs = list(near_pairs([*texts, *copies], 0.85))
    assert [(earlier, later) for earlier, later, _ in pairs] == [(at, 200 + at) for at in range(50)]


def write(path: Path, *rows: dict[str, str]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def row(asked: str, answer: str = "x") -> dict[str, str]:
    return {"instruction": asked, "output": answer}


def test_the_command_and_its_exit_codes(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", row("one"), row("two"))
    clean = taibao("train", "data", "check", "train.jsonl", home=tmp_path)
    assert (clean.returncode, clean.stdout) == (0, b"")
    assert "2 examples; characters: 50% ≤ 4  90% ≤ 4  99% ≤ 4  100% ≤ 4" in clean.stderr.decode()
    write(tmp_path / "bad.jsonl", row("one"), row("one"), {"instruction": "no answer", "output": ""})
    bad = taibao("train", "data", "check", "bad.jsonl", home=tmp_path)
    assert bad.returncode == 3
    assert bad.stdout.decode().splitlines() == [
        "bad.jsonl:3: empty: the answer is empty",
        "bad.jsonl:2: duplicate: the same as bad.jsonl:1",
    ]
    chinese = taibao("--lang", "zh", "train", "data", "check", "bad.jsonl", home=tmp_path)
    assert chinese.stdout.decode().splitlines() == [
        "bad.jsonl:3：空白：回答是空的",
        "bad.jsonl:2：重复：与 bad.jsonl:1 相同",
    ]
    assert chinese.stderr.decode().splitlines()[1:] == ["taibao: 重复：1", "taibao: 空白：1"]
    leaked = taibao("train", "data", "check", "train.jsonl", "--test", "bad.jsonl", "--json", home=tmp_path)
    assert leaked.returncode == 1
    report = json.loads(leaked.stdout)
    assert report["kinds"] == {"leak": 2}
    assert report["problems"][0] == {
        "file": "bad.jsonl", "item": 1, "kind": "leak", "text": "its question is trained at train.jsonl:1"
    }  # fmt: skip


def test_lengths_in_tokens(tmp_path: Path) -> None:
    from tests.tiny_hf import save_tiny_tokenizer

    save_tiny_tokenizer(tmp_path)
    write(tmp_path / "train.jsonl", row("电池", "battery"))
    done = taibao("train", "data", "check", "train.jsonl", "--tokenizer", ".", "--longest", "10", home=tmp_path)
    assert done.returncode == 3
    assert "too long: " in done.stdout.decode()
    assert "tokens: " in done.stderr.decode()


@pytest.mark.parametrize("name", ["gone.jsonl"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert taibao("train", "data", "check", name, home=tmp_path).returncode == 2
