"""From a request to tokens: NFC, the chat template, and user text that can never become a control token."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.text.labels import LabelTrie
from taibao_cli.engine.text.template import Pieces, piece_builder
from taibao_cli.engine.text.vocabulary import Vocabulary
from taibao_cli.engine.thoughts import CLOSE, OPEN
from taibao_cli.errors import RowError


@dataclass(frozen=True, slots=True)
class Prompt:
    """Tokens to compute. `thinks`: the template has opened thoughts that the answer begins with."""

    tokens: list[int]
    thinks: bool = False


class Prompter:
    """Builds prompts for one model."""

    def __init__(self, model: Vocabulary) -> None:
        """Raises ModelError when the model's chat template cannot be used."""
        self._model = model
        self._controls = model.control_tokens()
        names = {token: text for text, token in self._controls.items()}  # of a BOS not set llama.cpp makes token 11
        self._build = piece_builder(
            model.chat_template(),
            list(self._controls),
            bos=names.get(model.begin(), ""),
            eos=names.get(model.end_of_text(), ""),
        )
        self._trie = functools.lru_cache(maxsize=8)(self._make_trie)

    def prompt(self, request: Request) -> Prompt:
        """Tokenize the prompt. Labels and JSON follow closed thoughts; others think where the template begins so.

        Raises:
            RowError: the text holds characters that no encoding has.
            ModelError: the model's template refuses these messages.
        """
        pieces = self._pieces(request)
        return Prompt(self._tokenize(pieces), thinks=_opens_thoughts(pieces))

    def trie(self, request: Request) -> LabelTrie:
        """Build the trie of the request's labels, each tokenized as it follows the prompt.

        Raises:
            RowError: there are no labels, an empty one, or two that are the same.
        """
        tail, special = self._pieces(request)[-1]
        return self._trie(request.labels or (), "" if special else tail)

    def _make_trie(self, labels: tuple[str, ...], tail: str) -> LabelTrie:
        if not labels or not all(labels):
            raise RowError("bad_value", "labels must be a list of at least one label, none of them empty")
        before = self._model.tokenize(tail, parse_special=False)
        paths = []
        for label in map(_normal, labels):
            whole = self._model.tokenize(tail + label, parse_special=False)
            joined = whole[: len(before)] == before
            paths.append(whole[len(before) :] if joined else self._model.tokenize(label, parse_special=False))
        try:
            return LabelTrie(paths, self._model.end_of_turn())
        except ValueError as error:
            raise RowError("bad_value", "labels holds the same label twice; give each label once") from error

    def _pieces(self, request: Request) -> Pieces:
        pieces = self._build([Message(message.role, _normal(message.content)) for message in request.messages])
        if (request.labels is None and request.schema is None) or not _opens_thoughts(pieces):
            return pieces
        if CLOSE in self._controls:
            return [*pieces, ("\n", False), (CLOSE, True), ("\n\n", False)]
        return [*pieces, (f"\n{CLOSE}\n\n", False)]

    def _tokenize(self, pieces: Pieces) -> list[int]:
        tokens: list[int] = []
        for text, special in pieces:
            tokens += [self._controls[text]] if special else self._model.tokenize(text, parse_special=False)
        if self._model.adds_begin() and tokens[:1] != [self._model.begin()]:
            tokens.insert(0, self._model.begin())
        return tokens


def _opens_thoughts(pieces: Pieces) -> bool:
    return "".join(text for text, _ in pieces[-3:]).rstrip().endswith(OPEN)


def _normal(text: str) -> str:
    """Normalise to NFC; refuse half of a surrogate pair."""
    text = unicodedata.normalize("NFC", text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowError(
            "bad_encoding", f"character {error.start + 1} is half of a surrogate pair; the text was decoded wrongly"
        ) from error
    return text
