"""Commands that run a task on what is typed after them, on the open document, or on the last answer."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from taibao_cli.engine.base import Message, Request
from taibao_cli.errors import RowError, TaibaoError, UsageError
from taibao_cli.patents import ipc as scheme
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.defects import defects
from taibao_cli.patents.claims.tree import branches_for, defect_lines, tree_text
from taibao_cli.repl.commands.command import Command, misused
from taibao_cli.repl.document import insert_files, open_document
from taibao_cli.repl.words import say
from taibao_cli.tasks import all_tasks

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

Run = Callable[["Session", str], None]

_PAIR: Final = re.compile(r"\s*\|\|\|\s*|\n\s*\n")
_PARTS: Final = {"summary": "summarize", "title": "title", "abstract": "abstract", "ipc": "ipc", "type": "type"}


def _one(task: str) -> Run:
    def run(session: Session, text: str) -> None:
        session.run_task(task, _row(session, f"/{task}", text), shown=text or _document_name(session))

    return run


def _row(session: Session, command: str, text: str) -> Mapping[str, str]:
    if text:
        return {"text": insert_files(text)}
    if session.document is None:
        raise misused(session, f"{command} {'TEXT, @FILE' if session.lang == 'en' else '文字，或 @文件'}")
    return session.document.fields


def _document_name(session: Session) -> str:
    return f"@{session.document.name}" if session.document else ""


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
    session.view.line(tree_text(claims, session.lang, branches_for(sys.stdout.encoding)))
    for line in defect_lines(found, session.lang):
        session.view.line(line)


def _check(session: Session, text: str) -> None:
    """The text, the open document, or else the last translation against its source."""
    from taibao_cli.checks.document import document_of, document_of_text
    from taibao_cli.checks.registry import check_document, check_translation
    from taibao_cli.checks.report import lines
    from taibao_cli.checks.rows import Options

    answer, asked = session.talk.last("assistant"), session.talk.last("user")
    if not text and session.document is None and answer and asked and answer.task == "translate":
        found = check_translation(Options().translation(insert_files(asked.text), answer.content))
    elif text or session.document is None:
        found = check_document(document_of_text(_row(session, "/check", text)["text"]))
    else:
        found = check_document(document_of(session.document.fields))
    for line in lines(found, session.lang):
        session.view.line(line)


def _task(session: Session, text: str) -> None:
    name, rest = [*text.split(maxsplit=1), "", ""][:2]
    if name not in all_tasks():
        raise RowError("unknown_task", f"/task NAME: {', '.join(sorted(all_tasks()))}")
    session.run_task(name, _row(session, f"/task {name}", rest), shown=rest or _document_name(session))


def _doc(session: Session, text: str) -> None:
    document, path = session.document, Path(text.strip('"')).expanduser()
    if text == "close":
        session.document = None
        session.say("document-closed")
    elif text and path.is_file():
        session.document = open_document(path)
        _show_document(session)
    elif document is None:
        raise TaibaoError(f"{path}: no such file" if text else say("needs-document", session.lang))
    elif not text:
        _show_document(session)
    elif text == "claims":
        _tree(session, "")
    elif text in _PARTS:
        session.run_task(_PARTS[text], document.fields, shown=f"{text} @{document.name}")
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
    path = Path(text.strip('"')).expanduser()
    document = open_document(path)
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
        parts = ", ".join(f"{part} {len(text):,}" for part, text in session.document.fields.items())
        session.say("document", name=session.document.name, parts=parts)


COMMANDS: Final = (
    Command("/translate", "TEXT", "中英互译", "between Chinese and English", _one("translate")),
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
        "/check", "[TEXT]", "检查文本、文件或刚得到的译文", "a text, the document, or the last translation", _check
    ),
    Command("/file", "FILE|none", "随下一条一起发的文件", "a file that goes along with the next message", _file),
    Command("/task", "NAME TEXT", "任何任务，包括自己的", "any task, your own too", _task),
    Command(
        "/doc",
        "[FILE|claims|summary|title|abstract|ipc|type|QUESTION|close]",
        "打开一份文件，然后处理或提问",
        "open a document, then work on it or ask about it",
        _doc,
    ),
)
