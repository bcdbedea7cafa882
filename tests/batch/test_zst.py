from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.batch import compressed
from taibao_cli.batch.sources import open_source
from taibao_cli.errors import InputError, MissingExtraError

zstd: Any = compressed._ZSTD
if zstd is None:
    pytest.skip("backports.zstd is not installed", allow_module_level=True)

ROWS = '{"text":"一种泵"}\n{"text":"A valve"}\n'.encode()


def test_zst_files(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl.zst"
    path.write_bytes(zstd.compress(ROWS))
    assert [record.row for record in open_source(path)] == [{"text": "一种泵"}, {"text": "A valve"}]


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:20] + b"\xff" * 9 + data[29:]])
def test_damaged_files_are_no_shorter_ones(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "in.jsonl.zst"
    packed = zstd.compress(bytes(range(256)) * 400 + ROWS, options={zstd.CompressionParameter.checksum_flag: 1})
    path.write_bytes(damage(packed))
    with pytest.raises(InputError, match=r"in\.jsonl\.zst"):
        list(open_source(path))


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "_ZSTD", None)
    (tmp_path / "in.jsonl.zst").write_bytes(zstd.compress(ROWS))
    with pytest.raises(MissingExtraError, match=r"taibao\[zst\]"):
        list(open_source(tmp_path / "in.jsonl.zst"))
