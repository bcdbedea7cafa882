"""Fuzz the readers by coverage: `python -m tests.batch.fuzz CORPUS -max_total_time=600`.

Needs `pip install atheris`, which is no part of the development extra. CORPUS is a folder for what is found;
tests/fixtures/broken may be given after it as a start. The first two bytes choose how the rest is read.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["taibao_cli.batch"]):
    from tests.batch.fuzzing import ENCODINGS, STREAMED, SUFFIXES, check_file, check_stream

WAYS = [*STREAMED, *SUFFIXES]


def one(data: bytes) -> None:
    if len(data) < 2:
        return
    way, encoding, rest = WAYS[data[0] % len(WAYS)], ENCODINGS[data[1] % len(ENCODINGS)], data[2:]
    if way in SUFFIXES:
        check_file(rest, way)
    else:
        check_stream(rest, way, encoding)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
