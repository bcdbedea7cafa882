"""What the commands say on stderr, in Chinese and English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.language import Lang

TABLE: Final[Mapping[str, Mapping[Lang, str]]] = {
    "already-complete": {
        "zh": "{path} 早已完成：{rows} 行，未作改动",
        "en": "{path} is already complete: {rows} rows; nothing was changed",
    },
    "already-exists": {
        "zh": "{path} 已存在；换一个 -o，或加 --overwrite 覆盖",
        "en": "{path} exists already; choose another -o, or overwrite it with --overwrite",
    },
    "did-you-mean": {
        "zh": "没有命令 {word}；是不是想用 {guess}？",
        "en": "no command {word}; did you mean {guess}?",
    },
    "dry-run": {
        "zh": "试运行：{rows} 行，提示共 {tokens} 个词元，{errors} 行会出错；什么也没有写",
        "en": "dry run: {rows} rows, {tokens} prompt tokens, {errors} rows would fail; nothing was written",
    },
    "files-and-text": {
        "zh": "给出文件，或从管道输入文字（例如 cat claim.txt | taibao {command}）",
        "en": "give a FILE, or pipe text in (for example: cat claim.txt | taibao {command})",
    },
    "goes-on": {
        "zh": "{path}：沿用上次运行已得到的 {rows} 个答案，继续",
        "en": "{path}: going on with the {rows} answers of the interrupted run",
    },
    "guessed": {
        "zh": "{where}：按 {encoding} 编码读取；如不对，用 --encoding 指定",
        "en": "{where}: read as {encoding}; if that is wrong, give --encoding",
    },
    "interrupted": {
        "zh": "已中断：{rows} 个答案已保存，用同一命令（不加 --overwrite、--no-resume）继续",
        "en": "interrupted: {rows} answers are kept; the same command goes on (without --overwrite, --no-resume)",
    },
    "interrupted-stdout": {"zh": "已中断：{rows} 行完成", "en": "interrupted: {rows} rows finished"},
    "kept": {
        "zh": "{rows} 个答案已保存，用同一命令（不加 --overwrite、--no-resume）继续",
        "en": "{rows} answers are kept; the same command goes on (without --overwrite, --no-resume)",
    },
    "no-rows": {"zh": "{where}：没有数据行", "en": "{where}: no rows"},
    "no-text": {"zh": "{where}：没有文字", "en": "{where}: no text"},
    "options-after": {
        "zh": "选项写在命令之后：taibao {command} … --model FILE",
        "en": "options of a command come after it: taibao {command} … --model FILE",
    },
    "part-exists": {
        "zh": "{path} 是一次中断的运行留下的；先移走，或加 --overwrite 覆盖",
        "en": "{path} was left by an interrupted run; move it away, or overwrite it with --overwrite",
    },
    "progress": {"zh": "处理中", "en": "working"},
    "server": {
        "zh": "文本发往 {address}（模型 {model}）",
        "en": "texts go to {address} (model {model})",
    },
    "session-full": {
        "zh": "对话已占满模型的上下文；用 /clear 重新开始",
        "en": "the conversation fills the context of the model; /clear starts anew",
    },
    "session-hello": {
        "zh": "太保 {version} · {model} · /help 看命令，Ctrl-D 退出",
        "en": "taibao {version} · {model} · /help lists commands, Ctrl-D leaves",
    },
    "session-help": {
        "zh": "直接输入即对话；{commands} 后接文字；/clear 重新开始；/exit 退出",
        "en": "type to chat; {commands} take a text; /clear starts anew; /exit leaves",
    },
    "session-cleared": {"zh": "对话已清空", "en": "the conversation starts anew"},
    "session-needs-text": {"zh": "{command} 后面要有文字", "en": "{command} needs a text after it"},
    "session-stopped": {"zh": "（已停止）", "en": "(stopped)"},
    "session-unknown": {"zh": "没有命令 {command}；/help 看命令", "en": "no command {command}; /help lists them"},
    "summary": {
        "zh": "{rows} 行，{failed} 行失败，{seconds:.1f} 秒",
        "en": "{rows} rows, {failed} failed, {seconds:.1f} s",
    },
    "too-many-errors": {
        "zh": "{rows} 行中有 {errors} 行出错，按 --max-errors 停止",
        "en": "stopped by --max-errors: {errors} of {rows} rows have errors",
    },
    "unexpected": {
        "zh": "意外错误 {error}；在命令前加 --debug 看详细信息",
        "en": "unexpected {error}; run taibao --debug … for the traceback",
    },
}


def locale_language(environ: Mapping[str, str] = os.environ) -> Lang:
    """Chinese when the locale for messages says so, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def say(key: str, lang: Lang, **values: object) -> str:
    """The message of that key."""
    return TABLE[key][lang].format(**values)
