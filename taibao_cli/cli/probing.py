"""`taibao doctor --probe`: a model answers for a few seconds; how fast, and without a connection."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final

from taibao_cli.cli.findings import Finding
from taibao_cli.engine.base import Engine, Message, Request
from taibao_cli.engine.load import is_fake, load_engine
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import TaibaoError
from taibao_cli.messages.errors import in_words
from taibao_cli.models.registry import Model

SECONDS: Final = 5.0
"""Longest answer of the probe."""

_TEXT: Final = "本发明公开一种泵，包括壳体、叶轮和滤网，所述叶轮设于所述壳体内。" * 20
_SLOW: Final = 5.0
"""Tokens a second below which people wait."""
_SLOW_ADVICE: Final = (
    "换小一些的模型或量化；x86 处理器可试 OpenVINO（taibao convert openvino），taibao bench 作比较",
    "take a smaller model or quantization; on x86 try OpenVINO (taibao convert openvino); taibao bench compares",
)
_FASTER: Final = (
    "x86 处理器上 OpenVINO 批处理更快：taibao convert openvino，再用 taibao bench --openvino 比较",
    "on x86 OpenVINO is faster with many rows: taibao convert openvino, then compare with taibao bench --openvino",
)
_BUSY: Final = (
    "批处理：本机正忙，测得的速度没有记下",
    "batches: the machine is busy with other work; the speeds measured now are not kept",
)
_TELLING: Final = 8
"""Tokens from which an answer tells a speed."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds to load and to the first piece; tokens a second of the prompt, and of the answer after that (None where
    it was too short to tell)."""

    load: float
    first: float
    prompt: float
    answer: float | None


def probe(model: Model) -> Iterator[Finding]:
    """What was measured, and what was seen of the network meanwhile."""
    watch = _Watch()
    try:
        speed = measure(model)
    except TaibaoError as error:
        yield Finding("problem", in_words(error, "zh"), str(error))
        return
    slow = speed.answer is not None and speed.answer < _SLOW
    zh = f"测速：载入 {speed.load:.1f} 秒，首词 {speed.first:.1f} 秒，每秒读 {speed.prompt:.0f} 个词元"
    en = f"probe: loaded in {speed.load:.1f} s, first word after {speed.first:.1f} s, {speed.prompt:.0f} tokens/s read"
    if speed.answer is not None:
        zh, en = f"{zh}、写 {speed.answer:.1f} 个", f"{en}, {speed.answer:.1f} written"
    yield Finding("hint", zh, en, *_SLOW_ADVICE) if slow else Finding("ok", zh, en)
    yield from watch.findings()
    if model.path.is_file() and not is_fake():
        yield _recommended(model)


def _recommended(model: Model) -> Finding:
    """How `taibao batch` computes with a GGUF file here, measured where that is not known, and what may be faster."""
    from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
    from taibao_cli.engine.llamacpp.probe import remembered_speeds

    threads = default_threads()
    engine = LlamaCppEngine(model.path, threads=threads, width=None)
    engine.close()
    speeds = remembered_speeds(model.path, threads)
    if speeds is None:
        return Finding("hint", *_BUSY)
    rate = speeds.widths[engine.width]
    zh = f"批处理：一次 {engine.width} 行，每秒写 {rate:.0f} 个词元（{engine.tuning}）"
    en = f"batches: {engine.width} rows at a time, {rate:.0f} tokens/s written ({engine.tuning})"
    return Finding("ok", zh, en, *(_FASTER if platform.machine() in ("x86_64", "AMD64") else ()))


def measure(model: Model) -> Speed:
    """Load the model and let it answer for at most `SECONDS`."""
    begun = time.monotonic()
    engine = load_engine(model, width=1)
    try:
        loaded = time.monotonic()
        return _measured(engine, loaded - begun)
    finally:
        engine.close()


def _measured(engine: Engine, load: float) -> Speed:
    text = _TEXT[: engine.context // 8]
    request = Request("probe", (Message("user", text),), max(1, min(64, engine.context // 4)))
    begun, first = time.monotonic(), 0.0

    def emit(_piece: str) -> None:
        nonlocal first
        first = first or time.monotonic() - begun

    timer = Timer(SECONDS, engine.cancel)
    timer.start()
    try:
        result = engine.stream(request, emit)
    finally:
        timer.cancel()
    if result.error is not None:
        raise result.error
    seconds = time.monotonic() - begun
    first = first or seconds
    read, written = result.usage.prompt - result.usage.cached, result.usage.completion - 1
    told = written / (seconds - first) if written >= _TELLING and seconds > first else None
    return Speed(load, first, read / first if first else 0.0, told)


class _Watch:
    """Counts what Python code asks of the network from here on, and the sockets that the process holds (Linux)."""

    def __init__(self) -> None:
        self._asked: list[str] = []
        self._before = _sockets()
        sys.addaudithook(self._heard)

    def _heard(self, event: str, _arguments: object) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
            self._asked.append(event)

    def findings(self) -> Iterator[Finding]:
        opened = _sockets() - self._before
        if self._asked or opened > 0:
            events = ", ".join(sorted(set(self._asked))) or f"{opened} sockets"
            yield Finding("problem", f"回答时用到了网络：{events}", f"the network was used while answering: {events}")
            return
        yield Finding(
            "ok",
            "离线：载入模型并回答期间没有打开任何网络连接",
            "offline: no connection was opened while the model was loaded and answered",
        )


def _sockets() -> int:
    """Sockets among the files that this process holds; 0 where the system does not tell."""
    try:
        held = [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    except OSError:
        return 0
    return sum(target.startswith("socket:") for target in held)
