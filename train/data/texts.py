"""Longer writing: abstract from claims, claims from abstract, summaries, and plain dialogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random

from taibao_cli.engine.base import Message
from taibao_cli.knowledge.primer import entries
from taibao_cli.patents.language import Lang, nfc
from taibao_cli.tasks import Task, prepare
from train.data.corpora import Corpora, Row, Split
from train.data.documents import cut
from train.data.trees import Branch, Tree, task_branch

_EFFECT = {
    "zh": re.compile(r"从而|有益效果|能够|可以有效|优点|提高了|降低了|解决了|具有"),
    "en": re.compile(r"\b(?:thereby|so that|thus|improv|reduc|increas|prevent|advantage|allow|enabl)", re.I),
}
_SENTENCE = {"zh": re.compile(r"(?<=[。；])"), "en": re.compile(r"(?<=[a-z)][.;])\s+")}


def lead_and_effect(text: str, lang: Lang) -> str | None:
    """An extractive summary by rule: the first sentence and the last later one that names an effect."""
    sentences = [s.strip() for s in _SENTENCE[lang].split(text) if s.strip()]
    effects = [s for s in sentences[1:] if _EFFECT[lang].search(s)]
    if len(sentences) < 3 or not effects or len(effects[-1]) > len(text) / 2:
        return None
    return sentences[0] + ("" if lang == "zh" else " ") + effects[-1]


def numbered(claims: list[str], limit: int) -> str:
    """The first claims as one text, numbered, within `limit` characters; at least one."""
    kept: list[str] = []
    for number, claim in enumerate(claims, 1):
        claim = re.sub(r"^\s*\d+\s*[.．、]\s*", "", nfc(claim).strip())
        if kept and sum(map(len, kept)) + len(claim) > limit:
            break
        kept.append(f"{number}. {claim}")
    return "\n".join(kept)


def writing_trees(
    corpora: Corpora,
    name: str,
    split: Split,
    tasks: Mapping[str, Task],
    rng: Random,
    *,
    limit: int,
    abstracts: float,
    claims: float,
    summaries: float,
) -> Iterator[Tree]:
    """`limit` bounds claims and texts (characters); the rest are the shares of the documents that each task takes."""
    lang: Lang = "zh" if name.endswith("zh") else "en"
    for row in corpora.rows(name, split):
        if row.get("translated") or not row.get("abstract"):
            continue
        abstract = nfc(row["abstract"]).strip()
        own = row.get("claims") or []
        clean = not row.get("ocr_noise") and not row.get("claims_partial")
        if own and clean and rng.random() < abstracts and len(abstract) < limit:
            yield _tree(tasks["abstract"], {"claims": numbered(own, limit)}, lang, abstract)
        if own and rng.random() < claims and not row.get("ocr_noise"):
            drafted = numbered(own, limit)
            if len(drafted) <= limit:
                yield _tree(tasks["claims"], {"abstract": abstract}, lang, drafted)
        if rng.random() < summaries and (summary := lead_and_effect(abstract, lang)):
            yield _tree(tasks["summarize"], {"text": cut(abstract, limit)}, lang, summary)


def drafted_trees(
    corpora: Corpora, split: Split, tasks: Mapping[str, Task], rng: Random, count: int, *, limit: int
) -> Iterator[Tree]:
    """Abstracts and first claims by rule as answers, half of `count` documents in each language: where a small model
    cannot write better, the draft should stand. Of a document without claims the claim by rule makes the abstract."""
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        rows = [
            row for row in corpora.rows(f"patents_{lang}", split) if row.get("abstract") and not row.get("ocr_noise")
        ]
        for row in rng.sample(rows, min(len(rows), count // 2)):
            text = cut(nfc(row["abstract"]).strip(), limit if lang == "zh" else 3 * limit)
            claims = prepare(tasks["claims"], {"abstract": text, "lang": lang})
            yield Tree((task_branch(tasks["claims"], claims, claims.hints.draft),))
            own = (
                numbered(row["claims"], limit if lang == "zh" else 3 * limit)
                if row.get("claims")
                else claims.hints.draft
            )
            abstract = prepare(tasks["abstract"], {"claims": own, "lang": lang})
            if abstract.hints.draft:
                yield Tree((task_branch(tasks["abstract"], abstract, abstract.hints.draft),))


def long_trees(corpora: Corpora, split: Split, tasks: Mapping[str, Task], rng: Random, share: float) -> Iterator[Tree]:
    """Descriptions of up to about 3,000 tokens with their abstract: what the long end of the context is trained on."""
    for name, lang, limit in (("patents_en", "en", 11_000), ("patents_zh", "zh", 6_000)):
        for row in corpora.rows(name, split):
            text = row.get("description") or ""
            if len(text) > limit // 3 and row.get("abstract") and not row.get("translated") and rng.random() < share:
                task = tasks["abstract"] if rng.random() < 0.5 else tasks["summarize"]
                shown = {"description": cut(nfc(text), limit)}
                tree = _tree(task, shown, lang, nfc(row["abstract"]).strip())  # type: ignore[arg-type]
                yield Tree(tree.branches, text_weight=0.5)


def _tree(task: Task, row: Row, lang: Lang, answer: str) -> Tree:
    return Tree((task_branch(task, prepare(task, {**row, "lang": lang}), answer),))


def dialogue_trees(corpora: Corpora, split: Split, rng: Random, *, limit: int, repeat: int) -> Iterator[Tree]:
    """Conversations without tool calls; the assistant's name is filled in. The loss is on the last answer."""
    names = {"{{name}}": "taibao", "{{author}}": "the taibao project"}
    zh_names = {"{{name}}": "太保", "{{author}}": "太保项目"}
    for row in corpora.rows("instructions", split):
        if any(message["role"] == "tool" or "<tool_call>" in message["content"] for message in row["messages"]):
            continue
        table = zh_names if row["lang"] == "zh" else names
        messages = [
            Message(m["role"], _fill(nfc(m["content"]), table))
            for m in row["messages"]
            if m["role"] in ("user", "assistant")
        ]
        turns = messages[: 2 * (len(messages) // 2)]
        if not turns or turns[-1].role != "assistant" or sum(len(m.content) for m in turns) > limit:
            continue
        for _ in range(repeat):
            yield Tree((Branch(tuple(turns[:-1]), turns[-1].content),))


def primer_trees(rng: Random, repeat: int) -> Iterator[Tree]:
    """Questions on intellectual property with the primer's answers as plain chat, each question `repeat` times.

    The answers name no article: those come from the primer itself at run time, never from a model.
    """
    for entry in entries():
        for questions, answer in ((entry.questions_zh, entry.answer_zh), (entry.questions_en, entry.answer_en)):
            for question in questions * repeat:
                shown = question.rstrip("？?") if rng.random() < 0.2 else question
                yield Tree((Branch((Message("user", nfc(shown)),), nfc(answer)),))


def _fill(text: str, table: Mapping[str, str]) -> str:
    for mark, value in table.items():
        text = text.replace(mark, value)
    return text
