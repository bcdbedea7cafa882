from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from taibao_cli.knowledge.primer import entries
from taibao_cli.knowledge.questions import asked_of_laws, asked_of_primer, places_asked_of
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.facts import laws
from taibao_cli.knowledge.store.reference import Pinpoint
from tests.knowledge.law_questions import LAW, ON, official_store


def test_every_law_and_version_is_known_and_every_place_is_there_once() -> None:
    places = asked_of_laws().places
    assert len(places) > 2000
    assert max(Counter(places).values()) == 1
    for law_id, version in {(place.law_id, place.version) for place in places}:
        assert laws()[law_id].version(version), (law_id, version)
        assert places_asked_of(law_id, version) > 0


def test_every_entry_of_the_primer_has_questions() -> None:
    for lang in ("zh", "en"):
        assert set(asked_of_primer(lang).places) == {entry.id for entry in entries()}


def test_no_question_is_empty_or_asked_twice_of_a_place() -> None:
    folder = resources.files("taibao_cli.knowledge").joinpath("questions")
    files = [*folder.joinpath("laws").iterdir(), *(file for file in folder.iterdir() if file.is_file())]
    for file in (one for one in files if one.name.endswith(".tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            asked = line.split("\t")[-1].split("｜")
            assert all(asked), line
            assert len(set(asked)) == len(asked), line


@pytest.mark.skipif(not LAW.is_dir(), reason="the law texts are not beside the repository")
def test_every_place_is_in_the_official_text(tmp_path: Path) -> None:
    official_store(tmp_path / "law.sqlite")
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        texts = {text.law_id: text for text in store.texts() if text.status(ON).state != "superseded"}
        for law_id, _, label in asked_of_laws().places:
            pinpoint = Pinpoint(int(label)) if label.isdecimal() else Pinpoint(label=label)
            assert store.passages_at(texts[law_id], pinpoint), (law_id, label)
