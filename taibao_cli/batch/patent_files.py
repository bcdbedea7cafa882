"""Files of patents, whatever their format -> patents: documents by their readers, tables by those of batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.sources import OnGuess
from taibao_cli.errors import InputError
from taibao_cli.patents.document.read import looks_like_xml, name_of, read_patents
from taibao_cli.patents.document.reading import Reading

_HEAD: Final = 1 << 16


def open_patents(
    path: Path, *, encoding: str = "auto", on_guess: OnGuess = lambda name, encoding: None
) -> Iterator[Reading]:
    """The patents of a file; what cannot be read is `Unread`, and the next one follows.

    Args:
        path: what to read.
        encoding: of a text, one of `encoding.ENCODINGS`; XML says its own.
        on_guess: told of (file, encoding) when `encoding` is `auto` and a text is not UTF-8.

    Raises:
        InputError: the file cannot be opened, or is in another encoding.
    """
    head = _head(path)
    if encoding == "auto" and not looks_like_xml(head):
        encoding = detect_encoding(head)
        if encoding != "utf-8":
            on_guess(name_of(path), encoding)
    yield from read_patents(path, encoding if encoding != "auto" else "utf-8")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError as error:
        raise InputError(f"{name_of(path)}: {error.strerror or error}") from None
