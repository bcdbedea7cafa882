"""Plain text: the document as it is read."""

from __future__ import annotations

from taibao_cli.translation.forms.layout import blocks_of
from taibao_cli.translation.run import Result


def text_of(result: Result) -> str:
    """Blocks parted by blank lines."""
    return "\n\n".join(f"{block.mark}{block.text}" for block in blocks_of(result)) + "\n"
