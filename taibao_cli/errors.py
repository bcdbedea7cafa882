"""Typed errors. Every one says what happened, where, and what to do; the command line prints it as one line."""

from __future__ import annotations


class TaibaoError(Exception):
    """Base of all errors meant for a user. `exit_code` follows the table in docs/exit-codes.md."""

    exit_code = 1


class UsageError(TaibaoError):
    """The words of the command do not fit together."""

    exit_code = 2


class InputError(TaibaoError):
    """An input cannot be read at all (missing, not text, not the format it claims to be)."""

    exit_code = 4


class ModelError(TaibaoError):
    """A model file is missing, damaged or of a kind the engine cannot run."""


class DownloadError(TaibaoError):
    """A model file could not be fetched whole. What is said names the address, and whether the same command goes on."""


class MissingExtraError(TaibaoError):
    """An optional dependency is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"{module} is not installed; run: pip install 'taibao[{extra}]'")


class RowError(TaibaoError):
    """One row cannot be answered; the run goes on.

    `kind` is the stable `error.type` of the output row: `bad_json`, `bad_row`, `bad_encoding`, `missing_field`,
    `unknown_task`, `bad_value`, `too_long`, `too_large` or `engine`. `retryable` tells whether the same row may succeed
    when run again.
    """

    def __init__(self, kind: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable

    def as_json(self) -> dict[str, object]:
        return {"type": self.kind, "message": str(self), "retryable": self.retryable}
