"""Text that any program can read."""

from __future__ import annotations

import re
from typing import Final

from taibao_cli.console import safe

_NOT_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Controls become visible marks as on a terminal, what XML 1.0 forbids beyond them U+FFFD."""
    return _NOT_XML.sub("\ufffd", safe(text))
