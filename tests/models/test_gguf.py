from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taibao_cli.errors import ModelError
from taibao_cli.models.gguf import LongArray, read_header, read_metadata
from tests.tiny import make_tiny_gguf


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


def test_reads_values_and_skips_long_arrays(model: Path) -> None:
    metadata = read_metadata(model)
    assert metadata["general.architecture"] == "qwen3"
    assert metadata["qwen3.context_length"] == 512
    assert metadata["tokenizer.ggml.add_bos_token"] is False
    assert metadata["tokenizer.ggml.merges"] == ["Ċ Ċ"]
    assert metadata["tokenizer.ggml.tokens"] == LongArray(260)
    assert metadata["tokenizer.ggml.token_type"] == LongArray(260)


def test_agrees_with_the_gguf_package_on_every_scalar(tmp_path: Path) -> None:
    values = {"u8": 200, "i8": -3, "u16": 60_000, "i16": -5, "u32": 4_000_000_000, "i32": -7, "u64": 2**60, "i64": -9}
    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "qwen3")
    kinds = {"u8": "uint8", "i8": "int8", "u16": "uint16", "i16": "int16", "u32": "uint32", "i32": "int32"}
    for name, value in values.items():
        getattr(writer, f"add_{kinds.get(name, {'u64': 'uint64', 'i64': 'int64'}.get(name))}")(name, value)
    writer.add_float32("f32", 0.5)
    writer.add_float64("f64", 0.1)
    writer.add_array("languages", ["zh", "en"])
    writer.add_tensor("t", np.zeros((3, 5), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    metadata = read_metadata(tmp_path / "x.gguf")
    assert read_header(tmp_path / "x.gguf").types == {gguf.GGMLQuantizationType.F16}
    assert {name: metadata[name] for name in values} == values
    assert (metadata["f32"], metadata["f64"], metadata["languages"]) == (0.5, 0.1, ["zh", "en"])


def test_a_file_cut_short_anywhere_is_refused(model: Path, tmp_path: Path) -> None:
    whole = model.read_bytes()
    cut = tmp_path / "cut.gguf"
    for size in [8, 12, 30, 100, 2000, 4000, 6000, len(whole) // 2, len(whole) - 100]:
        cut.write_bytes(whole[:size])
        with pytest.raises(ModelError, match=r"cut short") as caught:
            read_metadata(cut)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a GGUF file"),
        (b"PK\x03\x04 something else", "not a GGUF file"),
        (b"GGUF" + struct.pack("<I", 2) + bytes(64), "not GGUF version 3"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(64), "not GGUF version 3"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 1), "claims 1,099,511,627,776 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**40), "claims 1,099,511,627,776 keys"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**50), "bytes in one string"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 99), "value type 99 does not exist"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1), "value type 9"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQQ", 9, 8, 9999, 2**63), "cut short"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        read_metadata(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        read_metadata(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="cannot read the model file"):
        read_metadata(tmp_path)


def test_arrays_together_are_bounded(tmp_path: Path) -> None:
    """Two arrays of 2^23 + 1 bytes each."""
    many = (1 << 23) + 1
    array = struct.pack("<QsIIQ", 1, b"k", 9, 0, many) + bytes(many)
    path = tmp_path / "many.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + array * 2)
    with pytest.raises(ModelError, match=r"it claims 8,388,609 elements in arrays"):
        read_metadata(path)


_HEADER = 6000
"""Bytes that hold keys and tensor entries in the tiny model."""


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(8, _HEADER), st.binary(min_size=1, max_size=9)), min_size=1, max_size=6))
def test_any_damage_is_an_error_or_harmless(model: Path, tmp_path: Path, damage: list[tuple[int, bytes]]) -> None:
    content = bytearray(model.read_bytes())
    for at, bytes_ in damage:
        content[at : at + len(bytes_)] = bytes_
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content)
    try:
        metadata = read_metadata(path)
    except ModelError:
        return
    for value in metadata.values():
        kept = value if isinstance(value, list) else [value]
        assert len(kept) <= 256
        assert all(isinstance(each, (str, int, float, bool, LongArray)) for each in kept)
