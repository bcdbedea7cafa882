"""Pulling a model from a hub that fails: each fault ends with the right bytes, or with an error and nothing left."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import DownloadError, ModelError, TaibaoError, UsageError
from taibao_cli.models.own import read_own_models, write_own_models
from taibao_cli.models.pull.catalogue import Wanted, catalogue, find_wanted
from taibao_cli.models.pull.hub import HUBS, endpoint_of
from taibao_cli.models.pull.hub import Hub as HubName
from taibao_cli.models.pull.install import Pulled, pull, read_pin, remove_pulled
from taibao_cli.models.pull.web import Patience, Web
from tests.models.hostile import REVISION, Fault, Hub, serving
from tests.tiny import make_tiny_gguf

PART = 500_000
PATIENCE = Patience(timeout=0.25, slowest=1024, tries=3, pause=0.01)
WANTED = Wanted("tiny", "owner/tiny-GGUF", "tiny.gguf")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_tiny_gguf(tmp_path_factory.mktemp("hub") / "tiny.gguf").read_bytes()


@pytest.fixture
def hub(content: bytes) -> Iterator[Hub]:
    with serving(Hub(WANTED.repo, WANTED.file, content)) as hub:
        yield hub


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("XDG_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HF_HOME", str(home / "hf"))


def pulled(
    hub: Hub, folder: Path, *, name: HubName = "huggingface", token: str | None = None, connections: int = 3
) -> Pulled:
    web = Web(hub.endpoint, PATIENCE, token=token)
    return pull(WANTED, web, hub=name, endpoint=hub.endpoint, folder=folder, part=PART, connections=connections)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", HUBS)
def test_a_model_is_pulled_pinned_and_named(hub: Hub, tmp_path: Path, name: HubName) -> None:
    done = pulled(hub, tmp_path, name=name)
    assert done.path.read_bytes() == hub.content
    assert done.fetched == hub.sent["bytes"] == len(hub.content)
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]
    pin = read_pin(done.path)
    assert pin is not None
    assert (pin["sha256"], pin["revision"], pin["licence"]) == (
        hub.sha256,
        REVISION,
        "mit" if name == "huggingface" else "",
    )
    named = read_own_models().models["tiny"]
    assert (named.path, named.sha256) == (done.path.resolve(), hub.sha256)


def test_what_is_here_and_whole_is_left_alone(hub: Hub, tmp_path: Path) -> None:
    pulled(hub, tmp_path)
    before = hub.sent["bytes"]
    assert pulled(hub, tmp_path).fetched == 0
    assert hub.sent["bytes"] == before


@pytest.mark.parametrize("fault", ["drop", "stall", "crawl", "truncate", "busy", "wrong-range"])
def test_faults_that_pass_end_with_the_right_bytes(hub: Hub, tmp_path: Path, fault: Fault) -> None:
    hub.passing = fault
    assert pulled(hub, tmp_path).path.read_bytes() == hub.content
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]
    assert hub.sent["requests"] > -(-len(hub.content) // PART)


def test_no_more_connections_than_said(hub: Hub, tmp_path: Path) -> None:
    class Counting(Web):
        open_now = most = 0
        lock = threading.Lock()

        @contextmanager
        def open(self, url: str, start: int | None = None, end: int | None = None) -> Iterator[Any]:
            with self.lock:
                self.open_now += 1
                self.most = max(self.most, self.open_now)
            try:
                with super().open(url, start, end) as response:
                    yield response
            finally:
                with self.lock:
                    self.open_now -= 1

    hub.faults = lambda number: "slow"
    web = Counting(hub.endpoint, PATIENCE)
    pull(WANTED, web, hub="huggingface", endpoint=hub.endpoint, folder=tmp_path, part=PART, connections=3)
    assert web.most == 3


@pytest.mark.parametrize("fault", ["no-ranges", "short"])
def test_a_server_without_ranges(hub: Hub, tmp_path: Path, fault: Fault) -> None:
    hub.faults = lambda number: fault if number < 5 else "no-ranges"
    assert pulled(hub, tmp_path).path.read_bytes() == hub.content
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("hang", r"the server hangs \(.*\), 3 times in a row$"),
        ("busy", r"the connection fails \(HTTPError: HTTP Error 503: .*\), 3 times in a row$"),
        ("refuse", r"the hub refuses \(HTTP 403\); accept the licence on its page and set HF_TOKEN, or use a mirror$"),
        ("wrong-range", r"bytes \d+-\d+ came for \d+-\d+\), 3 times in a row$"),
        ("longer", r"the file has [\d,]+ bytes, the hub says [\d,]+; try another mirror$"),
        ("short", r"closed 1 bytes early\), 3 times in a row$"),
    ],
)
def test_faults_that_last_end_with_an_error_and_nothing_left(
    hub: Hub, tmp_path: Path, fault: Fault, words: str
) -> None:
    hub.faults = lambda number: fault
    with pytest.raises(DownloadError, match=words):
        pulled(hub, tmp_path)
    assert "tiny" not in read_own_models().models
    assert left(tmp_path) == []


def test_a_server_that_lies_about_the_hash_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.sha256 = "0" * 64
    with pytest.raises(DownloadError, match=r"what came is not the file that the hub describes .* it was removed"):
        pulled(hub, tmp_path)
    assert left(tmp_path) == []


def test_a_byte_changed_on_the_way_leaves_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "corrupt" if number == 1 else "none"
    with pytest.raises(DownloadError, match="what came is not the file"):
        pulled(hub, tmp_path)
    assert left(tmp_path) == []
    hub.faults = lambda number: "none"
    assert pulled(hub, tmp_path).path.read_bytes() == hub.content


def test_a_file_that_is_no_model_leaves_nothing(tmp_path: Path) -> None:
    with (
        serving(Hub(WANTED.repo, WANTED.file, b"<html>log in</html>" * 9999)) as hub,
        pytest.raises(ModelError, match=r"^http://.*tiny\.gguf: not a GGUF file$"),
    ):
        pulled(hub, tmp_path)
    assert left(tmp_path) == []


def test_what_a_download_of_a_file_of_no_catalogue_left_could_not_be_removed(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "none" if number < 3 else "refuse"
    with pytest.raises(DownloadError, match="the same command goes on"):
        pulled(hub, tmp_path, connections=1)
    assert remove_pulled("other", tmp_path) == 0
    assert remove_pulled("tiny", tmp_path) >= 2 * PART
    assert left(tmp_path) == []


def test_an_interrupted_download_goes_on(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "none" if number < 3 else "refuse"
    with pytest.raises(DownloadError, match=r"1,500,000 of [\d,]+ bytes are kept, the same command goes on$"):
        pulled(hub, tmp_path, connections=1)
    assert left(tmp_path) == [".tiny.gguf.part", ".tiny.gguf.parts"]
    hub.faults = lambda number: "none"
    assert pulled(hub, tmp_path).fetched == len(hub.content) - 3 * PART
    assert hub.sent["bytes"] == len(hub.content)
    assert left(tmp_path) == ["tiny.gguf", "tiny.gguf.json"]


def test_a_torn_journal_and_a_damaged_part_cost_only_themselves(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "none" if number < 3 else "refuse"
    with pytest.raises(DownloadError):
        pulled(hub, tmp_path, connections=1)
    folder = tmp_path / "owner--tiny-GGUF"
    journal = folder / ".tiny.gguf.parts"
    journal.write_text(journal.read_text()[:-9], "utf-8")
    first = json.loads(journal.read_text().splitlines()[1])["part"]
    with (folder / ".tiny.gguf.part").open("r+b") as file:
        file.seek(first * PART + 5)
        file.write(b"\0\1\2\3")
    hub.faults = lambda number: "none"
    assert pulled(hub, tmp_path).fetched == len(hub.content) - PART
    assert (folder / "tiny.gguf").read_bytes() == hub.content


def test_of_a_damaged_model_only_the_damaged_part_is_fetched(hub: Hub, tmp_path: Path) -> None:
    path = pulled(hub, tmp_path).path
    with path.open("r+b") as file:
        file.seek(3 * PART + 7)
        file.write(b"damage")
    hub.facts = lambda facts: {}  # the pinned revision is asked for, not the newest
    before = hub.sent["bytes"]
    assert pulled(hub, tmp_path).fetched == PART
    assert hub.sent["bytes"] - before == PART
    assert path.read_bytes() == hub.content


@pytest.mark.parametrize("name", HUBS)
def test_it_is_mended_from_the_mirror_that_is_asked(hub: Hub, tmp_path: Path, name: HubName) -> None:
    path = pulled(hub, tmp_path).path
    with path.open("r+b") as file:
        file.write(b"damage")
    with serving(Hub(WANTED.repo, WANTED.file, hub.content)) as mirror:
        assert pulled(mirror, tmp_path, name=name).fetched == PART
        assert mirror.sent["bytes"] == PART
    assert path.read_bytes() == hub.content


def test_it_is_not_mended_with_another_file(hub: Hub, tmp_path: Path) -> None:
    path = pulled(hub, tmp_path).path
    os.truncate(path, 1000)
    hub.sha256 = "0" * 64
    with pytest.raises(DownloadError, match=r"another file than the one pulled from huggingface; mend it from there"):
        pulled(hub, tmp_path, name="modelscope")
    assert path.stat().st_size == 1000


def test_a_model_cut_short_gets_its_end_back(hub: Hub, tmp_path: Path) -> None:
    path = pulled(hub, tmp_path).path
    os.truncate(path, len(hub.content) - 10)
    assert pulled(hub, tmp_path).fetched == len(hub.content) % PART
    assert path.read_bytes() == hub.content


def test_a_model_whose_pin_is_lost_is_compared_with_the_hub(hub: Hub, tmp_path: Path) -> None:
    path = pulled(hub, tmp_path).path
    path.with_name("tiny.gguf.json").unlink()
    assert pulled(hub, tmp_path).fetched == 0
    assert read_pin(path) is not None


def test_what_huggingface_hub_has_already_is_taken_from_there(hub: Hub, tmp_path: Path) -> None:
    blobs = Path(os.environ["HF_HOME"]) / "hub/models--owner--tiny-GGUF/blobs"
    blobs.mkdir(parents=True)
    (blobs / hub.sha256).write_bytes(hub.content)
    assert pulled(hub, tmp_path).fetched == 0
    assert (hub.sent["bytes"], (blobs / hub.sha256).exists()) == (0, True)


def test_the_token_goes_to_the_hub_and_not_to_its_store(hub: Hub, tmp_path: Path) -> None:
    pulled(hub, tmp_path, token="hf_secret")
    assert {place for place, token in hub.authorized if token == "Bearer hf_secret"} == {"api", "owner"}
    assert {token for place, token in hub.authorized if place == "cdn"} == {None}


def test_two_runs_on_one_file(hub: Hub, tmp_path: Path) -> None:
    hub.faults = lambda number: "stall" if number == 0 else "none"
    slow = threading.Thread(target=lambda: pulled(hub, tmp_path))
    slow.start()
    while not hub.sent["requests"]:
        pass
    with pytest.raises(UsageError, match="is being pulled by another taibao"):
        pulled(hub, tmp_path)
    slow.join()
    assert pulled(hub, tmp_path).fetched == 0


def test_a_name_that_is_taken_is_refused_before_anything_comes(hub: Hub, tmp_path: Path) -> None:
    other = make_tiny_gguf(tmp_path / "other.gguf", seed=2)
    write_own_models(read_own_models().add("tiny", other))
    with pytest.raises(UsageError, match=r"tiny is the name of .*other\.gguf; choose another with --name"):
        pulled(hub, tmp_path)
    assert hub.authorized == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (b"<html>", "the answer is not that of a hub; is there a login page or a proxy in between"),
        (b"[" * 100_000, "the answer is not that of a hub"),
        (b"x" * (9 << 20), "the answer has more than 8,388,608 bytes"),
        ({"siblings": [{"rfilename": "a.gguf"}, {"rfilename": "b.bin"}]}, "has no file tiny.gguf; it has a.gguf$"),
        ({"siblings": "no"}, "it has no GGUF files"),
        ({"siblings": [{"rfilename": "tiny.gguf", "size": -4}]}, "does not tell the size"),
        ({"siblings": [{"rfilename": "tiny.gguf", "size": 4}]}, "does not tell the SHA-256"),
        ({"siblings": [{"rfilename": "tiny.gguf", "size": 4, "lfs": {"sha256": "../x"}}]}, "does not tell the SHA-256"),
        (
            {"sha": "../..", "siblings": [{"rfilename": "tiny.gguf", "size": 4, "lfs": {"sha256": "a" * 64}}]},
            "does not tell the revision",
        ),
        (
            {"sha": "a", "siblings": [{"rfilename": "tiny.gguf", "size": 1 << 42, "lfs": {"sha256": "a" * 64}}]},
            "GB are to come, .* GB are free; make room",
        ),
    ],
)
def test_what_a_hub_says_is_not_trusted(hub: Hub, tmp_path: Path, facts: object, words: str) -> None:
    hub.facts = lambda _: facts
    with pytest.raises(DownloadError, match=words):
        pulled(hub, tmp_path)
    assert left(tmp_path) == []


def test_no_hub_at_all(hub: Hub, tmp_path: Path) -> None:
    hub.endpoint = "http://127.0.0.1:9"
    with pytest.raises(DownloadError, match=r"Connection refused\), 3 times in a row$"):
        pulled(hub, tmp_path)


def test_no_such_host(hub: Hub, tmp_path: Path) -> None:
    hub.endpoint = "http://hub.invalid"
    with pytest.raises(DownloadError, match=r"blobs=true: hub\.invalid is not found \(.*\); are you online\?"):
        pulled(hub, tmp_path)


def test_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert endpoint_of("huggingface") == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://hf-mirror.com/")
    assert endpoint_of("huggingface") == "https://hf-mirror.com"
    assert endpoint_of("huggingface", "http://127.0.0.1:1/x") == "http://127.0.0.1:1/x"
    assert endpoint_of("modelscope") == "https://www.modelscope.cn"
    for wrong in ("ftp://x", "https://user@host", "https://h?q", "file:///etc/passwd"):
        with pytest.raises(UsageError, match="is no address of a hub"):
            endpoint_of("huggingface", wrong)


def test_the_catalogue_states_what_it_must() -> None:
    for name, wanted in catalogue().items():
        assert find_wanted(name) == wanted
        assert find_wanted(f"{wanted.repo}/{wanted.file}").file == wanted.file
        assert wanted.licence
        assert wanted.context >= 32768
        assert re.fullmatch(r"[a-z0-9.-]+", name)


@pytest.mark.parametrize(
    "spec",
    ["nothing", "owner/repo", "owner/repo/../x.gguf", "../a/x.gguf", "owner/repo/x.bin", "o/r/a b.gguf", "o/r/-x.gguf"],
)
def test_what_cannot_be_pulled(spec: str) -> None:
    with pytest.raises(UsageError, match=r"give OWNER/REPOSITORY/FILE\.gguf, or one of qwen3-0\.6b"):
        find_wanted(spec)
    with pytest.raises(TaibaoError, match="is one of several parts"):
        find_wanted("o/r/x-00001-of-00002.gguf")
