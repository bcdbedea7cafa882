"""A stream of XML documents, one after the other as in the weekly files of the USPTO -> the bytes of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from taibao_cli.patents.document.xml.parse import MAX_BYTES

_CHUNK: Final = 1 << 20
_BEGIN: Final = re.compile(rb"<\?xml[\s]")
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_OVERLAP: Final = 5
"""Bytes of a declaration that may stand at the end of a chunk."""


def split_documents(stream: BinaryIO, limit: int = MAX_BYTES) -> Iterator[bytes | None]:
    """The documents in order; None for one of more than `limit` bytes, which is skipped unread.

    Holds little more than `limit` bytes at a time. What precedes the first declaration belongs to the first document.
    """
    held, skipping = bytearray(), False
    searched = 0
    while chunk := stream.read(_CHUNK):
        held += chunk
        while (match := _BEGIN.search(held, searched)) is not None:
            if skipping or match.start() > limit:
                yield None
            elif bytes(held[: match.start()]).strip(_BLANK):
                yield bytes(held[: match.start()])
            skipping = False
            del held[: match.start()]
            searched = match.end() - match.start()
        searched = max(0, len(held) - _OVERLAP) if not held.startswith(b"<?xml") else max(6, len(held) - _OVERLAP)
        if len(held) > limit:
            skipping = True
            del held[:-_OVERLAP]
            searched = 0
    if skipping or len(held) > limit:
        yield None
    elif held.strip(_BLANK):
        yield bytes(held)
