"""What a hub says of a file: its size, hash, revision and licence, and where its bytes are.

Hugging Face: `GET /api/models/REPO?blobs=true` (what `HfApi.model_info(files_metadata=True)` asks) and
`/REPO/resolve/REVISION/FILE`; the environment variables are huggingface_hub's: HF_ENDPOINT for a mirror, HF_TOKEN.
ModelScope: `GET /api/v1/models/REPO/repo/files?Revision=master&Recursive=true` and
`/models/REPO/resolve/REVISION/FILE`; MODELSCOPE_DOMAIN. Proxies are those of http_proxy, https_proxy and no_proxy.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from taibao_cli.errors import DownloadError, UsageError
from taibao_cli.models.pull.catalogue import Wanted
from taibao_cli.models.pull.web import Web

Hub = Literal["huggingface", "modelscope"]
HUBS: Final[tuple[Hub, ...]] = ("huggingface", "modelscope")

_LONGEST: Final = 8 << 20
"""Bytes of an answer about a repository."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_REVISION: Final = re.compile(r"[\w.-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Remote:
    """One file at one revision. `size` in bytes, `sha256` as hex."""

    hub: Hub
    url: str
    size: int
    sha256: str
    revision: str
    licence: str


def endpoint_of(hub: Hub, given: str | None = None) -> str:
    """The address of a hub: the given one, else that of the environment, else the public one.

    Raises:
        UsageError: not an address of http or https.
    """
    if hub == "huggingface":
        address = given or os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    else:
        address = given or f"https://{os.environ.get('MODELSCOPE_DOMAIN') or 'www.modelscope.cn'}"
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", address):
        raise UsageError(f"{address!r} is no address of a hub; give one such as https://hf-mirror.com")
    return address.rstrip("/")


def address_of(wanted: Wanted, hub: Hub, endpoint: str, revision: str) -> str:
    """Where the bytes of a file are."""
    repo = wanted.repo if hub == "huggingface" else f"models/{wanted.repo}"
    return f"{endpoint}/{repo}/resolve/{revision}/{quote(wanted.file)}"


def remote_file(wanted: Wanted, hub: Hub, endpoint: str, web: Web) -> Remote:
    """Ask a hub about a file.

    Raises:
        DownloadError: it cannot be reached, has no such file, or does not tell size and SHA-256.
    """
    asked = _huggingface if hub == "huggingface" else _modelscope
    return asked(wanted, endpoint, web)


def _huggingface(wanted: Wanted, endpoint: str, web: Web) -> Remote:
    facts = _json(web, f"{endpoint}/api/models/{wanted.repo}?blobs=true")
    files = {entry.get("rfilename"): entry for entry in _dicts(facts.get("siblings"))}
    entry = _entry(files, wanted, endpoint)
    lfs = entry.get("lfs")
    card = facts.get("cardData")
    return _checked(
        wanted,
        endpoint,
        hub="huggingface",
        size=entry.get("size"),
        sha256=lfs.get("sha256") if isinstance(lfs, dict) else None,
        revision=facts.get("sha"),
        licence=card.get("license") if isinstance(card, dict) else None,
    )


def _modelscope(wanted: Wanted, endpoint: str, web: Web) -> Remote:
    facts = _json(web, f"{endpoint}/api/v1/models/{wanted.repo}/repo/files?Revision=master&Recursive=true")
    data = facts.get("Data")
    files = {entry.get("Path"): entry for entry in _dicts(data.get("Files") if isinstance(data, dict) else None)}
    entry = _entry(files, wanted, endpoint)
    return _checked(
        wanted,
        endpoint,
        hub="modelscope",
        size=entry.get("Size"),
        sha256=entry.get("Sha256"),
        revision=entry.get("Revision") or "master",
        licence=None,
    )


def _entry(files: dict[Any, dict[str, Any]], wanted: Wanted, endpoint: str) -> dict[str, Any]:
    if wanted.file in files:
        return files[wanted.file]
    names = sorted(str(name) for name in files if str(name).endswith(".gguf"))
    there = f"it has {', '.join(names[:8])}" if names else "it has no GGUF files"
    raise DownloadError(f"{endpoint}: {wanted.repo} has no file {wanted.file}; {there}")


def _checked(wanted: Wanted, endpoint: str, *, hub: Hub, size: Any, sha256: Any, revision: Any, licence: Any) -> Remote:
    """Nothing of what a hub says is used before it looks as it must."""
    place = f"{endpoint}: {wanted.repo}/{wanted.file}"
    if not isinstance(size, int) or not 0 < size < 1 << 43:
        raise DownloadError(f"{place}: the hub does not tell the size of the file")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise DownloadError(f"{place}: the hub does not tell the SHA-256 of the file, so it could not be checked")
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise DownloadError(f"{place}: the hub does not tell the revision")
    told = licence if isinstance(licence, str) else ""
    return Remote(hub, address_of(wanted, hub, endpoint, revision), size, sha256, revision, told)


def _json(web: Web, url: str) -> dict[str, Any]:
    body = web.read(url, _LONGEST)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DownloadError(f"{url}: the answer is not that of a hub; is there a login page or a proxy in between?")
    return found


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
