"""DOCX, with what the checks flag highlighted and the reasons after it."""

from __future__ import annotations

import io

from taibao_cli.batch.forms.clean import clean
from taibao_cli.errors import UsageError
from taibao_cli.translation.forms.layout import Block, blocks_of
from taibao_cli.translation.run import Result


def docx_of(results: list[Result]) -> bytes:
    """One document for all patents, each on a new page.

    Raises:
        UsageError: python-docx is not installed.
    """
    try:
        from docx import Document
        from docx.enum.text import WD_COLOR_INDEX
    except ImportError:
        raise UsageError("writing DOCX needs pip install 'taibao[documents]'") from None
    document = Document()
    for at, result in enumerate(results):
        if at:
            document.add_page_break()  # type: ignore[no-untyped-call]
        for block in blocks_of(result):
            if block.kind in ("title", "part", "heading"):
                document.add_heading(clean(block.text), level={"title": 0, "part": 1}.get(block.kind, 2))
                continue
            paragraph = document.add_paragraph(clean(block.mark))
            run = paragraph.add_run(clean(block.text))
            if block.flagged:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
                note = paragraph.add_run(clean(f" [{_reasons(block, result)}]"))
                note.italic = True
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _reasons(block: Block, result: Result) -> str:
    found = [each for piece in block.pieces for each in piece.findings if each.state in ("FIX", "REVIEW")]
    return "; ".join(dict.fromkeys(f"{each.state}: {each.message(result.to)}" for each in found))
