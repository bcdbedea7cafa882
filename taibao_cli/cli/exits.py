"""Exit codes beyond those that errors carry; the whole table is in docs/exit-codes.md."""

from __future__ import annotations

from typing import Final

SOME_FAILED: Final = 3
"""Finished, and some rows have errors."""

INTERRUPTED: Final = 130
"""Ctrl-C or SIGTERM; what was finished is kept."""

READER_GONE: Final = 141
"""The reader of stdout closed it, as `head` does."""
