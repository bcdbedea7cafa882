from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from taibao_cli.engine.llamacpp.embed import embedder
from taibao_cli.knowledge import desk
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.retrieve import search
from taibao_cli.knowledge.store.vectors import Vectors, add_vectors, fused, nearest
from tests.cli.shell import taibao
from tests.knowledge.store.texts import PATENT_LAW, source
from tests.tiny import make_tiny_gguf

ON = "2026-01-01"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("gguf") / "embed.gguf")


def _by_hand(text: str) -> object:
    """A vector of two numbers: does it speak of terms or not."""
    return np.array([1.0, 0.0] if "期限为" in text or "几载" in text else [0.0, 1.0], np.float32)


def test_vectors_find_what_shares_no_word(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        (added,) = store.add([source(PATENT_LAW, "p.md", version="2020-10-17")])
        vectors = Vectors("hand", _by_hand)
        assert add_vectors(store, vectors) == 5
        assert add_vectors(store, vectors) == 0
        best = nearest(store, vectors, "几载", [added.text.id], 2)
        assert [passage.label for passage in store.by_id(best)] == ["第三条", "第四条"]
        assert search(store, "几载", ON).hits == ()
        labels = [hit.passage.label for hit in search(store, "几载", ON, 2, vectors).hits]
        assert labels == ["第三条", "第四条"]
        assert search(store, "专利法第二条", ON, 5, vectors).hits[0].exact
        store.remove(added.text)
        assert store.connection.execute("SELECT count(*) FROM vector").fetchone()[0] == 0


def test_an_answer_names_what_only_vectors_find(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(PATENT_LAW, "p.md", version="2020-10-17")])
        vectors = Vectors("hand", _by_hand)
        add_vectors(store, vectors)
    assert desk.ask("几载", "zh", tmp_path / "law.sqlite", ON).state == "NO MATCH"
    found = desk.ask("几载", "zh", tmp_path / "law.sqlite", ON, vectors)
    assert found.state == "NO MATCH"  # near by meaning is shown, it does not decide
    assert [one for one in found.nearest if "第三条" in one or "第四条" in one]


def test_rankings_are_fused_by_rank() -> None:
    assert fused([[1, 2, 3], [3, 4]]) == [3, 1, 2, 4]
    assert fused([[], [5, 6]]) == [5, 6]


def test_a_model_embeds(gguf: Path) -> None:
    with embedder(gguf, 2) as model:
        one, again, other = (model.embed(text) for text in ("专利权的期限", "专利权的期限", "a pump"))
        assert one.dtype == np.float32
        assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-5)
        assert np.array_equal(one, again)
        assert float(one @ other) < 0.999
        long = model.embed("很长的文字。" * 300)
        assert np.linalg.norm(long) == pytest.approx(1.0, abs=1e-5)


def test_the_commands(gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(PATENT_LAW, encoding="utf-8")
    added = taibao("kb", "add", "p.md", "--version", "2020-10-17", "--embed-model", gguf, home=tmp_path)
    assert added.returncode == 0, added.stderr
    assert b"5 passages were embedded with embed.gguf" in added.stderr
    found = taibao("kb", "search", "棋谱", "--embed-model", gguf, "--on", ON, home=tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.decode().startswith("Patent Law, Article 2(1)")
    asked = taibao("ask", "量子纠缠", "--embed-model", gguf, "--on", ON, "--json", home=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["output"]["nearest"]
    unlike = taibao("ask", "--doc", "p.md", "棋谱", "--embed-model", gguf, home=tmp_path)
    assert unlike.stderr.decode().startswith("taibao: --embed-model and --doc do not go together")
    missing = taibao("kb", "search", "棋谱", "--embed-model", "none.gguf", home=tmp_path)
    assert missing.stderr.decode().startswith("taibao: none.gguf: no such model file")
