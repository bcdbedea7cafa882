"""What the session says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.language import Lang

SESSION: Final[Mapping[str, Mapping[Lang, str]]] = {
    "again-ctrl-c": {"zh": "按 Ctrl-D 退出", "en": "Ctrl-D leaves"},
    "all-passed": {"zh": "检查：{count} 项通过", "en": "checks: {count} passed"},
    "attached": {
        "zh": "随下一条发送：{names}；/file none 取消",
        "en": "along with the next message: {names}; /file none takes it back",
    },
    "attaching": {
        "zh": "{name}：{tokens} 词元（上下文 {context}），随下一条一起发送",
        "en": "{name}: {tokens} tokens (of {context}), goes along with the next message",
    },
    "bar-cached": {"zh": "缓存 {percent}%", "en": "cache {percent} %"},
    "bar-context": {"zh": "上下文 {percent}%", "en": "context {percent} %"},
    "bar-multiline": {"zh": "多行", "en": "multiline"},
    "bar-private": {"zh": "不保存", "en": "private"},
    "bar-speed": {"zh": "{rate:.0f} 词元/秒", "en": "{rate:.0f} tok/s"},
    "by-task": {"zh": "由任务决定", "en": "as the task has it"},
    "cannot-chat": {
        "zh": "这个模型不会对话；用 /model 换一个",
        "en": "this model cannot chat; take another one with /model",
    },
    "cannot-copy": {"zh": "这个终端不能复制；用 /save 写入文件", "en": "this terminal cannot copy; use /save FILE"},
    "cannot-refine": {
        "zh": "这个模型不会按要求改写回答，只会换词（用“electrode”译“电极”）、缩短摘要和概括（短一点）；"
        "要别的，用 /edit 改问法、/regen 重答，或用 /model 换一个会对话的模型",
        "en": "this model cannot rework an answer as you ask, but for another word (use 'electrode' for 电极) and a "
        "shorter summary or abstract (shorter); else /edit the request, /regen, or take a model that can chat (/model)",
    },
    "cannot-read": {"zh": "无法读取 {path}：{reason}", "en": "{path} cannot be read: {reason}"},
    "cannot-write": {"zh": "无法写入 {path}：{reason}", "en": "{path} cannot be written: {reason}"},
    "chart-note": {
        "zh": "段落按用词相近找出，结论由模型给出；两者都要人工复核",
        "en": "passages are found by their words, verdicts are the model's; check both",
    },
    "choice": {"zh": "{name} = {value}（{choices}）", "en": "{name} = {value} ({choices})"},
    "cleared": {"zh": "开始新的对话", "en": "a new conversation begins"},
    "compacted": {
        "zh": "此后模型读摘要，不再读前 {count} 条（仍在保存的对话里）",
        "en": "from here on the model gets the summary in place of the {count} messages before it (they "
        "stay in the kept conversation)",
    },
    "continue": {"zh": "请继续。", "en": "Please continue."},
    "continued": {"zh": "接着上次：{title}（{turns} 条）", "en": "going on: {title} ({turns} messages)"},
    "copied": {"zh": "已复制 {size} 个字符", "en": "copied {size} characters"},
    "detached": {"zh": "不再附带文件", "en": "no file goes along"},
    "document": {"zh": "文件 {name}：{parts}", "en": "{name}: {parts} characters"},
    "document-closed": {"zh": "已关闭文件", "en": "the document is closed"},
    "dropped": {
        "zh": "最早的 {count} 条不再发给模型（仍在保存的对话里）",
        "en": "the first {count} messages are no longer sent to the model (they stay in the kept conversation)",
    },
    "exchanged": {"zh": "已换 {count} 处", "en": "exchanged in {count} places"},
    "exists": {"zh": "{path} 已存在；换一个名字", "en": "{path} exists already; choose another name"},
    "expects": {"zh": "用法：{usage}", "en": "usage: {usage}"},
    "feature": {"zh": "特征", "en": "feature"},
    "fewer-sentences": {
        "zh": "保留了 {count} 句中的前 {kept} 句，文字未改",
        "en": "the first {kept} of {count} sentences, not written anew",
    },
    "forgotten": {"zh": "已删除对话 {number}", "en": "conversation {number} is gone"},
    "forked": {"zh": "另起一份对话，原来的不变", "en": "a copy of the conversation; the original stays as it is"},
    "full": {
        "zh": "对话已超出模型的上下文；/drop 略去最早的，/clear 重新开始",
        "en": "the conversation exceeds the model's context; /drop leaves out the oldest, /clear starts anew",
    },
    "hello": {
        "zh": "太保 {version} · {model} · /help 看命令，Ctrl-D 退出",
        "en": "taibao {version} · {model} · /help lists commands, Ctrl-D leaves",
    },
    "is-folder": {"zh": "{path} 是文件夹，不是文件", "en": "{path} is a folder, not a file"},
    "keys": {
        "zh": "Enter 发送，Alt-Enter 或 Ctrl-J 换行，@文件 插入文件内容，Ctrl-R 查历史，Ctrl-X Ctrl-E 打开编辑器",
        "en": "Enter sends, Alt-Enter or Ctrl-J breaks the line, @FILE inserts a file, Ctrl-R searches, "
        "Ctrl-X Ctrl-E opens the editor",
    },
    "language": {"zh": "界面语言：中文", "en": "messages are in English"},
    "loading": {"zh": "载入模型…", "en": "loading"},
    "model-is": {"zh": "模型：{model}", "en": "model: {model}"},
    "more-findings": {"zh": "另有 {count} 处；/check 看全部", "en": "{count} more; /check shows all"},
    "nearly-full": {
        "zh": "上下文已用 {percent}%；/compact 压缩成摘要，/drop 略去最早的，/clear 重新开始",
        "en": "{percent} % of the context is used; /compact sums up, /drop leaves out the oldest, /clear starts anew",
    },
    "needs-answer": {"zh": "还没有回答", "en": "there is no answer yet"},
    "needs-document": {"zh": "先用 /doc 文件 打开一份文件", "en": "open a document with /doc FILE first"},
    "needs-talk": {"zh": "还没有对话", "en": "there is no conversation yet"},
    "needs-translation": {"zh": "最近的回答不是译文", "en": "the last answer is no translation"},
    "needs-two": {"zh": "用空行或 ||| 隔开两段文本", "en": "give two texts, with a blank line or ||| between them"},
    "no-claims": {"zh": "没有找到权利要求；按 1.、2. 编号", "en": "no claims found; number them 1., 2., …"},
    "no-difference": {"zh": "没有两个可比较的回答；先用 /regen", "en": "no two answers to compare; /regen first"},
    "no-file": {"zh": "没有文件 {path}", "en": "there is no file {path}"},
    "no-match": {"zh": "没有找到含有这些词的对话", "en": "no conversation holds these words"},
    "no-room": {
        "zh": "上下文已满，放不下摘要；用 /drop 略去最早的",
        "en": "there is no room left for a summary; /drop leaves out the oldest",
    },
    "no-such-talk": {"zh": "没有对话 {number}", "en": "there is no conversation {number}"},
    "no-talks": {"zh": "没有保存的对话", "en": "no conversations"},
    "no-task": {"zh": "没有任务 {name}；现有：{names}", "en": "no task {name}; there are: {names}"},
    "no-talk-on-piped": {
        "zh": "这个模型不会对话，不能就文本作答；用命令处理它（taibao summarize、translate、title 等），"
        "或用 --model 指定会对话的模型",
        "en": "this model cannot talk about a text; work on it with a command (taibao summarize, translate, title …), "
        "or name one that can chat with --model",
    },
    "no-talk-on-texts": {
        "zh": "这个模型不会对话，不能就文本作答；用 /summarize、/translate、/title 等命令处理它，或用 /model 换模型",
        "en": "this model cannot talk about a text; work on it with commands (/summarize, /translate, /title …), or "
        "take another model with /model",
    },
    "file-without-text": {"zh": "{path} 中没有文字", "en": "{path} holds no text"},
    "not-found": {"zh": "未找到", "en": "not found"},
    "not-text": {
        "zh": "{path} 第 {place} 字节起不是 {encoding} 文本",
        "en": "{path} is no {encoding} text from byte {place} on",
    },
    "number": {"zh": "{low} 到 {high} 的数", "en": "a number from {low} to {high}"},
    "one-sentence": {
        "zh": "回答只有一句，这个模型不能再缩短；用 /model 换一个会对话的模型",
        "en": "the answer is one sentence, and this model cannot make it shorter; take one that can chat with /model",
    },
    "part-abstract": {"zh": "abstract（摘要）{size} 字", "en": "abstract {size}"},
    "part-claims": {"zh": "claims（权利要求）{size} 字", "en": "claims {size}"},
    "part-description": {"zh": "description（说明书）{size} 字", "en": "description {size}"},
    "part-text": {"zh": "text（正文）{size} 字", "en": "text {size}"},
    "part-title": {"zh": "title（名称）{size} 字", "en": "title {size}"},
    "passage": {"zh": "最近的段落", "en": "nearest passage"},
    "pasted": {"zh": "[粘贴 {size} 字 #{number}]", "en": "[pasted {size} characters #{number}]"},
    "private-off": {"zh": "恢复保存对话", "en": "conversations are kept again"},
    "private-on": {
        "zh": "不再保存：此后的对话只在内存里",
        "en": "nothing is kept: from here on the conversation lives in memory alone",
    },
    "private-stays": {
        "zh": "会话以 --private 打开，始终不保存",
        "en": "the session was opened with --private; nothing of it is ever kept",
    },
    "raw-off": {"zh": "显示 Markdown 和表格", "en": "Markdown and tables are shown"},
    "raw-on": {"zh": "按原样显示", "en": "answers are shown raw"},
    "same-answer": {"zh": "两个回答相同", "en": "both answers are the same"},
    "setting": {"zh": "{name} = {value}", "en": "{name} = {value}"},
    "state-grounded": {"zh": "有依据", "en": "GROUNDED"},
    "state-no-match": {"zh": "没有找到依据", "en": "NO MATCH"},
    "state-unavailable": {"zh": "无法查询", "en": "UNAVAILABLE"},
    "answer-stats": {
        "zh": "提示 {prompt} 词元（缓存 {cached}），回答 {completion}，首词 {first:.2f} 秒，{rate:.1f} 词元/秒",
        "en": "prompt {prompt} tokens ({cached} cached), answer {completion}, first after {first:.2f} s, "
        "{rate:.1f} tokens/s",
    },
    "stopped": {"zh": "（已停止）", "en": "(stopped)"},
    "sum-up": {
        "zh": "请用几句话概括我们到目前为止的对话，保留专有名词、数值和已作的决定。",
        "en": "Sum up our conversation so far in a few sentences; keep names, figures and decisions.",
    },
    "system-is": {"zh": "系统提示：{text}", "en": "system prompt: {text}"},
    "system-none": {"zh": "没有自己的系统提示", "en": "no system prompt of your own"},
    "terms-hold": {
        "zh": "本对话此后的译文都用：{terms}",
        "en": "translations of this conversation have from here on: {terms}",
    },
    "tokens": {"zh": "{used} / {context} 词元（{percent}%）", "en": "{used} of {context} tokens ({percent} %)"},
    "too-large": {"zh": "{path} 超过 {size} MB；请拆分", "en": "{path} is longer than {size} MB; split it"},
    "too-long-to-copy": {
        "zh": "回答有 {size} 字节，终端最多接受 {most} 字节；用 /save 写入文件",
        "en": "the answer has {size} bytes, a terminal takes {most}; use /save FILE",
    },
    "undone": {"zh": "已撤回：{text}", "en": "took back: {text}"},
    "unexpected-in-session": {
        "zh": "意外错误 {error}；对话已保存，可以继续",
        "en": "unexpected {error}; the conversation is kept, you can go on",
    },
    "unknown": {"zh": "没有命令 {word}；/help 看命令", "en": "no command {word}; /help lists them"},
    "verdict": {"zh": "支持与否", "en": "supported"},
    "whole-number": {"zh": "{low} 到 {high} 的整数", "en": "a whole number from {low} to {high}"},
    "word-not-there": {
        "zh": "原文和回答里都没有“{word}”",
        "en": 'neither the text nor the answer has "{word}"',
    },
    "working": {"zh": "已完成 {count} 段…", "en": "{count} parts done …"},
    "written": {"zh": "已写入 {path}", "en": "wrote {path}"},
    "wrong-value": {"zh": "{name} 应为 {expected}", "en": "{name} takes {expected}"},
}
