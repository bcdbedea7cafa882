"""Commands that run a task on what is typed after them, on the open document, or on the last answer."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from taibao_cli.engine.base import Message, Request
from taibao_cli.errors import TaibaoError, UsageError
from taibao_cli.messages import say
from taibao_cli.patents import ipc as scheme
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.defects import defects
from taibao_cli.patents.claims.tree import branches_for, defect_lines, tree_text
from taibao_cli.repl.commands.command import Command, can_chat, misused
from taibao_cli.repl.document import existing, insert_files, is_file, names_file, open_document, path_of, text_of
from taibao_cli.repl.examine import findings_of
from taibao_cli.repl.terms import terms_of
from taibao_cli.tasks import all_tasks

if TYPE_CHECKING:
    from taibao_cli.checks.base import Finding
    from taibao_cli.repl.session import Session

Run = Callable[["Session", str], None]

_PAIR: Final = re.compile(r"\s*[|｜]{3}\s*|\n\s*\n")
_PARTS: Final = {"summary": "summarize", "title": "title", "abstract": "abstract", "ipc": "ipc", "type": "type"}


def _one(task: str) -> Run:
    def run(session: Session, text: str) -> None:
        session.run_task(task, _row(session, f"/{task}", text), shown=_shown(session, text))

    return run


def _translate(session: Session, text: str) -> None:
    """Without words the open document, all of it: a task takes one part of a patent."""
    row = _row(session, "/translate", text)
    if not text and session.document is not None:
        row = {"text": session.document.text}
    session.run_task("translate", row, shown=_shown(session, text))


def _row(session: Session, command: str, text: str) -> Mapping[str, str]:
    """Of a text, of the part of the open document that has this name, or of that document."""
    if session.document is None and not text:
        raise misused(session, f"{command} TEXT|@FILE")
    if session.document is None:
        return {"text": text_of(text)}
    parts = session.document.fields
    return {"text": parts[text] if text in parts else text_of(text)} if text else parts


def _shown(session: Session, text: str) -> str:
    if session.document is None or (text and text not in session.document.fields):
        return text
    return f"{text} @{session.document.name}".lstrip()


def _pair(task: str) -> Run:
    def run(session: Session, text: str) -> None:
        parts = [part for part in _PAIR.split(insert_files(text)) if part.strip()]
        if len(parts) != 2:
            raise TaibaoError(say("needs-two", session.lang))
        session.run_task(task, {"a": parts[0], "b": parts[1]}, shown=text)

    return run


def _law(task: str) -> Run:
    def run(session: Session, text: str) -> None:
        if not text:
            raise misused(session, f"/{task} …")
        session.run_task(task, {"text": text}, shown=text)

    return run


def _tree(session: Session, text: str) -> None:
    row = _row(session, "/tree", text)
    claims = parse_claims(row.get("claims") or row.get("text", ""))
    if not claims.claims:
        raise TaibaoError(say("no-claims", session.lang))
    found = defects(claims)
    session.view.line(tree_text(claims, session.lang, branches_for(sys.stdout.encoding), session.view.width))
    for line in defect_lines(found, session.lang):
        session.view.line(line)


def _check(session: Session, text: str) -> None:
    """The text; else the last answer, if it has been given since a document was opened; else the document."""
    from taibao_cli.checks.document import document_of, document_of_text
    from taibao_cli.checks.registry import check_document
    from taibao_cli.checks.report import lines

    if text:
        found = check_document(document_of_text(_row(session, "/check", text)["text"]))
    elif found := session.findings or _of_kept_translation(session):
        pass
    else:
        found = check_document(document_of(_row(session, "/check", "")))
    for line in lines(found, session.lang):
        session.view.line(line)


def _of_kept_translation(session: Session) -> tuple[Finding, ...]:
    """Findings of a translation that was given in an earlier session."""
    answer = session.talk.last("assistant")
    if session.document is not None or session.asked or answer is None or answer.task != "translate":
        return ()
    asked = session.last_asked()
    return findings_of("translate", asked.row, answer.content, terms_of(session.talk.turns)) if asked else ()


def _task(session: Session, text: str) -> None:
    name, rest = [*text.split(maxsplit=1), "", ""][:2]
    if name not in all_tasks():
        if not name:
            raise misused(session, "/task NAME TEXT")
        raise TaibaoError(say("no-task", session.lang, name=name, names=", ".join(sorted(all_tasks()))))
    session.run_task(name, _row(session, f"/task {name}", rest), shown=_shown(session, rest))


def _doc(session: Session, text: str) -> None:
    document = session.document
    if text == "close":
        session.document = None
        session.say("document-closed")
    elif text and (names_file(text) or is_file(path_of(text))):
        session.document, session.findings = open_document(existing(text)), ()
        _show_document(session)
    elif document is None:
        if text and text != "claims" and text not in _PARTS:
            existing(text)
        raise TaibaoError(say("needs-document", session.lang))
    elif not text:
        _show_document(session)
    elif text == "claims":
        _tree(session, "")
    elif text in _PARTS:
        session.run_task(_PARTS[text], document.fields, shown=f"@{document.name}")
    else:
        session.chat(f"{document.text}\n\n{text}", shown=f"@{document.name} {text}")


def _file(session: Session, text: str) -> None:
    """A file that goes along with the next message; its tokens are told first."""
    if not text:
        names = ", ".join(document.name for document in session.attached)
        raise misused(session, "/file FILE") if not names else TaibaoError(say("attached", session.lang, names=names))
    if text == "none":
        session.attached = []
        session.say("detached")
        return
    document = open_document(existing(text))
    tokens = session.engine.count(Request("count", (Message("user", document.text),), 1))
    session.attached.append(document)
    session.say("attaching", name=document.name, tokens=f"{tokens:,}", context=f"{session.engine.context:,}")


def _ipc(session: Session, text: str) -> None:
    """A symbol is looked up in the scheme, any other text is classified."""
    try:
        symbol = scheme.normalise(text)
        titled = scheme.path(symbol)
    except UsageError:
        _one("ipc")(session, text)
        return
    session.view.line(symbol)
    for row in titled:
        session.view.line(f"  {row.symbol:<4}  {row.zh if session.lang == 'zh' else row.en}")


def _show_document(session: Session) -> None:
    if session.document:
        sizes = {part: f"{len(text):,}" for part, text in session.document.fields.items()}
        parts = (say(f"part-{part}", session.lang, size=size) for part, size in sizes.items())
        comma = "，" if session.lang == "zh" else ", "
        session.say("document", name=session.document.name, parts=comma.join(parts))


COMMANDS: Final = (
    Command("/translate", "TEXT", "中英互译", "between Chinese and English", _translate),
    Command("/summarize", "TEXT", "概括技术方案", "a patent text in a few sentences", _one("summarize")),
    Command("/title", "TEXT", "拟定发明名称", "propose a title", _one("title")),
    Command("/abstract", "TEXT", "撰写摘要", "write the abstract from claims or a description", _one("abstract")),
    Command("/claims", "TEXT", "撰写权利要求", "draft claims", _one("claims")),
    Command(
        "/ipc", "TEXT|SYMBOL", "国际专利分类，或查分类号", "IPC symbols with probabilities, or what a symbol is", _ipc
    ),
    Command("/classify", "TEXT", "同 /ipc", "the same as /ipc", _one("ipc")),
    Command("/type", "TEXT", "发明、实用新型或外观设计", "invention, utility model or design", _one("type")),
    Command("/compare", "A ||| B", "两段文本有多接近", "how alike two texts are", _pair("similarity")),
    Command("/entail", "A ||| B", "前者是否支持后者", "does A support B?", _pair("entail")),
    Command("/ask", "QUESTION", "知识产权问答，附法条", "a question on IP law, with its articles", _law("ask")),
    Command("/judge", "STATEMENT", "判断说法对错，附法条", "is a statement on IP law right?", _law("judge")),
    Command("/tree", "CLAIMS", "权利要求树和形式缺陷", "claim tree and formal defects", _tree),
    Command(
        "/check", "[TEXT]", "检查文本、刚得到的回答或打开的文件", "a text, the last answer, or the document", _check
    ),
    Command(
        "/file", "FILE|none", "随下一条一起发的文件", "a file that goes along with the next message", _file, can_chat
    ),
    Command("/task", "NAME TEXT", "任何任务，包括自己的", "any task, your own too", _task),
    Command(
        "/doc",
        "[FILE|claims|summary|title|abstract|ipc|type|QUESTION|close]",
        "打开一份文件，然后处理或提问",
        "open a document, then work on it or ask about it",
        _doc,
    ),
)
