from __future__ import annotations

import re
from string import Formatter

from taibao_cli.console import safe
from taibao_cli.messages import TABLE, locale_language, say
from taibao_cli.messages.commands import COMMANDS
from taibao_cli.messages.session import SESSION


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_every_message_with_the_same_fields() -> None:
    for key, message in TABLE.items():
        assert set(message) == {"zh", "en"}, key
        assert fields(message["zh"]) == fields(message["en"]), key
        assert re.search(r"[一-鿿]", message["zh"]) or not re.search(r"[a-z]", re.sub(r"{.*?}", "", message["en"])), key
        assert "\n" not in message["zh"] + message["en"], key


def test_no_key_stands_in_both_tables() -> None:
    assert not COMMANDS.keys() & SESSION.keys()


def test_say() -> None:
    assert say("no-rows", "en", where="a.jsonl") == "a.jsonl: no rows"
    assert say("no-rows", "zh", where="a.jsonl") == "a.jsonl：没有数据行"


def test_the_language_follows_the_locale() -> None:
    assert locale_language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert locale_language({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert locale_language({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}) == "zh"
    assert locale_language({}) == "en"


def test_safe_keeps_text_and_marks_controls() -> None:
    assert safe("电池\tcell\n") == "电池\tcell\n"
    assert safe("\x1b]0;title\x07\r\n\x7f\x9b\u202e") == "␛]0;title␇\n␡\ufffd\ufffd"
    assert all(
        character.isprintable()
        for character in safe("".join(map(chr, range(0x20)))).replace("\t", "").replace("\n", "")
    )
