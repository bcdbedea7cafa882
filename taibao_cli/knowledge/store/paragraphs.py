"""The paragraphs (款), items (项) and sub-items (目) inside an article."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from taibao_cli.knowledge.numerals import NUMERAL, from_han
from taibao_cli.knowledge.store.marks import Line, lines_of

_ITEM: Final = re.compile(
    rf"[ \t　]*(?:(?P<zh>[（(][ ]?(?P<zh_number>[{NUMERAL}]+)[ ]?[)）])"
    r"|(?P<arabic>[（(](?P<in_brackets>[0-9０-９]{1,3})[)）]"
    r"|(?P<dotted>[0-9０-９]{1,3})[.．、](?![0-9]))|(?P<letter>[（(](?P<letter_number>[a-z])[)）]))"
)
_SENTENCE_END: Final = tuple('。；：！？.;:!?”’"」）)')
_RANK: Final = {"zh": 0, "arabic": 1, "letter": 2}


@dataclass(frozen=True, slots=True)
class Item:
    """（一） and what belongs to it: its sub-items stand in `text` and again, one by one, in `items`."""

    label: str
    number: int
    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, counted from 1; `text` is exact and holds its items."""

    number: int
    text: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    label: str
    number: int
    rank: int


def paragraphs(body: str) -> tuple[Paragraph, ...]:
    """The paragraphs of an article's words (its label taken off).

    A line is a paragraph, except that （一）, 1. and (a) begin items of the paragraph above, that a line which goes on
    with an unfinished one, no blank line between them, belongs to it, and that lines between two items that follow one
    another belong to the first of them. In texts whose paragraphs bear numbers, (1) at the beginning and (2), (3) …
    after it, these numbers count the paragraphs.
    """
    blocks = _joined(_blocks(body))
    numbered = _numbered_paragraphs(blocks)
    starts = [at for at, block in enumerate(blocks) if block.rank < 0 or (numbered and block.rank == 1)]
    if not blocks:
        return ()
    if not starts or starts[0] != 0:
        starts = [0, *starts]
    found = []
    for number, (first, after) in enumerate(zip(starts, [*starts[1:], len(blocks)], strict=True), 1):
        inner = blocks[first + 1 : after] if blocks[first].rank < 0 or numbered else blocks[first:after]
        text = body[blocks[first].start : blocks[after - 1].end]
        found.append(Paragraph(number, text, _items(body, inner)))
    return tuple(found)


def _blocks(body: str) -> list[_Block]:
    blocks: list[_Block] = []
    for line in lines_of(body):
        match = _ITEM.match(line.text)
        start, end = line.end - len(line.text.lstrip()), line.start + len(line.text.rstrip())
        if match:
            blocks.append(_item_block(match, start, end))
        elif blocks and _unfinished(body, blocks[-1], line):
            blocks[-1] = replace(blocks[-1], end=end)
        else:
            blocks.append(_Block(start, end, "", 0, -1))
    return blocks


def _joined(blocks: list[_Block]) -> list[_Block]:
    found: list[_Block] = []
    for at, block in enumerate(blocks):
        last = next((one for one in reversed(found) if one.rank >= 0), None)
        following = next((one for one in blocks[at:] if one.rank >= 0), None)
        inside = last and following and (following.rank, following.number) == (last.rank, last.number + 1)
        if block.rank < 0 and inside and found[-1].rank >= 0:
            found[-1] = replace(found[-1], end=block.end)
        else:
            found.append(block)
    return found


def _item_block(match: re.Match[str], start: int, end: int) -> _Block:
    if match["zh"]:
        return _Block(start, end, match["zh"], from_han(match["zh_number"]) or 0, _RANK["zh"])
    if match["letter"]:
        return _Block(start, end, match["letter"], ord(match["letter_number"]) - ord("a") + 1, _RANK["letter"])
    return _Block(start, end, match["arabic"], int(match["in_brackets"] or match["dotted"]), _RANK["arabic"])


def _unfinished(body: str, last: _Block, line: Line) -> bool:
    between = body[last.end : line.start]
    return between.count("\n") == 1 and not body[last.start : last.end].endswith(_SENTENCE_END)


def _numbered_paragraphs(blocks: list[_Block]) -> bool:
    counted = [block.number for block in blocks if block.rank == _RANK["arabic"] and block.label.startswith("(")]
    first = bool(blocks) and blocks[0].rank == _RANK["arabic"] and blocks[0].label.startswith("(")
    return first and counted == list(range(1, len(counted) + 1))


def _items(body: str, blocks: list[_Block]) -> tuple[Item, ...]:
    """Items of the lowest rank that is there; blocks of higher ranks after one of them are its sub-items."""
    ranks = [block.rank for block in blocks if block.rank >= 0]
    if not ranks:
        return ()
    top = min(ranks)
    starts = [at for at, block in enumerate(blocks) if block.rank == top]
    found = []
    for first, after in zip(starts, [*starts[1:], len(blocks)], strict=True):
        block = blocks[first]
        text = body[block.start : blocks[after - 1].end]
        found.append(Item(block.label, block.number, text, _items(body, blocks[first + 1 : after])))
    return tuple(found)
