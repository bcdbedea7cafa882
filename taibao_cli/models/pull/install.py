"""From a wanted model to a file that is whole, checked and named; or to an error and nothing like a model."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import platformdirs

from taibao_cli.errors import DownloadError, ModelError, UsageError
from taibao_cli.models.digest import note_sha256, sha256_of
from taibao_cli.models.files import model_metadata
from taibao_cli.models.own import read_own_models, write_own_models
from taibao_cli.models.pull.catalogue import Wanted, catalogue
from taibao_cli.models.pull.fetch import OnBytes, fetch
from taibao_cli.models.pull.hub import Hub, Remote, address_of, remote_file
from taibao_cli.models.pull.parts import PART, Journal, Plan, numbered, part_hashes
from taibao_cli.models.pull.web import Web

_SPARE: Final = 64 << 20
"""Bytes of the disk that stay free."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """`fetched` bytes came over the network; of a file that was here and whole, none."""

    path: Path
    remote: Remote
    fetched: int


class Places:
    """The files of one model: its own, the pin beside it, and what a download needs under way."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        self.folder = folder / wanted.repo.replace("/", "--")
        self.model = self.folder / wanted.file_name
        self.pin = self.folder / f"{wanted.file_name}.json"
        self.part = self.folder / f".{wanted.file_name}.part"
        self.journal = self.folder / f".{wanted.file_name}.parts"

    def clear(self) -> None:
        """Remove what a download left; the model itself stays."""
        for path in (self.part, self.journal):
            path.unlink(missing_ok=True)


def models_folder() -> Path:
    """Where pulled models lie; not made here."""
    return platformdirs.user_data_path("taibao", appauthor=False) / "models"


def pull(
    wanted: Wanted,
    web: Web,
    *,
    hub: Hub,
    endpoint: str,
    folder: Path,
    connections: int = 4,
    part: int = PART,
    on_start: Callable[[Remote, int], OnBytes] = lambda remote, here: lambda size: None,
) -> Pulled:
    """Fetch a model, check its SHA-256 and its header, give it its name.

    A file that is here and whole is left alone; of one that is damaged, only the parts that differ from what was
    pulled are fetched. Killed anywhere, the next call goes on.

    Args:
        folder: of all pulled models; this one gets a folder of its repository's name in it.
        connections: most of them at a time.
        part: bytes of a part.
        on_start: gets the file and the bytes of it that are here; gives what is told of further bytes.

    Raises:
        DownloadError: the hub or the network; what came stays if it can be used, and the error says so.
        ModelError: what came is no GGUF file, though it is the hub's.
        UsageError: another run pulls the same file, or the name is taken by another file.
    """
    places = Places(folder, wanted)
    _check_name(wanted.name, places.model)
    places.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(places):
        pinned = _read_pin(places)
        if places.model.exists() and pinned and sha256_of(places.model) == pinned[0].sha256:
            _name(wanted.name, places.model, pinned[0].sha256)
            return Pulled(places.model, pinned[0], 0)
        remote = _remote(wanted, pinned[0] if pinned else None, hub, endpoint, web)
        plan = Plan(remote.sha256, remote.size, pinned[1] if pinned else part)
        _check_room(places, remote.size)
        journal = _begin(wanted, places, plan, pinned[2] if pinned else [])
        here = journal.bytes
        _download(remote, places, journal, web, connections, on_start(remote, here))
        _finish(places, remote, plan)
        _name(wanted.name, places.model, remote.sha256)
    return Pulled(places.model, remote, remote.size - here)


def _remote(wanted: Wanted, pinned: Remote | None, hub: Hub, endpoint: str, web: Web) -> Remote:
    """What is to be fetched: the pinned revision, from the address that is asked now, or the newest."""
    if pinned is not None and pinned.hub == hub:
        return replace(pinned, url=address_of(wanted, hub, endpoint, pinned.revision))
    found = remote_file(wanted, hub, endpoint, web)
    if pinned is not None and found.sha256 != pinned.sha256:
        raise DownloadError(
            f"{found.url}: this hub has another file than the one pulled from {pinned.hub}; mend it from there "
            f"(--from {pinned.hub}), or remove it and pull anew"
        )
    return found


def _begin(wanted: Wanted, places: Places, plan: Plan, hashes: list[str]) -> Journal:
    """The journal of what is here: of an earlier download, of a damaged model, which is a download from here on, or of
    a copy that huggingface_hub has. A model of unknown origin is not touched before the new one is whole."""
    journal = Journal(places.journal, plan)
    if places.model.exists() and not hashes and sha256_of(places.model) == plan.sha256:
        hashes = part_hashes(places.model, plan)
    if places.model.exists() and hashes:
        journal.write(numbered(hashes))
        os.replace(places.model, places.part)
    else:
        journal.read()
    if not journal.hashes and (copy := _in_cache(wanted, plan.sha256)):
        shutil.copyfile(copy, places.part)
        journal.write(numbered(part_hashes(copy, plan)))
    journal.keep_whole(places.part)
    return journal


def _in_cache(wanted: Wanted, sha256: str) -> Path | None:
    """The file in the cache of huggingface_hub, which calls it by its hash, if it is there and whole."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    blob = cache / f"models--{wanted.repo.replace('/', '--')}" / "blobs" / sha256
    return blob if blob.is_file() and sha256_of(blob) == sha256 else None


def _download(remote: Remote, places: Places, journal: Journal, web: Web, connections: int, on_bytes: OnBytes) -> None:
    try:
        fetch(remote, places.part, journal, web, connections=connections, on_bytes=on_bytes)
    except DownloadError as error:
        if not journal.hashes:
            places.clear()
            raise
        raise DownloadError(
            f"{error}; {journal.bytes:,} of {remote.size:,} bytes are kept, the same command goes on"
        ) from None
    except OSError as error:
        raise DownloadError(f"{places.part}: {error.strerror or error}") from None


def _finish(places: Places, remote: Remote, plan: Plan) -> None:
    """Check what came; only then it gets its place."""
    size = places.part.stat().st_size
    if size > remote.size:
        os.truncate(places.part, remote.size)
    found = sha256_of(places.part)
    if found != remote.sha256:
        places.clear()
        raise DownloadError(
            f"{remote.url}: what came is not the file that the hub describes (SHA-256 {found[:12]}…, expected "
            f"{remote.sha256[:12]}…); it was removed. Pull again, or from another mirror"
        )
    try:
        model_metadata(places.part)
    except ModelError as error:
        places.clear()
        raise ModelError(str(error).replace(str(places.part), remote.url)) from None
    hashes = part_hashes(places.part, plan)
    os.replace(places.part, places.model)
    _write_pin(places, remote, plan, hashes)
    places.clear()


def _write_pin(places: Places, remote: Remote, plan: Plan, hashes: list[str]) -> None:
    pin = {**asdict(remote), "pulled": date.today().isoformat(), "part": plan.part, "parts": hashes}
    draft = places.pin.with_suffix(".draft")
    draft.write_text(json.dumps(pin, indent=1) + "\n", "utf-8")
    os.replace(draft, places.pin)


def _read_pin(places: Places) -> tuple[Remote, int, list[str]] | None:
    """What was pulled, the bytes of a part and the hash of each; None when nothing was, or the pin is damaged."""
    try:
        pin: dict[str, Any] = json.loads(places.pin.read_bytes())
        fields = {name: pin[name] for name in Remote.__slots__}
        part, hashes = int(pin["part"]), [str(told) for told in pin["parts"]]
        remote = Remote(**fields)
        whole = part > 0 and len(hashes) == Plan(remote.sha256, remote.size, part).count
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (remote, part, hashes) if whole else None


def read_pin(model: Path) -> dict[str, Any] | None:
    """Where a pulled model came from: `url`, `revision`, `licence`, `pulled`; None for a file that was not pulled."""
    try:
        pin = json.loads(model.with_name(f"{model.name}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return pin if isinstance(pin, dict) and pin.get("sha256") else None


def is_pulled(model: Path) -> bool:
    return read_pin(model) is not None


def remove_pulled(model: Path | str, folder: Path) -> int:
    """Remove a pulled model, or what a download left of that name of the catalogue or of that file; return the bytes
    freed."""
    if isinstance(model, Path):
        freed = [model, model.with_name(f"{model.name}.json")]
    else:
        file = catalogue()[model].file_name if model in catalogue() else f"{model}.gguf"
        left = (f".{file}.part", f".{file}.parts")
        freed = [path for path in folder.glob("*/.*") if path.name in left]
    there = [path for path in freed if path.is_file()]
    size = sum(path.stat().st_size for path in there)
    for path in there:
        path.unlink()
    return size


def _check_room(places: Places, size: int) -> None:
    """Before anything is fetched: what an earlier download wrote takes room already."""
    size -= sum(path.stat().st_blocks * 512 for path in (places.part, places.model) if path.is_file())
    free = shutil.disk_usage(places.folder).free
    if size + _SPARE > free:
        raise DownloadError(
            f"{places.folder}: {size / 1e9:,.1f} GB are to come, {free / 1e9:,.1f} GB are free; make room"
        )


def _check_name(name: str, model: Path) -> None:
    """Before anything is fetched: can the model have that name?"""
    own = read_own_models()
    if name in own.models and own.models[name].path != model.resolve():
        raise UsageError(f"{name} is the name of {own.models[name].path}; choose another with --name, or remove that")


def _name(name: str, model: Path, sha256: str) -> None:
    note_sha256(model.resolve(), sha256)
    own = read_own_models()
    if name not in own.models:
        write_own_models(own.add(name, model))


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """One run at a time on one file; the kernel gives the lock back however the process ends."""
    import fcntl

    lock = places.folder / f".{places.model.name}.lock"
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.fstat(file.fileno()).st_nlink:  # the other one has just ended, and removed it
                raise BlockingIOError
        except OSError:
            raise UsageError(f"{places.model} is being pulled by another taibao; wait for it") from None
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
