"""Every error that is raised has its Chinese, and nothing else has."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from taibao_cli.messages.errors import read_catalogue
from tests.messages.raised import Message, Module, messages, modules, written

CATALOGUE = read_catalogue("errors_zh.tsv")

QUOTING = {
    "error['message']": "of a row that was answered elsewhere",
    "_why(error)": "what the system says",
    "first.reason": "of a file that could not be read, which is a message itself",
    "first_line(error)": "what Ray or OpenVINO says",
    "reading.reason": "of a file that could not be read, which is a message itself",
    "said": "what a server says",
    "str(error)": "another error",
    "str(error).replace(str(places.part), remote.url)": "another error",
    "str(row)": "a problem of a file, which is a message itself",
    "why": "given by the callers, whose messages are read",
}
"""What cannot be read as a template, and why it need not be."""

SAID = re.compile(r"say\(")
"""Messages that are made in the language of the user."""

ELSEWHERE = {
    "Parquet file",
    "a number",
    "a string",
    "an array",
    "missing",
    "no reason given",
    "none",
    "none offers processors",
    "raise --ctx (up to {})",
    "shorten the text",
    "shorten the text or {}",
    "take another model",
    "true or false",
    "workbook",
}
"""Parts of messages that come to them by ways that are not followed."""


@pytest.fixture(scope="module")
def source() -> Sequence[Module]:
    return modules()


@pytest.fixture(scope="module")
def raised(source: Sequence[Module]) -> list[Message]:
    return list(messages(source))


def test_every_error_has_its_chinese(raised: list[Message]) -> None:
    missing = {text: each.where for each in raised for text in each.templates if text not in {"{}", *CATALOGUE}}
    assert not missing


def test_every_message_can_be_read(raised: list[Message]) -> None:
    unread = {each.source for each in raised if set(each.templates) == {"{}"} and not SAID.match(each.source)}
    assert unread == set(QUOTING)


def test_nothing_in_the_catalogue_is_stale(source: Sequence[Module], raised: list[Message]) -> None:
    known = {text for each in raised for text in each.templates}
    assert CATALOGUE.keys() - known == ELSEWHERE
    assert written(source) >= ELSEWHERE
