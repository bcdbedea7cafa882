"""Many rows in, as many rows out, in order."""

from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import Overrides, answer_row, run

__all__ = ["Overrides", "Record", "answer_row", "run"]
