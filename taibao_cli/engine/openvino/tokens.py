"""The vocabulary of a model folder, from its tokenizer.json (byte-level BPE)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.openvino.extra import require
from taibao_cli.engine.thoughts import CLOSE, OPEN
from taibao_cli.errors import ModelError

_ENDS: Final = ("<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>")
"""Control tokens that end an answer whatever the configuration says; the first two close a message."""


class FolderVocabulary:
    """Tokens and texts. Control tokens are known by name alone: no text is ever parsed into one, unless asked."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError when a file is missing or damaged, or the tokenizer is not byte-level BPE."""
        self._settings = read_json(folder / "tokenizer_config.json")
        described = read_json(folder / "tokenizer.json")
        if "ByteLevel" not in json.dumps(described.get("decoder")):
            raise ModelError(f"{folder / 'tokenizer.json'} is not byte-level BPE; run this model as a GGUF file")
        added = described.get("added_tokens") or []
        self._controls = {str(token["content"]): int(token["id"]) for token in added if _is_control(token)}
        self._words = {int(token["id"]): str(token["content"]) for token in added}
        plain = [token for token in added if not _is_control(token)]
        self._plain = _tokenizer(folder, {**described, "added_tokens": plain})
        self._own = _renumbered(self._plain, plain)
        self._parsing = functools.cache(lambda: _tokenizer(folder, read_json(folder / "tokenizer.json")))
        self._template = _chat_template(folder, self._settings)
        self._ends = self._end_tokens(folder)
        self.piece = functools.cache(self._read_piece)

    def _end_tokens(self, folder: Path) -> frozenset[int]:
        ends = {self._controls[name] for name in (*_ENDS, self._name("eos_token")) if name in self._controls}
        for file in ("generation_config.json", "config.json"):
            given = read_json(folder / file, required=False).get("eos_token_id")
            ends |= {int(token) for token in (given if isinstance(given, list) else [given]) if token is not None}
        if not ends:
            raise ModelError(f"{folder} does not tell which token ends an answer (eos_token_id)")
        return frozenset(ends)

    def _name(self, kind: str) -> str:
        """What tokenizer_config.json calls its `bos_token` or `eos_token`; empty when it has none."""
        token = self._settings.get(kind)
        return str(token.get("content", "") if isinstance(token, dict) else token or "")

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that end an answer."""
        return self._ends

    def chat_template(self) -> str | None:
        return self._template

    def control_tokens(self) -> dict[str, int]:
        return dict(self._controls)

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        if parse_special:
            return list(self._parsing().encode(text, add_special_tokens=False).ids)
        ids = self._plain.encode(text, add_special_tokens=False).ids
        return [self._own.get(token, token) for token in ids] if self._own else list(ids)

    def _read_piece(self, token: int) -> bytes:
        word = self._words.get(token)
        if word is not None:
            return b"" if word in self._controls and word not in (OPEN, CLOSE) else word.encode("utf-8")
        spelled = self._plain.id_to_token(token)
        return b"" if spelled is None else bytes(map(_bytes_by_letter().__getitem__, spelled))

    def is_end(self, token: int) -> bool:
        return token in self._ends

    def begin(self) -> int:
        return self._controls.get(self._name("bos_token"), -1)

    def adds_begin(self) -> bool:
        return list(self._plain.encode("", add_special_tokens=True).ids) == [self.begin()]

    def end_of_turn(self) -> int:
        names = (*_ENDS[:2], self._name("eos_token"))
        return next((self._controls[name] for name in names if name in self._controls), min(self._ends))

    def end_of_text(self) -> int:
        return self._controls.get(self._name("eos_token"), min(self._ends))


def read_json(path: Path, *, required: bool = True) -> dict[str, Any]:
    """The object in a file; {} when it is absent and not required. Raises ModelError otherwise."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not required:
            return {}
        raise ModelError(f"{path} is missing; make the folder with taibao convert openvino") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({type(error).__name__}); make the folder again") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} must hold a JSON object; make the folder again")
    return found


def _tokenizer(folder: Path, described: Mapping[str, Any]) -> Any:
    try:
        return require("tokenizers").Tokenizer.from_str(json.dumps(described))
    except Exception as error:  # tokenizers raises bare Exception
        if isinstance(error, ImportError) or type(error) is not Exception:
            raise
        raise ModelError(f"{folder / 'tokenizer.json'} cannot be used: {error}") from error


def _renumbered(tokenizer: Any, added: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """The model's numbers of added tokens, by the numbers that the tokenizer gave them: it counts on from the
    vocabulary, so those after a token that was left out come out too low."""
    pairs = ((tokenizer.token_to_id(str(token["content"])), int(token["id"])) for token in added)
    return {found: own for found, own in pairs if found != own}


def _is_control(token: Mapping[str, Any]) -> bool:
    content = str(token["content"])
    return bool(token.get("special")) or (content.startswith("<|") and content.endswith("|>"))


def _chat_template(folder: Path, settings: Mapping[str, Any]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    template = settings.get("chat_template")
    if isinstance(template, list):  # several named templates
        template = next((entry.get("template") for entry in template if entry.get("name") == "default"), None)
    return template if isinstance(template, str) else None


@functools.cache
def _bytes_by_letter() -> dict[str, int]:
    """The printable letters that byte-level BPE spells the 256 bytes with."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = iter(range(256, 512))
    return {chr(byte if byte in kept else next(moved)): byte for byte in range(256)}
