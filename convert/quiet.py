"""Keeping what libraries tell of their progress off both streams."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from convert.extras import require


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that is printed, logged or warned of in the block is shown."""
    said = io.StringIO()
    require("transformers").utils.logging.set_verbosity_error()
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
