"""Multiple-choice questions, answered by the probabilities of their letters.

Examinations of patent agents have this form: a question, a few choices, the letters of the right ones. Rows of
PatentMatch (Risch et al. 2020), a claim, a passage and whether it was cited against the claim's novelty, become
questions with two choices. Nothing is generated: the engine scores the letters, so that there is always an answer.
Where any question of a set has several right choices, every combination of letters is scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from string import ascii_uppercase
from typing import Any, Final

from taibao_cli.engine.base import Message, Request, Result, Runs
from taibao_cli.errors import RowError
from taibao_cli.patents.language import Lang, detect, nfc
from train.evaluation.answers import Answer, OutputRow
from train.evaluation.rows import EvalRow

TASK: Final = "choice"
QUESTIONS: Final = ("question", "query", "text")
MOST: Final = 8
"""Choices of a question; of combinations of them there would be too many."""

SEVERAL_MOST: Final = 6

_PROMPTS: Final[Mapping[tuple[Lang, bool], str]] = {
    ("zh", False): "{question}\n\n{choices}\n\n上面的选项中只有一个正确。正确选项的字母是：",
    ("zh", True): "{question}\n\n{choices}\n\n上面的选项中有一个或多个正确。全部正确选项的字母（如 ABD）是：",
    ("en", False): "{question}\n\n{choices}\n\nExactly one of the choices is right. Its letter is:",
    ("en", True): "{question}\n\n{choices}\n\nOne or more of the choices are right. The letters of all right ones"
    " (such as ABD) are:",
}


_CITED: Final[Mapping[Lang, str]] = {
    "zh": "权利要求：{text}\n\n对比文件段落：{text_b}\n\n该段落是否公开了该权利要求的技术方案，使其不具备新颖性？",
    "en": "Claim: {text}\n\nPassage of an earlier document: {text_b}\n\nDoes the passage disclose what is claimed, so"
    " that the claim is not new?",
}
_YES_NO: Final[Mapping[Lang, list[str]]] = {"zh": ["是", "否"], "en": ["yes", "no"]}


def is_choice(row: Mapping[str, Any]) -> bool:
    """Whether an input row is a question with choices, or one of PatentMatch."""
    return "choices" in row or "options" in row or ("A" in row and "B" in row) or _is_cited(row)


def _is_cited(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("text"), str) and isinstance(row.get("text_b"), str) and "label" in row


def read_choice(row: Mapping[str, Any], name: str) -> EvalRow:
    """A question from a row: `question` (or `query`, `text`), `choices` (a list or by letter; or `options`, or the
    letters as keys of the row), `answer` (letters, or the text of a choice), optional `part` or `subject`; or `text`,
    `text_b` and `label` (1: cited against novelty, 0: background), as in PatentMatch.

    Raises:
        RowError: naming the field that is missing or does not fit.
    """
    if _is_cited(row):
        row = _cited(row)
    question = next((row[key] for key in QUESTIONS if isinstance(row.get(key), str) and row[key].strip()), None)
    if question is None:
        raise RowError("missing_field", "a question with choices needs question")
    choices = _choices(row)
    letters = ascii_uppercase[: len(choices)]
    answer = _letters(row.get("answer", row.get("reference")), choices, letters)
    inputs = {"task": TASK, "question": nfc(question).strip(), "choices": choices, "lang": _lang(row, question)}
    return EvalRow(name, inputs, answer, part=str(row.get("part") or row.get("subject") or ""))


def _cited(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row of PatentMatch as a question."""
    label = str(row["label"]).strip()
    if label not in ("0", "1"):
        raise RowError("bad_value", f"label must be 1 (cited against novelty) or 0, not {row['label']!r}")
    lang = _lang(row, row["text"])
    asked = _CITED[lang].format(text=row["text"], text_b=row["text_b"])
    return {**row, "lang": lang, "question": asked, "choices": _YES_NO[lang], "answer": "A" if label == "1" else "B"}


def _choices(row: Mapping[str, Any]) -> list[str]:
    given = row.get("choices", row.get("options"))
    if given is None:
        given = {letter: row[letter] for letter in ascii_uppercase if letter in row}
    if isinstance(given, Mapping):
        given = [given[letter] for letter in ascii_uppercase if letter in given]
    if not isinstance(given, list) or not all(isinstance(choice, str) and choice.strip() for choice in given):
        raise RowError("bad_value", "choices must be a list of texts, or texts by letter")
    if not 2 <= len(given) <= MOST:
        raise RowError("bad_value", f"a question needs two to {MOST} choices, not {len(given)}")
    return [nfc(choice).strip() for choice in given]


def _letters(given: object, choices: Sequence[str], letters: str) -> str:
    """Letters in order: of "B", "bd", "A、C", ["A", "C"], or of the text of a choice."""
    listed = [nfc(each).strip() for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]
    if listed and all(each in choices for each in listed):
        return "".join(sorted({letters[choices.index(each)] for each in listed}))
    found = {sign for each in listed for sign in each.upper() if sign not in " ,，、;；.()（）"}
    if found and found <= set(letters):
        return "".join(sorted(found))
    raise RowError("bad_value", f"answer must be letters from {letters[0]} to {letters[-1]}, not {given!r}")


def _lang(row: Mapping[str, Any], question: str) -> Lang:
    lang: Lang = row["lang"] if row.get("lang") in ("zh", "en") else detect(question)
    return lang


def ask_choices(rows: Sequence[EvalRow], engine: Runs) -> list[OutputRow]:
    """Output rows in the order of `rows`: the best letters, and all with their probabilities."""
    several = any(len(str(row.gold)) > 1 for row in rows)
    found: dict[str, Result] = {result.key: result for result in engine.run(_requests(rows, several))}
    return [_output(found.get(str(number))) for number in range(len(rows))]


def _requests(rows: Sequence[EvalRow], several: bool) -> Iterator[Request]:
    for number, row in enumerate(rows):
        choices = row.inputs["choices"]
        letters = ascii_uppercase[: len(choices)]
        listed = "\n".join(f"{letter}. {choice}" for letter, choice in zip(letters, choices, strict=True))
        many = several and len(choices) <= SEVERAL_MOST
        labels = tuple(letters)
        if many:
            labels = tuple("".join(own) for size in range(1, len(letters) + 1) for own in combinations(letters, size))
        text = _PROMPTS[row.inputs["lang"], many].format(question=row.inputs["question"], choices=listed)
        yield Request(str(number), (Message("user", text),), max_tokens=1, labels=labels)


def _output(result: Result | None) -> OutputRow:
    error = RowError("engine", "the engine gave no answer") if result is None else result.error
    if result is None or error is not None or not result.labels:
        said = error or RowError("engine", "the engine scored no letters")
        return {"output": None, "labels": None, "finish": "error", "error": said.as_json()}
    labels = [{"label": score.label, "p": round(score.p, 4)} for score in result.labels]
    return {"output": labels[0]["label"], "labels": labels, "finish": "label", "error": None}


def longest_choice(rows: Sequence[EvalRow]) -> list[Answer]:
    """A baseline: the longest choice, which writers of examinations make right more often than chance."""
    return [(_longest(row.inputs["choices"]),) for row in rows]


def _longest(choices: Sequence[str]) -> str:
    return max(zip(choices, ascii_uppercase, strict=False), key=lambda pair: len(pair[0]))[1]
