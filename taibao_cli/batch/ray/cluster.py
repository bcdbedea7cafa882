"""A Ray cluster, joined or started here, and the room that its machines have for engines."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import MissingExtraError, TaibaoError, UsageError

AUTO: Final = "auto"
LOCAL: Final = "local"
LOOPBACK: Final = "127.0.0.1"

_STORE_BYTES: Final = 100_000_000
"""Shared memory of a cluster started here; requests and answers are small and hardly use it."""

_CONNECT_SECONDS: Final = 5.0

_PACKAGES: Final = Path(__file__).parents[3]
"""The folder that has `taibao_cli`."""


@dataclass(frozen=True)
class Place:
    """What one engine gets of a machine; below 1 it shares a processor or a GPU with others."""

    node: str
    address: str
    cpus: float
    gpus: float


def ray_module() -> Any:
    """Ray itself.

    Raises:
        MissingExtraError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported
    try:
        return importlib.import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise MissingExtraError("ray", "ray") from None


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be part of a cluster while the block runs.

    Args:
        address: `host:port` of a cluster that this machine is part of; `local`: one is started, reachable from this
            machine only, and ends with the block; `auto`: the one that is running here, else as `local`.

    Raises:
        UsageError: an address that only Ray's client takes, or none.
        TaibaoError: no cluster answers there.
        MissingExtraError: Ray is not installed.
    """
    if "://" in address:
        raise UsageError(f"--ray {address}: run taibao on a machine of the cluster and give auto or HOST:PORT")
    ray = ray_module()
    driver: Any = importlib.import_module("ray._private.worker")
    driver._worker_logs_enabled = False  # `RayEngine` tells of losses in one line
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with redirect_stdout(sys.stderr):  # Ray prints to where answers go
            with _from(_PACKAGES):
                _join(ray, address)
            signal.signal(signal.SIGTERM, handler)  # Ray has put its own there
            yield
    finally:
        ray.shutdown()


def _join(ray: Any, address: str) -> None:
    options = {"log_to_driver": False, "logging_level": logging.ERROR}
    found = _find(address)
    if found is None:
        _start_here(ray, options)
        return
    try:
        ray.init(address=address, **options)
    except Exception as error:  # of several kinds, by version
        raise TaibaoError(
            f"the Ray cluster at {found} cannot be joined: {first_line(error)}; if it asks for a token, set "
            "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH"
        ) from None


def _find(address: str) -> str | None:
    """Host and port of the cluster to join; None where one is to be started. Asked for a connection first, because Ray
    tries a dead address for minutes."""
    if address == LOCAL:
        return None
    services: Any = importlib.import_module("ray._private.services")
    try:
        found: str | None = services.canonicalize_bootstrap_address(address)
    except ValueError:
        raise UsageError(f"--ray {address}: give auto, local or HOST:PORT") from None
    except ConnectionError:  # `auto`, and there is none
        return None
    if found is None:
        return None
    host, _, port = found.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        if address == AUTO and "RAY_ADDRESS" not in os.environ:
            return None  # of a cluster that is no more
        raise TaibaoError(f"no Ray cluster at {found}: {first_line(error)}") from None
    return found


def _start_here(ray: Any, options: Mapping[str, Any]) -> None:
    """A cluster of this machine that nobody else can reach: only if Ray takes itself for unable to have another
    machine does it leave the network alone.

    Raises:
        TaibaoError: it does not.
    """
    constants: Any = importlib.import_module("ray._private.ray_constants")
    before = getattr(constants, "ENABLE_RAY_CLUSTER", True)
    constants.ENABLE_RAY_CLUSTER = False
    try:
        ray.init(address=LOCAL, include_dashboard=False, object_store_memory=_STORE_BYTES, **options)
    finally:
        constants.ENABLE_RAY_CLUSTER = before
    if any(node["NodeManagerAddress"] != LOOPBACK for node in ray.nodes()):
        raise TaibaoError(
            "this version of Ray lets other machines in; start a cluster yourself (ray start --head) and give its "
            "address"
        )


def places(nodes: Sequence[Mapping[str, Any]], per_machine: int | None = None) -> list[Place]:
    """Room for engines: on each machine `per_machine` of them, by default one for each GPU, or one where there is none.

    Args:
        nodes: as `ray.nodes()` has them; those that are dead or offer no processor get none.
        per_machine: engines that share a machine's processors and GPUs evenly.
    """
    found = []
    for node in nodes:
        resources = node["Resources"]
        cpus, gpus = float(resources.get("CPU", 0)), float(resources.get("GPU", 0))
        if not node["Alive"] or cpus <= 0:
            continue
        count = per_machine or max(1, int(gpus))
        share = Place(node["NodeID"], node["NodeManagerAddress"], _whole(cpus / count), _whole(gpus / count))
        found += [share] * count
    return found


def _whole(share: float) -> float:
    """Ray gives whole processors and GPUs, or a part of one."""
    return float(int(share)) if share >= 1 else share


def first_line(error: object) -> str:
    """The first line of what an error says, not too long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


@contextmanager
def _from(folder: Path) -> Iterator[None]:
    """Be in a folder for a moment. Ray's workers look for modules where their driver was when it joined: that must be
    where this package is, and never a folder that happens to hold somebody's `json.py`."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
