"""A page as blocks, and its two forms: one HTML file with its plots in it, or Markdown with the plots beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from taibao_cli.patents.language import Lang

Rows = Sequence[Sequence[str]]

_STYLE: Final = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:62em;
     margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0;font-size:14px}
th,td{border:1px solid #ccc;padding:.25em .6em;text-align:left;vertical-align:top}
th{background:#f3f3f3}
td{white-space:pre-wrap;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}
"""


@dataclass(slots=True)
class Page:
    """Blocks in order; plots have a name, which is that of their file beside a Markdown page."""

    title: str
    lang: Lang
    _html: list[str] = field(default_factory=list)
    _markdown: list[str] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)

    def heading(self, text: str) -> None:
        self._html.append(f"<h2>{escape(text)}</h2>")
        self._markdown.append(f"## {text}\n")

    def paragraph(self, text: str) -> None:
        self._html.append(f"<p>{escape(text)}</p>")
        self._markdown.append(f"{text}\n")

    def table(self, columns: Sequence[str], rows: Rows) -> None:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in columns)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
        self._html.append(f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>")
        self._markdown.append(markdown_table(columns, rows) + "\n")

    def plot(self, name: str, svg: str) -> None:
        self.plots[name] = svg
        self._html.append(f"<figure>{svg}</figure>")
        self._markdown.append(f"![{name}]({{stem}}-{name}.svg)\n")

    def html(self) -> str:
        """The whole page; it loads nothing and runs nothing."""
        return (
            f'<!doctype html>\n<html lang="{"zh-CN" if self.lang == "zh" else "en"}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head><body>\n<h1>{escape(self.title)}</h1>\n"
            + "\n".join(self._html)
            + "\n</body></html>\n"
        )

    def files(self, out: Path) -> Mapping[Path, str]:
        """What to write for a page at `out`: HTML when its name ends so, else Markdown and its plots."""
        if out.suffix.lower() in (".html", ".htm"):
            return {out: self.html()}
        text = f"# {self.title}\n\n" + "\n".join(self._markdown)
        for name in self.plots:
            text = text.replace(f"({{stem}}-{name}.svg)", f"({out.stem}-{name}.svg)")
        return {**{out.with_name(f"{out.stem}-{name}.svg"): svg for name, svg in self.plots.items()}, out: text}


def markdown_table(columns: Sequence[str], rows: Rows) -> str:
    """A table whose cells stay in their cells."""
    lines = [columns, ["---"] * len(columns), *(list(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
