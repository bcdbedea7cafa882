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
    "wrong": "of a label, made elsewhere",
}
"""What cannot be read as a template, and why it need not be."""

SAID = re.compile(r"say\(")
"""Messages that are made in the language of the user."""

ELSEWHERE = {
    "Parquet file",
    "a number",
    "a string",
    "an array",
    "comments in the margin were not read",
    "making {} with random weights in {}",
    "missing",
    "no dev rows for it",
    "no reason given",
    "no row was measured with the same question and gold in both",
    "none",
    "none offers processors",
    "only the first report has it",
    "only the second report has it",
    "raise --ctx (up to {})",
    "shorten the text",
    "shorten the text or {}",
    "taibao.json names the lexicon {}; put that file into {}",
    "take another model",
    "the vocabulary lacks {} byte tokens: llama.cpp ends the program at a character without a token",
    "tokenizer.json does not join {} pairs of tokens that llama.cpp joins, so some texts may be cut otherwise; taibao "
    "convert compare CHECKPOINT FILE counts them on texts of yours",
    "tracked changes: {} insertions, {} deletions; read as if all were accepted",
    "true or false",
    "workbook",
    "{} is no answer of {}: {}",
    "{} stays float32: it holds weights too large for the number format asked for",
    "{}.jsonl.xz is not in {}",
}
"""Warnings, remarks and parts of messages that come to the user by ways that are not followed."""


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
