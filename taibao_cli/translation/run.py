"""From a patent to its rendered pieces: memory and rules, frozen terms, the model, checks, another try, the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from taibao_cli.batch.overrides import Overrides
from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import Runner, build_request
from taibao_cli.checks.base import Finding, worst
from taibao_cli.checks.registry import check_translation
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.engine.base import Engine
from taibao_cli.errors import RowError
from taibao_cli.models.registry import Model
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.language import Lang, nfc, other
from taibao_cli.patents.termbase.entries import Glossary
from taibao_cli.tasks import get, prepare
from taibao_cli.tasks.prepare import HintsOf
from taibao_cli.tasks.task import Prompt, Task
from taibao_cli.translation.headings import heading
from taibao_cli.translation.pieces import LARGE, SMALL, Piece, pieces_of
from taibao_cli.translation.shield import Shielded, fragments, joined, shielded
from taibao_cli.translation.terms import as_term, terms_of
from taibao_cli.translation.wording import ended, unit_texts

Origin = Literal["memory", "rule", "model", "again", "parts", "draft", "source"]
"""Where an answer is from: `parts` was put together from fragments, `draft` is word by word, `source` untranslated."""

TASK: Final = "translate"
_AGAIN: Final = {
    "zh": "\n上一次的译文有误：{why}\n上一次的译文：{answer}\n请改正后重新翻译，只输出译文。",
    "en": "\nThe last translation is wrong: {why}\nThe last translation: {answer}\n"
    "Translate again without these errors; output the translation alone.",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A piece with its answer, where that is from, and what the checks say of it."""

    piece: Piece
    answer: str
    origin: Origin
    findings: tuple[Finding, ...]

    @property
    def state(self) -> str:
        return worst(self.findings)


@dataclass(frozen=True)
class Options:
    """What holds for the whole document.

    Attributes:
        glossary: the user's; it must be obeyed.
        memory: source -> target of pieces that were translated before.
        tries: how often a piece that fails is asked again with the failure named.
    """

    to: Lang
    glossary: Glossary = field(default_factory=lambda: {"zh": {}, "en": {}})
    memory: Mapping[str, str] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    tries: int = 2
    width: int = 16
    overrides: Overrides = field(default_factory=Overrides)


@dataclass(frozen=True)
class Result:
    """The rendered pieces in the order of the document, and what was decided for all of them.

    Attributes:
        terms: the frozen terms with their one rendering.
        findings: of the claims as a whole.
    """

    patent: Patent
    to: Lang
    pieces: tuple[Rendered, ...]
    terms: Mapping[str, str]
    findings: tuple[Finding, ...]


class Translator:
    """Translates patents with one engine and one model."""

    def __init__(
        self,
        engine: Engine,
        model: Model,
        hints_of: Callable[[Glossary], HintsOf | None],
        options: Options,
        on_piece: Callable[[], None] = lambda: None,
    ) -> None:
        """`hints_of` makes hints of a glossary; `on_piece` is told of every answer of the model."""
        self._engine, self._model, self._hints_of, self._options = engine, model, hints_of, options
        self._on_piece = on_piece
        self._lang = other(options.to)
        self._task = get(TASK)
        self._brief = model.prompt == "brief"

    def translate(self, patent: Patent) -> Result:
        """The whole patent.

        Raises:
            RowError: `bad_value`, when it is in the target language already.
        """
        if patent.lang == self._options.to:
            raise RowError("bad_value", f"{patent.id} is already in {patent.lang}; --to must be the other language")
        pieces = list(pieces_of(patent, SMALL if self._brief else LARGE))
        frozen = self._freeze(patent)
        hints = self._hints_of(self._with(frozen))
        done = dict(self._known(patent, pieces, frozen))
        waiting = [piece for piece in pieces if piece.id not in done]
        for piece, candidates in self._asked(waiting, hints):
            done[piece.id] = self._best(piece, candidates, frozen)
        for piece in [each for each in waiting if done[each.id].state == "FIX"]:
            done[piece.id] = self._mended(done[piece.id], frozen, hints)
        ordered = tuple(done[piece.id] for piece in pieces)
        return Result(patent, self._options.to, ordered, frozen, self._whole(patent, ordered))

    def _with(self, frozen: Mapping[str, str]) -> Glossary:
        own = self._options.glossary
        return {**own, self._lang: {**frozen, **own[self._lang]}}

    def _freeze(self, patent: Patent) -> dict[str, str]:
        """Each term by the glossary, by the memory, or by the model asked once."""
        glossary, memory = self._options.glossary[self._lang], self._options.memory
        terms = terms_of(patent)
        frozen = {term: memory[term] for term in terms if term in memory and term not in glossary}
        asked = [term for term in terms if term not in frozen and term not in glossary]
        for term, answer in zip(asked, self._plain(asked, self._hints_of(self._options.glossary)), strict=True):
            rendering = as_term(answer, self._options.to)
            if rendering and worst(self._checked(term, rendering, {})) != "FIX":
                frozen[term] = rendering
        return frozen

    def _plain(self, texts: Sequence[str], hints: HintsOf | None) -> list[str]:
        """Answers, empty for those that failed."""
        return [answer for answer, _ in self._answers(texts, hints)]

    def _answers(self, texts: Sequence[str], hints: HintsOf | None) -> list[tuple[str, bool]]:
        """Answers, and whether each gave way to its draft."""
        records = iter([Record(at, {"text": text, "to": self._options.to}) for at, text in enumerate(texts, 1)])
        runner = Runner(
            self._engine,
            self._model,
            default_task=TASK,
            hints=hints,
            overrides=self._options.overrides,
            width=self._options.width,
        )
        answers = []
        for _, row in runner.pairs(records):
            self._on_piece()
            answered = row["error"] is None and isinstance(row["output"], str)
            answers.append((row["output"] if answered else "", row["finish"] == "draft"))
        return answers

    def _known(
        self, patent: Patent, pieces: Sequence[Piece], frozen: Mapping[str, str]
    ) -> Iterator[tuple[str, Rendered]]:
        """Pieces that need no model: found in the memory, headings of known parts, openings of claims."""
        to, kinds = self._options.to, {f"h{at}": section.kind for at, section in enumerate(patent.description)}
        titles = self._titles([piece for piece in pieces if piece.opening], frozen)
        for piece in pieces:
            if (known := self._options.memory.get(nfc(piece.text).strip())) is not None:
                yield piece.id, self._rendered(piece, known, "memory", frozen)
            elif piece.part == "heading" and (fixed := heading(kinds[piece.unit], to)):
                yield piece.id, Rendered(piece, fixed, "rule", self._checked(piece.text, fixed, {}))
            elif piece.opening is not None:
                yield piece.id, self._opening(piece, titles)

    def _titles(self, pieces: Sequence[Piece], frozen: Mapping[str, str]) -> Mapping[str, str]:
        """The subjects of dependent claims, each rendered once."""
        wanted = dict.fromkeys(piece.opening.title for piece in pieces if piece.opening)
        known = {**frozen, **self._options.glossary[self._lang]}
        found = {title: known[title] for title in wanted if title in known}
        asked = [title for title in wanted if title not in found]
        answers = self._plain(asked, self._hints_of(self._with(frozen)))
        return found | {title: as_term(answer, self._options.to) for title, answer in zip(asked, answers, strict=True)}

    def _opening(self, piece: Piece, titles: Mapping[str, str]) -> Rendered:
        assert piece.opening is not None
        answer = piece.opening.rendered(titles[piece.opening.title], self._options.to)
        source, text = (f"{piece.number}. {each}" for each in (piece.text, answer))
        return Rendered(piece, answer, "rule", check_translation(Translation.of(source, text, self._options.to)))

    def _asked(
        self, pieces: Sequence[Piece], hints: HintsOf | None
    ) -> Iterator[tuple[Piece, list[tuple[Origin, str]]]]:
        """Each piece with the answers that can be had: the model's, the parts', the draft."""
        shields = [shielded(piece.text, self._lang, self._options.to) for piece in pieces]
        answers = self._answers([shield.text for shield in shields], hints)
        cut = [fragments(shield) if shield.values else [] for shield in shields]
        broken = [at for at, shield in enumerate(shields) if shield.values and shield.filled(answers[at][0]) is None]
        texts = [text for at in broken for text in cut[at]]
        spoken = [text for text in texts if any(char.isalnum() for char in text)]
        said = dict(zip(spoken, self._plain(spoken, hints), strict=True))
        for at, (piece, shield) in enumerate(zip(pieces, shields, strict=True)):
            found: list[tuple[Origin, str]] = []
            answer, drafted_only = answers[at]
            if (filled := shield.filled(answer)) is not None:
                found.append(("draft" if drafted_only else "model", filled))
            else:
                found.append(("parts", joined(shield, [said.get(text, "") for text in cut[at]], self._options.to)))
            if (drafted := self._draft(shield, hints)) is not None:
                found.append(("draft", drafted))
            yield piece, found

    def _draft(self, shield: Shielded, hints: HintsOf | None) -> str | None:
        """Word by word, where there is a lexicon."""
        draft = hints(shield.text, self._lang, self._options.to).draft if hints else ""
        return shield.filled(draft) if draft else None

    def _best(self, piece: Piece, candidates: Sequence[tuple[Origin, str]], frozen: Mapping[str, str]) -> Rendered:
        """The first one that has no finding, else the one with the fewest, FIX before REVIEW."""
        best: Rendered | None = None
        for origin, answer in candidates:
            found = self._rendered(piece, answer, origin, frozen)
            if best is None or _badness(found) < _badness(best):
                best = found
            if found.state == "PASS":
                break
        return best or self._rendered(piece, piece.text, "source", frozen)

    def _mended(self, failed: Rendered, frozen: Mapping[str, str], hints: HintsOf | None) -> Rendered:
        """Asked again with the failure named, by models that take instructions."""
        best = failed
        for _ in range(0 if self._brief else self._options.tries):
            if best.state != "FIX":
                break
            answer = self._again(best, hints)
            found = self._rendered(best.piece, answer, "again", frozen) if answer else best
            best = min(best, found, key=_badness)
        return best

    def _again(self, failed: Rendered, hints: HintsOf | None) -> str:
        lang = self._lang
        why = "; ".join(each.message(lang) for each in failed.findings if each.state == "FIX")
        note = _AGAIN[lang].format(why=why, answer=failed.answer).replace("{", "(").replace("}", ")")
        prompt = self._task.prompt("full", lang)
        task: Task = replace(
            self._task, prompts={**self._task.prompts, ("full", lang): Prompt(prompt.user + note, prompt.system)}
        )
        shield = shielded(failed.piece.text, lang, self._options.to)
        try:
            inputs = prepare(task, {"text": shield.text, "to": self._options.to}, hints=hints)
        except RowError:
            return ""
        request = build_request(failed.piece.id, task, inputs, self._model, self._options.overrides)
        result = next(iter(self._engine.run(iter([request]))), None)
        self._on_piece()
        return (shield.filled(result.text.strip()) or "") if result is not None and result.error is None else ""

    def _rendered(self, piece: Piece, answer: str, origin: Origin, frozen: Mapping[str, str]) -> Rendered:
        text = ended(piece.text, answer, self._options.to)
        return Rendered(piece, text, origin, self._checked(piece.text, text, frozen))

    def _checked(self, source: str, answer: str, frozen: Mapping[str, str]) -> tuple[Finding, ...]:
        own = self._options.glossary[self._lang]
        pair = Translation.of(source, answer, self._options.to, own, self._options.forbidden)
        return check_translation(replace(pair, frozen={term: frozen[term] for term in frozen if term not in own}))

    def _whole(self, patent: Patent, ordered: Sequence[Rendered]) -> tuple[Finding, ...]:
        """The claims, compared as sets."""
        if not patent.claims.claims:
            return ()
        texts = unit_texts(ordered, self._options.to)
        pairs = [
            (f"{claim.number}. {claim.text}", f"{claim.number}. {texts.get(f'claim-{claim.number}', '')}")
            for claim in patent.claims
        ]
        source, answer = ("\n".join(side) for side in zip(*pairs, strict=True))
        return check_translation(Translation.of(source, answer, self._options.to, self._options.glossary[self._lang]))


def _badness(rendered: Rendered) -> tuple[int, int]:
    states = [each.state for each in rendered.findings]
    return states.count("FIX"), states.count("REVIEW")
