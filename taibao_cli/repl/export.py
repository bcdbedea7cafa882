"""A conversation as a file."""

from __future__ import annotations

import json

from taibao_cli.repl.docx import docx
from taibao_cli.repl.talk import Talk


def as_markdown(talk: Talk) -> bytes:
    """For readers: messages quoted, answers as they are."""
    parts = [f"# {talk.title}"]
    for turn in talk.turns:
        if turn.role == "user":
            parts.append("\n".join(f"> {line}".rstrip() for line in turn.text.splitlines()))
        else:
            parts.append(turn.content)
    return ("\n\n".join(parts) + "\n").encode()


def as_json(talk: Talk) -> bytes:
    """For programs, in the form of chat messages."""
    messages = [{"role": turn.role, "content": turn.content, "task": turn.task} for turn in talk.turns]
    return (json.dumps({"title": talk.title, "messages": messages}, ensure_ascii=False, indent=2) + "\n").encode()


def as_docx(talk: Talk) -> bytes:
    """For Word: messages in bold, a paragraph for each line of an answer."""
    paragraphs = [(talk.title, True)]
    for turn in talk.turns:
        said = [turn.text] if turn.role == "user" else turn.content.splitlines()
        paragraphs += [(text, turn.role == "user") for text in said]
    return docx(paragraphs)


FORMS = {".md": as_markdown, ".json": as_json, ".docx": as_docx}
