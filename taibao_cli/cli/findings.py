"""What can be wrong, or slow, on a machine: facts with what to do about each."""

from __future__ import annotations

import locale
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from taibao_cli.config import answers_file, law_store, state_dir
from taibao_cli.console import is_dumb, is_terminal
from taibao_cli.engine.base import Role
from taibao_cli.engine.memory import available_memory
from taibao_cli.engine.threads import cgroup_quota, default_threads
from taibao_cli.errors import TaibaoError
from taibao_cli.messages.errors import in_words
from taibao_cli.models.files import model_size
from taibao_cli.models.registry import Model, resolve
from taibao_cli.patents.language import Lang

Level = Literal["ok", "hint", "problem"]

_EXTRAS: Final = {
    "documents": "pypdf",
    "http": "httpx",
    "parquet": "pyarrow",
    "train": "torch",
    "xlsx": "openpyxl",
}
"""An extra and a module that it brings."""

_SILENT: Final = ("bert", "nomic-bert", "jina-bert", "modern-bert", "t5encoder", "clip", "mmproj", "wavtokenizer")
"""Architectures of llama.cpp that embed or hear, beginnings of their names."""

_CONVERSATIONS: Final[tuple[tuple[Role, ...], ...]] = (
    ("user",),
    ("system", "user"),
    ("system", "user", "assistant", "user"),
)
"""Roles of the messages that tasks and chats send."""

_ROOM: Final = 1.25
"""Memory that a model needs, in sizes of its file; the KV cache of a short context included."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what is, `advice` what to do; empty when nothing is to be done."""

    level: Level
    zh: str
    en: str
    advice_zh: str = ""
    advice_en: str = ""

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def advice(self, lang: Lang) -> str:
        return self.advice_zh if lang == "zh" else self.advice_en


def findings(model: str | None) -> Iterator[Finding]:
    """All of them, the model first. None of them opens a connection."""
    try:
        found = resolve(model)
    except TaibaoError as error:
        yield Finding("problem", in_words(error, "zh"), str(error))
    else:
        yield from _model(found)
        yield from _template(found)
        yield from _memory(found)
    yield from _threads()
    yield from _processor()
    yield from _terminal()
    yield from _extras()
    yield from _kept()


def _model(model: Model) -> Iterator[Finding]:
    yield Finding("ok", f"模型 {model.label}", f"model {model.label}")
    tokens = "tokenizer.chat_template" in model.metadata
    if not tokens and model.prompt == "full":
        yield Finding(
            "hint",
            "模型没有自己的对话模板",
            "the model has no chat template",
            "用经过指令微调的 GGUF；词表里有 ChatML 标记时按 ChatML 提问",
            "use an instruction-tuned GGUF; one whose vocabulary has the ChatML tokens is prompted so",
        )


def _template(model: Model) -> Iterator[Finding]:
    """Does its template show every message of the conversations that tasks and chats are made of?"""
    from taibao_cli.engine.base import Message
    from taibao_cli.engine.text.template import piece_builder

    architecture = str(model.metadata.get("general.architecture", ""))
    if any(architecture.startswith(name) for name in _SILENT):
        text_zh, text_en = f"{architecture} 不是生成文字的模型", f"{architecture} is no architecture that writes text"
        yield Finding("problem", text_zh, text_en, "用对话模型的 GGUF", "take the GGUF of a chat model")
        return
    template = model.metadata.get("tokenizer.chat_template")
    if not isinstance(template, str):
        return
    try:
        build = piece_builder(template, ("<|im_start|>", "<|im_end|>"))
        for roles in _CONVERSATIONS:
            build([Message(role, "x") for role in roles])
    except TaibaoError as error:
        yield Finding(
            "problem",
            in_words(error, "zh"),
            str(error),
            "换一个带对话模板的 GGUF，或用 taibao convert 重新转换",
            "take a GGUF with a sound template, or convert the model again (taibao convert)",
        )
    else:
        yield Finding("ok", "对话模板完好", "its chat template shows every message of a conversation")


def _memory(model: Model) -> Iterator[Finding]:
    available = available_memory()
    if available is None:
        return
    need, size = _ROOM * model_size(model.path), _size(available)
    fits = need < available
    yield Finding(
        "ok" if fits else "problem",
        f"可用内存 {size}，模型约需 {_size(need)}",
        f"{size} of memory are free, the model takes about {_size(need)}",
        "" if fits else "用更小的量化（taibao convert quantize），或关掉别的程序",
        "" if fits else "take a smaller quantization (taibao convert quantize), or close other programs",
    )


def _size(count: float) -> str:
    """A number of bytes in the unit that suits it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _threads() -> Iterator[Finding]:
    threads, seen = default_threads(), os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else seen
    yield Finding(
        "ok",
        f"计算用 {threads} 个线程（系统报告 {seen} 个处理器，本进程可用 {allowed} 个）",
        f"computing with {threads} threads (the system reports {seen} processors, {allowed} of them for this process)",
    )
    quota = cgroup_quota(Path("/proc"), Path("/sys"))
    if quota is not None and quota < 1:
        yield Finding(
            "hint",
            f"控制组只给 {quota:.2f} 个处理器",
            f"the control group grants {quota:.2f} of a processor",
            "放宽容器的 CPU 限额",
            "raise the container's CPU quota",
        )


def _processor() -> Iterator[Finding]:
    try:
        from taibao_cli.engine.llamacpp.capi.library import build_facts, system_info

        info = system_info()
    except ImportError as error:
        text = f"llama-cpp-python: {error}"
        yield Finding("problem", text, text, "重新安装 llama-cpp-python", "install llama-cpp-python anew")
        return
    used = re.findall(r"(\w+) = 1", info)
    version, on_gpu = build_facts()
    yield Finding("ok", f"llama.cpp 使用 {' '.join(used)}", f"llama.cpp uses {' '.join(used)}")
    yield Finding(
        "ok",
        f"llama-cpp-python {version}，{'' if on_gpu else '未'}编译 GPU 支持",
        f"llama-cpp-python {version}, built {'for a GPU' if on_gpu else 'without a GPU'}",
    )
    yield from _amx()
    missing = sorted(processor_features() & {"AVX2", "AVX512F", "FMA"} - {_plain(name) for name in used})
    if missing:
        yield Finding(
            "hint",
            f"处理器有 {' '.join(missing)}，但 llama.cpp 没有用",
            f"the processor has {' '.join(missing)}, which llama.cpp does not use",
            "在本机重新编译：pip install --force-reinstall --no-binary :all: llama-cpp-python==0.3.36",
            "compile it here: pip install --force-reinstall --no-binary :all: llama-cpp-python==0.3.36",
        )


def _amx() -> Iterator[Finding]:
    from taibao_cli.engine.llamacpp.capi import amx

    if not amx.usable():
        yield Finding(
            "hint",
            "编译 llama.cpp 的编译器弄坏了它的 AMX 内核，因此不用",
            "the compiler of llama.cpp broke its AMX kernels, so they are not used",
            "换一个编译器重新编译（见于 GCC 12），例如 Clang：CC=clang CXX=clang++ pip install --force-reinstall "
            "--no-binary :all: llama-cpp-python==0.3.36",
            "compile it with another compiler (GCC 12 does this), for instance Clang: CC=clang CXX=clang++ pip install "
            "--force-reinstall --no-binary :all: llama-cpp-python==0.3.36",
        )


def _plain(name: str) -> str:
    """llama.cpp says AVX512 where the kernel says avx512f."""
    return "AVX512F" if name == "AVX512" else name


def processor_features(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    """What the processor can, as the kernel of Linux has it, in capitals; empty elsewhere."""
    try:
        found = re.search(r"^flags\s*:(.*)$", cpuinfo.read_text("utf-8", "replace"), re.MULTILINE)
    except OSError:
        return set()
    return {flag.upper() for flag in found[1].split()} if found else set()


def _terminal() -> Iterator[Finding]:
    encoding = locale.getpreferredencoding(False)
    yield Finding(
        "ok",
        f"终端 {os.environ.get('TERM', '无')}，系统编码 {encoding}；太保读写 UTF-8",
        f"terminal {os.environ.get('TERM', 'none')}, system encoding {encoding}; taibao reads and writes UTF-8",
    )
    if is_terminal(sys.stdout) and is_dumb():
        yield Finding(
            "hint",
            "TERM=dumb：会话只显示纯文本",
            "TERM=dumb: the session shows plain lines",
            "换一个终端，或 TERM=xterm-256color",
            "use another terminal, or TERM=xterm-256color",
        )


def _extras() -> Iterator[Finding]:
    missing = [extra for extra, module in _EXTRAS.items() if find_spec(module) is None]
    if missing:
        names = ",".join(missing)
        yield Finding(
            "hint",
            f"未安装的附加功能：{names}",
            f"extras that are not installed: {names}",
            f"需要时：pip install 'taibao[{names}]'",
            f"when you need them: pip install 'taibao[{names}]'",
        )


def _kept() -> Iterator[Finding]:
    """Where contents of the user's are stored, and what removes them."""
    talk = ("会话中 /forget 编号 删除，taibao --private 不保存", "/forget N removes, taibao --private keeps none")
    places: tuple[tuple[Callable[[], Path], tuple[str, str]], ...] = (
        (lambda: state_dir() / "talks.sqlite", talk),
        (
            lambda: state_dir() / "history",
            ("删除文件即可，taibao --private 不保存", "delete the file, taibao --private keeps none"),
        ),
        (lambda: next(state_dir().glob("computed-*.kv"), state_dir() / "computed"), talk),
        (law_store, ("taibao kb rm 删除", "taibao kb rm removes")),
        (answers_file, ("taibao cache clear 删除", "taibao cache clear removes")),
    )
    for place, (zh, en) in places:
        path = place()
        if path.is_file():
            size = f"{path.stat().st_size / 1e3:,.0f} kB"
            yield Finding("ok", f"保存的内容：{path}（{size}；{zh}）", f"kept: {path} ({size}; {en})")
