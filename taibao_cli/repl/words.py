"""What the session says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.language import Lang

TABLE: Final[Mapping[str, Mapping[Lang, str]]] = {
    "again-ctrl-c": {"zh": "按 Ctrl-D 退出", "en": "Ctrl-D leaves"},
    "cleared": {"zh": "开始新的对话", "en": "a new conversation begins"},
    "continued": {"zh": "接着上次：{title}（{turns} 条）", "en": "going on: {title} ({turns} messages)"},
    "copied": {"zh": "已复制 {size} 个字符", "en": "copied {size} characters"},
    "continue": {"zh": "请继续。", "en": "Please continue."},
    "did-you-mean": {"zh": "没有命令 {word}；是不是 {guess}？", "en": "no command {word}; did you mean {guess}?"},
    "dropped": {
        "zh": "最早的 {count} 条不再发给模型（仍在保存的对话里）",
        "en": "the first {count} messages are no longer sent to the model (they stay in the kept conversation)",
    },
    "document": {"zh": "{name}：{parts}", "en": "{name}: {parts}"},
    "document-closed": {"zh": "已关闭文件", "en": "the document is closed"},
    "exists": {"zh": "{path} 已存在；换一个名字", "en": "{path} exists already; choose another name"},
    "expects": {"zh": "用法：{usage}", "en": "usage: {usage}"},
    "forgotten": {"zh": "已删除对话 {number}", "en": "conversation {number} is gone"},
    "full": {
        "zh": "对话已超出模型的上下文；/drop 略去最早的，/clear 重新开始",
        "en": "the conversation exceeds the model's context; /drop leaves out the oldest, /clear starts anew",
    },
    "hello": {
        "zh": "太保 {version} · {model} · /help 看命令，Ctrl-D 退出",
        "en": "taibao {version} · {model} · /help lists commands, Ctrl-D leaves",
    },
    "forked": {"zh": "另起一份对话，原来的不变", "en": "a copy of the conversation; the original stays as it is"},
    "keys": {
        "zh": "Enter 发送，Alt-Enter 或 Ctrl-J 换行，@文件 插入文件内容，Ctrl-R 查历史，Ctrl-X Ctrl-E 打开编辑器",
        "en": "Enter sends, Alt-Enter or Ctrl-J breaks the line, @FILE inserts a file, Ctrl-R searches, "
        "Ctrl-X Ctrl-E opens the editor",
    },
    "language": {"zh": "界面语言：中文", "en": "messages are in English"},
    "model-is": {"zh": "模型：{model}", "en": "model: {model}"},
    "nearly-full": {
        "zh": "上下文已用 {percent}%；/drop 略去最早的，/clear 重新开始",
        "en": "{percent} % of the context is used; /drop leaves out the oldest, /clear starts anew",
    },
    "needs-answer": {"zh": "还没有回答", "en": "there is no answer yet"},
    "needs-document": {"zh": "先用 /doc 文件 打开一份文件", "en": "open a document with /doc FILE first"},
    "needs-talk": {"zh": "还没有对话", "en": "there is no conversation yet"},
    "needs-two": {"zh": "用空行或 ||| 隔开两段文本", "en": "give two texts, with a blank line or ||| between them"},
    "no-claims": {"zh": "没有找到权利要求；按 1.、2. 编号", "en": "no claims found; number them 1., 2., …"},
    "no-difference": {"zh": "没有两个可比较的回答；先用 /regen", "en": "no two answers to compare; /regen first"},
    "no-talks": {"zh": "没有保存的对话", "en": "no conversations"},
    "no-such-talk": {"zh": "没有对话 {number}", "en": "there is no conversation {number}"},
    "pasted": {"zh": "[粘贴 {size} 字 #{number}]", "en": "[pasted {size} characters #{number}]"},
    "private-off": {"zh": "恢复保存对话", "en": "conversations are kept again"},
    "private-on": {
        "zh": "不再保存：此后的对话只在内存里",
        "en": "nothing is kept: from here on the conversation lives in memory alone",
    },
    "raw-off": {"zh": "显示 Markdown 和表格", "en": "Markdown and tables are shown"},
    "raw-on": {"zh": "按原样显示", "en": "answers are shown raw"},
    "setting": {"zh": "{name} = {value}", "en": "{name} = {value}"},
    "stats": {
        "zh": "提示 {prompt} 词元（缓存 {cached}），回答 {completion}，首词 {first:.2f} 秒，{rate:.1f} 词元/秒",
        "en": "prompt {prompt} tokens ({cached} cached), answer {completion}, first after {first:.2f} s, "
        "{rate:.1f} tokens/s",
    },
    "stopped": {"zh": "（已停止）", "en": "(stopped)"},
    "system-is": {"zh": "系统提示：{text}", "en": "system prompt: {text}"},
    "system-none": {"zh": "没有自己的系统提示", "en": "no system prompt of your own"},
    "tokens": {"zh": "{used} / {context} 词元（{percent}%）", "en": "{used} of {context} tokens ({percent} %)"},
    "unknown": {"zh": "没有命令 {word}；/help 看命令", "en": "no command {word}; /help lists them"},
    "written": {"zh": "已写入 {path}", "en": "wrote {path}"},
    "wrong-value": {"zh": "{name} 要{expected}", "en": "{name} takes {expected}"},
}


def say(key: str, lang: Lang, **values: object) -> str:
    """The words of that key."""
    return TABLE[key][lang].format(**values)
