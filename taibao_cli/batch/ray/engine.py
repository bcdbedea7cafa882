"""Many engines on a cluster as one: requests go to the worker with most room, and to another when one is lost.

This side holds every request until its answer is here, so a worker, a machine or the network between may fail at any
moment: what was asked of it is asked again. Machines that join the cluster while the run is on get engines too. For the
journal and the order answers come here one by one; Ray Data would hand over blocks of them, when the last is there.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from taibao_cli.batch.ray.cluster import Place, first_line, places, ray_module
from taibao_cli.batch.ray.worker import Plan, Worker
from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.hosted.wire import request_to_json, result_from_json
from taibao_cli.errors import ModelError, RowError

LOOK_SECONDS: Final = 5.0
"""Between two looks for machines without an engine."""

MOST_DEATHS: Final = 3
"""So many workers may die with a request, then it gets an error; and so many at a place without an answer between."""

_AHEAD: Final = 3
"""Requests in flight for each that a worker computes at a time, so that it always finds enough of them."""

_PATIENCE: Final = 30.0
"""Seconds to wait for all engines at the start; those that take longer join later."""


@dataclass(eq=False)
class Member:
    """A worker at its place; `room` is for so many requests more, none before its engine is made."""

    place: Place
    actor: Any
    width: int = 0
    threads: int = 0
    flying: int = 0

    @property
    def room(self) -> int:
        return _AHEAD * self.width - self.flying


@dataclass(frozen=True)
class _Asked:
    request: Request
    member: Member


class RayEngine:
    """`Runs` on a cluster that this process has joined."""

    def __init__(
        self,
        plan: Plan,
        *,
        per_machine: int | None = None,
        on_loss: Callable[[str, str], None] = lambda address, why: None,
        on_death: Callable[[str], None] = lambda reason: None,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the engines, one for each place, and wait for them.

        Args:
            plan: what to make.
            per_machine: see `places`.
            on_loss: told the address and why, when a machine gives no engine, or a worker is lost.
            on_death: told why an engine died whose worker made another.
            on_wait: told when the cluster has had no processors free for some time.

        Raises:
            ModelError: no machine could make one.
        """
        self._ray = ray_module()
        self._plan, self._per_machine = plan, per_machine
        self._on_loss, self._on_death = on_loss, on_death
        self._members: list[Member] = []
        self._lost: Counter[Place] = Counter()
        self._inbox: SimpleQueue[tuple[Member, str | None, Any]] = SimpleQueue()
        """What came of a call: of `open` without a key, of `answer` with that of its request."""
        self._flying: dict[str, _Asked] = {}
        self._again: deque[Request] = deque()
        self._results: deque[Result] = deque()
        self._deaths: Counter[str] = Counter()
        self._why = "none offers processors"
        self._look()
        self._wait_for_engines(on_wait)

    @property
    def width(self) -> int:
        """Requests that are computed at a time, on all machines."""
        return sum(member.width for member in self._members)

    @property
    def engines(self) -> list[tuple[str, int, int]]:
        """Address, threads and width of each."""
        return [(member.place.address, member.threads, member.width) for member in self._members if member.width]

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        source = iter(requests)
        try:
            while True:
                while (member := self._with_room()) and (request := self._next(source)):
                    self._ask(member, request)
                if not self._flying and not self._again:
                    return
                self._next_event(LOOK_SECONDS)
                while self._results:
                    yield self._results.popleft()
                if time.monotonic() - self._looked > LOOK_SECONDS:
                    self._look()
                self._fail_if_alone()
        finally:
            self._flying.clear()  # what still comes belongs to nobody
            self._again.clear()
            self._results.clear()

    def _next(self, source: Iterator[Request | None]) -> Request | None:
        return self._again.popleft() if self._again else next(source, None)

    def close(self) -> None:
        for member in self._members:
            self._kill(member)
        self._members.clear()

    def _with_room(self) -> Member | None:
        member = max(self._members, key=lambda member: member.room, default=None)
        return member if member is not None and member.room > 0 else None

    def _ask(self, member: Member, request: Request) -> None:
        member.flying += 1
        self._flying[request.key] = _Asked(request, member)
        self._call(member, request.key, member.actor.answer.remote(request_to_json(request)))

    def _call(self, member: Member, key: str | None, reference: Any) -> None:
        reference.future().add_done_callback(lambda future: self._inbox.put((member, key, future)))

    def _wait_for_engines(self, on_wait: Callable[[], None]) -> None:
        end = time.monotonic() + _PATIENCE
        while any(not member.width for member in self._members):
            if time.monotonic() > end:
                if self.width:
                    return
                on_wait()
                end = math.inf
            self._next_event(1.0)
        self._fail_if_alone()

    def _next_event(self, seconds: float) -> None:
        """Wait for what comes of a call, and deal with it."""
        try:
            member, key, future = self._inbox.get(timeout=seconds)
        except Empty:
            return
        try:
            found = future.result()
        except Exception as error:  # of Ray: the worker or its machine is lost; of the worker: its engine is
            self._bury(member, first_line(getattr(error, "cause", None) or error))
            return
        if member not in self._members:
            return
        if key is None:
            self._opened(member, found)
        else:
            self._answered(member, key, found)

    def _opened(self, member: Member, found: dict[str, Any]) -> None:
        if "refused" in found:
            self._lost[member.place] = MOST_DEATHS
            self._bury(member, found["refused"])
        else:
            member.width, member.threads = found["width"], found["threads"]

    def _answered(self, member: Member, key: str, found: dict[str, Any]) -> None:
        member.flying -= 1
        self._lost[member.place] = 0
        for reason in found["died"]:
            self._on_death(f"{member.place.address}: {reason}")
        if key in self._flying and self._flying[key].member is member:
            del self._flying[key]
            self._deaths.pop(key, None)
            self._results.append(result_from_json(found["result"]))

    def _bury(self, member: Member, why: str) -> None:
        """Let go of a worker; what it had is asked again, of others."""
        if member not in self._members:
            return
        self._members.remove(member)
        self._kill(member)
        self._lost[member.place] += 1
        self._why = f"{member.place.address}: {why}"
        self._on_loss(member.place.address, why)
        self._looked = -math.inf
        for key in [key for key, asked in self._flying.items() if asked.member is member]:
            request = self._flying.pop(key).request
            self._deaths[key] += 1
            if self._deaths[key] < MOST_DEATHS:
                self._again.append(request)
            else:
                error = RowError("engine", f"{MOST_DEATHS} workers were lost with this row ({why})", retryable=True)
                self._results.append(Result(key, "", "error", error=error))

    def _kill(self, member: Member) -> None:
        with suppress(Exception):  # it is dead, or out of reach
            self._ray.kill(member.actor)

    def _look(self) -> None:
        """Start a worker wherever there is a place without one."""
        self._looked = time.monotonic()
        taken = Counter(member.place for member in self._members)
        for place in places(self._ray.nodes(), self._per_machine):
            if taken[place] > 0:
                taken[place] -= 1
            elif self._lost[place] < MOST_DEATHS:
                self._start(place)

    def _start(self, place: Place) -> None:
        strategy = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(place.node, soft=False)
        actor = (
            self._ray.remote(Worker)
            .options(num_cpus=place.cpus, num_gpus=place.gpus, scheduling_strategy=strategy, max_concurrency=4096)
            .remote()
        )
        member = Member(place, actor)
        self._members.append(member)
        self._call(member, None, actor.open.remote(self._plan, place.cpus, place.gpus))

    def _fail_if_alone(self) -> None:
        """Nobody is there to compute, and nobody is to come.

        Raises:
            ModelError: the last reason.
        """
        if not self._members:
            raise ModelError(f"no machine of the cluster has an engine: {self._why}")
