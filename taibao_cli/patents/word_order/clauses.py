"""Chinese clauses made ready for English: the verb of 将 before its object, 时 as "when" before its clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.nouns import FOR, REACH, STOPS, ends_noun, noun_end

_NUMERALS: Final = re.compile(r"([（(]\d+[A-Za-z]?[）)]|^\d{1,4}[A-Za-z]?(?=[、，。；：]|$))")
_SIDES: Final = {
    "上": "upper",
    "下": "lower",
    "内": "inner",
    "外": "outer",
    "前": "front",
    "后": "rear",
    "中": "middle",
}
"""Before a noun that they belong to."""

_DISPOSES: Final = frozenset({"将", "把"})
_ACTS: Final = {
    "转换": "converting",
    "转化": "converting",
    "混合": "mixing",
    "连接": "connecting",
    "结合": "combining",
    "比较": "comparing",
    "对比": "comparing",
    "匹配": "matching",
    "加入": "adding",
    "输入": "inputting",
    "输出": "outputting",
    "存储": "storing",
    "划分": "dividing",
    "传输": "transmitting",
    "放置": "placing",
    "应用": "applying",
    "引入": "introducing",
}
"""What is done with a thing, where the lexicon has the noun first."""

_GOALS: Final = {"至": "to", "到": "to", "给": "to", "入": "into", "为": "into", "成": "into", "在": "in", "于": "in"}
"""The end of a verb, and what stands before its goal."""

_PUTS: Final = re.compile("[放装插送导注倒投]入|[移送][至到]|加到|置于|[放装设涂]在|溶于")
"""Verbs of two characters that have such an end."""

_AND_WITH: Final = Match("与", ("with",))

_WHEN: Final = frozenset({"在", "当"})
_TIMES: Final = frozenset({"时", "的时候", "时候", "的情况下"})
"""Behind a word of `_WHEN` and a clause."""


def prepared(pieces: Sequence[Match]) -> list[Match]:
    """Numerals as pieces of their own, 上叶轮 as "upper impeller", 用于控制 as "for controlling", 在…时 as "when …",
    将数据发送至终端 as "sending the data to the terminal"."""
    return _disposed(_treated(_timed(_sided(list(_gerunds(_shown(list(_split(pieces)))))))))


def _split(pieces: Sequence[Match]) -> Iterator[Match]:
    """Reference numerals as pieces of their own: they move with their nouns."""
    for piece in pieces:
        if piece.renderings:
            yield piece
        else:
            yield from (Match(part, ()) for part in _NUMERALS.split(piece.source) if part)


def _shown(pieces: Sequence[Match]) -> list[Match]:
    """如图1所示 as "as shown in figure 1"."""
    done: list[Match] = []
    for piece in pieces:
        start = _opened_by(done, {"如"}) if piece.source == "所示" else -1
        if start >= 0:
            done[start] = Match("如", ("as shown in",))
        else:
            done.append(piece)
    return done


def _sided(pieces: Sequence[Match]) -> list[Match]:
    """上叶轮 as "upper impeller", where no noun before it says that something is on it."""
    done: list[Match] = []
    for piece, after in zip(pieces, [*pieces[1:], Match("。", ())], strict=False):
        begins = not done or (ends_noun(done[-1]) and not _placing(done[-1]))
        named = bool(after.renderings) and not ends_noun(after)
        sided = piece.source in _SIDES and begins and named and piece.renderings
        done.append(Match(piece.source + "侧", (_SIDES[piece.source],)) if sided else piece)
    return done


def _placing(piece: Match) -> bool:
    """Whether a side behind the piece is that of a place."""
    return piece.source in _SIDES or not (piece.renderings or STOPS.search(piece.source) or piece.source == "、")


def _gerunds(pieces: Sequence[Match]) -> Iterator[Match]:
    """用于控制 as "for controlling" where that is among the renderings, 用于连接 as "for connecting"."""
    before = ""
    for piece in pieces:
        acts = [each for each in piece.renderings if each.split(" ")[0].endswith("ing")]
        first = (piece.renderings or ("",))[0].split(" ")[0]
        if before in FOR and (acts or first.endswith("ed")):
            yield Match(piece.source, tuple(acts) or (gerund(first),))
        else:
            yield piece
        before = piece.source


def _treated(pieces: Sequence[Match]) -> list[Match]:
    """对信号进行滤波 as "filtering the signal" or "performing analysis on the signal"."""
    done: list[Match] = []
    for piece in pieces:
        start = _opened_by(done[:-1], {"对"}) if done and done[-1].source == "进行" else -1
        if start < 0 or not piece.renderings or ends_noun(piece):
            done.append(piece)
            continue
        own = done[start + 1 : -1]
        acts = next((each for each in piece.renderings if each.endswith("ing")), "")
        act = Match("进行", (acts or f"performing {piece.renderings[0]} on",))
        done[start:] = [act, *own]
    return done


def _opened_by(done: Sequence[Match], words: Set[str]) -> int:
    """Where one of the words stands that has something behind it in the same clause; -1 when none does."""
    for at in range(len(done) - 1, max(-1, len(done) - 1 - REACH), -1):
        if done[at].source in words:
            return at if at < len(done) - 1 else -1
        if STOPS.search(done[at].source):
            break
    return -1


def _timed(pieces: Sequence[Match]) -> list[Match]:
    """在温度高于80℃时 as "when the temperature is higher than 80℃"."""
    done: list[Match] = []
    for piece in pieces:
        if piece.source in _TIMES:
            start = _opened_by(done, _WHEN)
            if start >= 0:
                done[start] = Match("当", ("when",))
                continue
        done.append(piece)
    return done


def _disposed(pieces: Sequence[Match]) -> list[Match]:
    """将数据发送至终端 as "sending the data to the terminal", 将A与B混合 as "mixing A with B"."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        verb = _verb_of(pieces, at) if pieces[at].source in _DISPOSES else 0
        moved, at = _acted(pieces, at, verb) if verb else ([pieces[at]], at + 1)
        done += moved
    return done


def _acted(pieces: Sequence[Match], start: int, verb: int) -> tuple[list[Match], int]:
    """The verb, what it is done to and the word before its goal; and where the goal begins. 入…中 is "into" alone."""
    stem, goal = _stem_of(pieces[verb])
    at = verb + 1
    if not goal and at < len(pieces) and pieces[at].source in _GOALS:
        goal, at = pieces[at].source, at + 1
    acts = Match("进行", (_ACTS.get(stem) or gerund(pieces[verb].renderings[0].split(" ")[0]),))
    if not goal:
        own = [
            _AND_WITH if stem in _ACTS and piece.source in ("与", "和") else piece for piece in pieces[start + 1 : verb]
        ]
        return [acts, *own], at
    moved = [acts, *pieces[start + 1 : verb], Match("至", (_GOALS[goal],))]
    end = noun_end(pieces, at)
    if goal == "入" and at < end < len(pieces) and pieces[end].source in ("中", "内"):
        return [*moved, *pieces[at:end]], end + 1
    return moved, at


def _stem_of(piece: Match) -> tuple[str, str]:
    """发送 and 至 of 发送至."""
    own = piece.source
    return (own[:-1], own[-1]) if own[-1:] in _GOALS and (len(own) > 2 or _PUTS.fullmatch(own)) else (own, "")


def _verb_of(pieces: Sequence[Match], start: int) -> int:
    """Where the verb stands of what is disposed of behind `start`; 0 when that is not said."""
    for at in range(start + 1, min(start + REACH, len(pieces))):
        piece = pieces[at]
        if STOPS.search(piece.source) or piece.source in _DISPOSES:
            return 0
        stem, link = _stem_of(piece)
        follows = pieces[at + 1].source if at + 1 < len(pieces) else "。"
        ends = follows in _GOALS or bool(STOPS.search(follows)) or follows in ("并", "且", "后", "以", "从而")
        acts = stem in _ACTS or (bool(piece.renderings) and piece.renderings[0].endswith("ing"))
        if at > start + 1 and piece.renderings and (link or (acts and ends)):
            return at
    return 0


def gerund(verb: str) -> str:
    """ "sending" of "send", "sends" or "sending"."""
    if verb.endswith("ing"):
        return verb
    if verb in ("put", "set"):
        return f"{verb}ting"
    stem = re.sub("ed$|(?<=[^aisu])s$", "", verb)
    return re.sub("(?<=[^e])e$", "", stem) + "ing"
