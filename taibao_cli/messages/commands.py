"""What the commands say on stderr, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.language import Lang

COMMANDS: Final[Mapping[str, Mapping[Lang, str]]] = {
    "already-complete": {
        "zh": "{path} 早已完成：{rows} 行，未作改动",
        "en": "{path} is already complete: {rows} rows; nothing was changed",
    },
    "already-exists": {
        "zh": "{path} 已存在；换一个 -o，或加 --overwrite 覆盖",
        "en": "{path} exists already; choose another -o, or overwrite it with --overwrite",
    },
    "aside": {
        "zh": "有错误的 {rows} 行写在 {path}",
        "en": "{rows} rows with errors are in {path}",
    },
    "cache-cleared": {"zh": "已删除 {count} 个答案", "en": "removed {count} answers"},
    "cache-empty": {"zh": "没有缓存的答案", "en": "no answers are kept"},
    "cache-failed": {
        "zh": "答案缓存写不进去（{why}）；运行继续，不再使用缓存",
        "en": "the answer cache cannot be used ({why}); the run goes on without it",
    },
    "cache-off": {
        "zh": "答案缓存已关闭；已有的答案仍在 {path}",
        "en": "answers are not kept from now on; {path} stays",
    },
    "cache-on": {
        "zh": "此后答案保存在 {path}；--no-cache 和 --private 不保存",
        "en": "answers are kept in {path} from now on, but for --no-cache and --private",
    },
    "checklist-open": {"zh": "待回答的问题", "en": "Open questions"},
    "date-holidays": {
        "zh": "届满日为休假日的，顺延至其后第一个工作日。程序只识别周末、元旦、劳动节和国庆节；"
        "春节、清明、端午、中秋和调休以国务院放假安排为准。",
        "en": "A day off at the end moves it to the next working day. Weekends, 1 January, 1 and 2 May and 1 to 3 "
        "October are known here; for Spring Festival, Qingming, Dragon Boat, Mid-Autumn and weekends that are worked "
        "see the yearly notice.",
    },
    "date-moved": {"zh": "（休假日，顺延至 {to}）", "en": "(a day off: moves to {to})"},
    "date-no-type": {
        "zh": "taibao date {command} 没有 {type} 的规则",
        "en": "taibao date {command} has no rule for {type}",
    },
    "date-received": {"zh": "推定收到通知之日", "en": "the notice counts as received"},
    "date-too-early": {
        "zh": "这一日期适用更早的法律，规则不在内置表中",
        "en": "an earlier law applies to that date; its rules are not in the shipped table",
    },
    "did-you-mean": {
        "zh": "没有命令 {word}；是不是 {guess}？",
        "en": "no command {word}; did you mean {guess}?",
    },
    "doc-looked-at": {"zh": "查看了文件的 {passages} 段", "en": "looked at {passages} passages of the document"},
    "doctor-problems": {"zh": "{count} 项有问题", "en": "problems: {count}"},
    "dry-run": {
        "zh": "试运行：{rows} 行，提示共 {tokens} 个词元，{errors} 行会出错；什么也没有写",
        "en": "dry run: {rows} rows, {tokens} prompt tokens, {errors} rows would fail; nothing was written",
    },
    "dry-run-time": {
        "zh": "答案至多 {answer} 个词元；按本机测得的速度（宽度 {width} 时每秒 {rate} 个词元），至多需要 {time}",
        "en": "answers take at most {answer} tokens; at the speed measured here ({rate} tokens/s at width {width}) "
        "the run takes at most {time}",
    },
    "dry-run-unknown": {
        "zh": "答案至多 {answer} 个词元；这个模型在本机还没有测过速度，先用 --limit 20 跑几行，再看估计的时间",
        "en": "answers take at most {answer} tokens; how fast this model is here is not known before its first run, "
        "such as one with --limit 20",
    },
    "bench-asks": {"zh": "{model}：{about}，{rows} 行", "en": "{model}: {about}, {rows} rows"},
    "bench-column-engine": {"zh": "引擎", "en": "engine"},
    "bench-column-first": {"zh": "首词元秒", "en": "first s"},
    "bench-column-memory": {"zh": "内存 MB", "en": "MB"},
    "bench-column-prompt": {"zh": "提示词元/秒", "en": "prompt/s"},
    "bench-column-ratio": {"zh": "倍数", "en": "ratio"},
    "bench-column-rows": {"zh": "行/秒", "en": "rows/s"},
    "bench-column-tokens": {"zh": "词元/秒", "en": "tokens/s"},
    "bench-column-uncached": {"zh": "无缓存秒", "en": "uncached s"},
    "bench-column-width": {"zh": "宽度", "en": "width"},
    "bench-workload-chat": {
        "zh": "对话，约 1,000 个词元之后的第二轮：到首个词元的时间，以及没有缓存时的时间",
        "en": "chat, second turn after about 1,000 tokens: time to the first token, and without a cache",
    },
    "bench-workload-classify": {
        "zh": "分类，提示约 400 个词元，给 27 个标签打分",
        "en": "classify, about 400 prompt tokens, scores of 27 labels",
    },
    "bench-workload-quick": {
        "zh": "翻译，取最可能的词元，至多 64 个新词元",
        "en": "translate, greedy, up to 64 new tokens",
    },
    "bench-workload-shared": {
        "zh": "各行有 1,000 个词元的共同指令，取最可能的词元，至多 32 个新词元",
        "en": "rows with an instruction of 1,000 tokens in common, greedy, up to 32 new tokens",
    },
    "bench-workload-summarize": {
        "zh": "摘要，每行自有提示约 1,500 个词元，取最可能的词元，至多 128 个新词元",
        "en": "summarize, about 1,500 own prompt tokens, greedy, up to 128 new tokens",
    },
    "bench-workload-translate": {
        "zh": "翻译，每行自有提示约 190 个词元，取最可能的词元，至多 64 个新词元",
        "en": "translate, about 190 own prompt tokens, greedy, up to 64 new tokens",
    },
    "bench-best": {
        "zh": "本机上最快的引擎：{engine}，--width {width}，每秒 {rate:.2f} 行",
        "en": "fastest engine here: {engine} with --width {width}, {rate:.2f} rows/s",
    },
    "engine": {"zh": "引擎：{facts}", "en": "engine: {facts}"},
    "engine-kind": {"zh": "类型 {fact}", "en": "kind {fact}"},
    "engine-threads": {"zh": "{fact} 个线程", "en": "threads {fact}"},
    "engine-tuning": {"zh": "调优 {fact}", "en": "tuning {fact}"},
    "engine-width": {"zh": "同时 {fact} 行", "en": "width {fact}"},
    "engine-died": {
        "zh": "推理引擎意外退出（{reason}）；已重新启动，继续运行",
        "en": "the engine died ({reason}); it was started again, the run goes on",
    },
    "fee-beyond": {"zh": "{what}超过 {beyond} 的部分", "en": "{what} beyond {beyond}"},
    "fee-claims": {"zh": "权利要求", "en": "claims"},
    "fee-independent-claims": {"zh": "独立权利要求", "en": "independent claims"},
    "fee-late": {
        "zh": "；{paid} 补缴：滞纳金为全额年费的 {percent}%",
        "en": "; paid {paid}: surcharge {percent} % of the full fee",
    },
    "fee-pages": {"zh": "说明书（含附图）页数", "en": "pages of the description with drawings"},
    "fee-rule": {
        "zh": "{rule}，自 {since}；金额按所知收费标准，缴费前请核对",
        "en": "{rule}, since {since}; the amount is the one known, check the schedule before paying",
    },
    "fee-year": {
        "zh": "第 {year} 年度年费的缴费期限届满日；补缴至 {late}（满一个月后每月加收 5%）",
        "en": "annual fee of year {year}; late until {late} (5 % more for each month after the first)",
    },
    "files-and-text": {
        "zh": "给出文件，或从管道输入文字（例如 cat claim.txt | taibao {command}）",
        "en": "give a FILE, or pipe text in (for example: cat claim.txt | taibao {command})",
    },
    "first-of-several": {
        "zh": "{name}：有 {count} 件专利，用了第一件 {used}",
        "en": "{name}: holds {count} patents; the first one, {used}, is used",
    },
    "goes-on": {
        "zh": "{path}：沿用上次运行已得到的 {rows} 个答案，继续",
        "en": "{path}: going on with the {rows} answers of the interrupted run",
    },
    "guessed": {
        "zh": "{where}：按 {encoding} 编码读取；如不对，用 --encoding 指定",
        "en": "{where}: read as {encoding}; if that is wrong, give --encoding",
    },
    "imported": {"zh": "{rows} 件专利写入 {path}", "en": "{rows} patents are in {path}"},
    "help-commands": {"zh": "命令：", "en": "Commands:"},
    "help-options": {"zh": "选项：", "en": "Options:"},
    "help-usage": {"zh": "用法：", "en": "Usage: "},
    "interrupted": {
        "zh": "已中断：{rows} 个答案已保存，用同一命令（不加 --overwrite、--no-resume）继续",
        "en": "interrupted: {rows} answers are kept; the same command goes on (without --overwrite, --no-resume)",
    },
    "interrupted-stdout": {"zh": "已中断：{rows} 行完成", "en": "interrupted: {rows} rows finished"},
    "ipc-not-checked": {
        "zh": "未检查：{edition} 版的 {missing} 不在内置表中",
        "en": "not checked: the shipped table of {edition} does not reach {missing}",
    },
    "ipc-not-in-scheme": {"zh": "{symbol} 不在 {edition} 版中", "en": "{symbol} is not in the scheme {edition}"},
    "ipc-nothing": {"zh": "没有标题含这些词的类目", "en": "no title says any of these words"},
    "ipc-unknown": {"zh": "不存在：{edition} 版没有 {missing}", "en": "unknown: {edition} has no {missing}"},
    "ipc-valid": {"zh": "有效（{edition} 版）", "en": "valid in {edition}"},
    "ipc-withdrawn": {
        "zh": "已撤销：{missing} 最后见于 {last} 版，内容转入 {successors}",
        "en": "withdrawn: {missing} was last seen in {last}; its contents went to {successors}",
    },
    "ipc-withdrawn-somewhere": {
        "zh": "已撤销：{missing} 最后见于 {last} 版，内置表未载内容转入何处",
        "en": "withdrawn: {missing} was last seen in {last}; where its contents went is not in the shipped table",
    },
    "kb-address": {
        "zh": "{path} 是网址；taibao 不下载，请给出本机的文件或文件夹",
        "en": "{path} is an address; taibao downloads nothing, give a file or folder of this machine",
    },
    "kb-by-count": {
        "zh": "{where}：正文所载沿革止于 {last}，版本 {version} 系按条数推断；如不对，用 --version 指定",
        "en": "{where}: its history ends {last}; version {version} was told by the number of articles; "
        "if that is wrong, give --version",
    },
    "kb-embedded": {
        "zh": "用 {model} 计算了 {count} 段的向量",
        "en": "{count} passages were embedded with {model}",
    },
    "kb-empty": {
        "zh": "法规库是空的；先用 taibao kb add 加入法规文本",
        "en": "the statute store is empty; add texts with: taibao kb add FILE",
    },
    "kb-gaps": {
        "zh": "{where}：编号有 {count} 处中断；taibao kb check 逐处列出",
        "en": "{where}: the numbering breaks in {count} places; taibao kb check lists them",
    },
    "kb-left-out": {
        "zh": "未读取文件夹中的 {names}：格式不识别，或只是说明",
        "en": "left out of the folder: {names}: no known format, or only about the folder",
    },
    "kb-looked-at": {
        "zh": "查看了 {looked_at} 段（库中 {on} 适用的共 {passages} 段）；不适用的文本 {left_out} 部未查",
        "en": "looked at {looked_at} of {passages} passages that apply on {on}; texts that do not apply: {left_out}",
    },
    "kb-no-law": {
        "zh": "没有找到“{words}”所指的法规；taibao kb list 列出库中文本",
        "en": "no law is named by {words}; taibao kb list shows what is stored",
    },
    "kb-no-place": {
        "zh": "{law}（{version}）中没有“{place}”",
        "en": "{law} ({version}) has no {place}",
    },
    "kb-no-version": {
        "zh": "{law}：库中没有 {version} 版本；库中有：{stored}",
        "en": "{law}: version {version} is not stored; stored: {stored}",
    },
    "kb-none-on": {
        "zh": "{law}：库中没有 {on} 施行的文本{known}；库中有：{stored}；用 --on 或 --version 查阅",
        "en": "{law}: no text in force on {on} is stored{known}; stored: {stored}; read one with --on or --version",
    },
    "kb-none-stored": {
        "zh": "{law}：库中没有这部法规的文本",
        "en": "{law}: no text of it is in the store",
    },
    "kb-nothing": {"zh": "没有找到相关条文", "en": "nothing was found"},
    "kb-several": {
        "zh": "{law} 有几个文本：{stored}；用 --version 指定",
        "en": "several texts of {law} are stored: {stored}; choose one with --version",
    },
    "kb-unreadable": {
        "zh": "法规库无法读取：{error}",
        "en": "The statute store cannot be read: {error}",
    },
    "kb-whole": {
        "zh": "法规库完好：{texts} 部，{passages} 段",
        "en": "the store is whole: {texts} texts, {passages} passages",
    },
    "kept": {
        "zh": "{rows} 个答案已保存，用同一命令（不加 --overwrite、--no-resume）继续",
        "en": "{rows} answers are kept; the same command goes on (without --overwrite, --no-resume)",
    },
    "model-added": {
        "zh": "已命名 {name}；taibao models use {name} 设为默认",
        "en": "named {name}; taibao models use {name} makes it the default",
    },
    "model-changed": {"zh": "与命名时不同", "en": "is not what it was"},
    "model-deleted": {
        "zh": "已删除 {name}，腾出 {size} MB",
        "en": "removed {name}, {size} MB are free again",
    },
    "model-missing": {"zh": "文件不在", "en": "the file is gone"},
    "model-removed": {"zh": "已删除名称 {name}，文件仍在", "en": "forgot the name {name}; the file stays"},
    "model-same": {"zh": "未变", "en": "unchanged"},
    "model-used": {"zh": "默认模型：{name}", "en": "the default is {name}"},
    "models-changed": {
        "zh": "有改动或已不在：{names}；下载的模型用 taibao models pull 修复",
        "en": "changed or gone: {names}; taibao models pull mends a pulled one",
    },
    "models-none": {
        "zh": "没有命名的模型可校验；用 taibao models add 或 pull 添加",
        "en": "no named models to verify; taibao models add or pull brings some",
    },
    "origin-default": {"zh": "默认", "en": "default"},
    "origin-profile": {"zh": "方案 {profile}，{path}", "en": "profile {profile} in {path}"},
    "no-rows": {"zh": "{where}：没有数据行", "en": "{where}: no rows"},
    "no-text": {"zh": "{where}：没有文字", "en": "{where}: no text"},
    "nothing-imported": {"zh": "没有读到专利", "en": "no patent could be read"},
    "options-after": {
        "zh": "选项写在命令之后：taibao {command} … --model FILE",
        "en": "options of a command come after it: taibao {command} … --model FILE",
    },
    "paragraphs-counted": {
        "zh": "{name}：原文没有段落编号，编号是读入时按顺序数的",
        "en": "{name}: its paragraphs have no numbers; they were counted",
    },
    "part-exists": {
        "zh": "{path} 是一次中断的运行留下的；先移走，或加 --overwrite 覆盖",
        "en": "{path} was left by an interrupted run; move it away, or overwrite it with --overwrite",
    },
    "pull-done": {
        "zh": "已下载 {fetched} MB，校验无误；名称 {name}，许可证 {licence}，文件 {path}",
        "en": "fetched {fetched} MB, the hash is right; {name}, licence {licence}, is {path}",
    },
    "pull-from": {"zh": "从 {hub} 下载 {file}", "en": "pulling {file} from {hub}"},
    "pull-here": {
        "zh": "{name} 已在本机且完好，下载 {fetched} MB；许可证 {licence}，文件 {path}",
        "en": "{name} is here and whole, {fetched} MB fetched; licence {licence}, {path}",
    },
    "pull-progress": {
        "zh": "已下载 {here} / {total} MB（{percent}%）",
        "en": "{here} of {total} MB ({percent} %)",
    },
    "progress": {"zh": "处理中", "en": "working"},
    "progress-failed": {"zh": "失败 {rows} 行", "en": "{rows} failed"},
    "progress-known": {"zh": "已有答案 {rows} 行", "en": "{rows} known"},
    "progress-left": {"zh": "约剩 {time}", "en": "{time} left"},
    "progress-rate": {"zh": "每秒 {rate} 个词元", "en": "{rate} tokens/s"},
    "progress-rows": {"zh": "{rows} 行{share}", "en": "{rows} rows{share}"},
    "on-terminal": {
        "zh": "答案直接显示；加 -o FILE 则写入文件，中断后可续跑",
        "en": "rows go to the terminal; with -o FILE they are kept, and an interrupted run can go on",
    },
    "ray": {
        "zh": "文本发往 Ray 集群：机器 {machines} 台，引擎 {engines} 个，同时处理 {width} 行",
        "en": "texts go to a Ray cluster: machines {machines}, engines {engines}, {width} rows at a time",
    },
    "ray-lost": {
        "zh": "{address}：{why}；其上未完成的行交给其他引擎重算",
        "en": "{address}: {why}; the rows it had are asked again",
    },
    "ray-waits": {
        "zh": "集群暂无空闲处理器，等待中",
        "en": "waiting: the cluster has no processors free",
    },
    "rests-nearest": {
        "zh": "权利要求 {claim}：{feature}——依据不足，最接近 [{paragraph}]“{quote}”",
        "en": 'claim {claim}: {feature} -- too little support, nearest [{paragraph}] "{quote}"',
    },
    "rests-nowhere": {
        "zh": "权利要求 {claim}：{feature}——原文中没有",
        "en": "claim {claim}: {feature} -- not in the text",
    },
    "rests-on": {
        "zh": "权利要求 {claim}：{feature}——[{paragraph}]“{quote}”",
        "en": 'claim {claim}: {feature} -- [{paragraph}] "{quote}"',
    },
    "row-long": {
        "zh": "{name}：这一行超过 {limit} MB，taibao batch 不接受；可用 summarize --style 处理原文件",
        "en": "{name}: its row is over {limit} MB, which taibao batch refuses; summarize --style reads the file itself",
    },
    "see-help": {"zh": "{message}（见 {command} --help）", "en": "{message} (see {command} --help)"},
    "server": {
        "zh": "文本发往 {address}（模型 {model}）",
        "en": "texts go to {address} (model {model})",
    },
    "server-lost": {
        "zh": "{why}；一分钟内改用其余的服务器",
        "en": "{why}; the other servers take over for a minute",
    },
    "stats": {
        "zh": "每秒 {rate:.2f} 行；提示 {prompt} 个词元（其中 {cached} 个取自 KV 缓存），答案 {completion} 个词元",
        "en": "{rate:.2f} rows/s; {prompt} prompt tokens, {cached} of them from the KV cache, {completion} in answers",
    },
    "summary": {
        "zh": "{rows} 行，{failed} 行失败，{seconds:.1f} 秒",
        "en": "{rows} rows, {failed} failed, {seconds:.1f} s",
    },
    "summary-progress": {"zh": "{name}：已读 {done}/{total} 块", "en": "{name}: {done} of {total} parts read"},
    "summary-read": {
        "zh": "{name}：通读 {read} 段，权利要求和摘要计入",
        "en": "{name}: read whole: {read} paragraphs, counting claims and the abstract",
    },
    "summary-unsupported": {
        "zh": "模型写的 {count} 句在所读段落中没有依据，已略去",
        "en": "sentences of the model that rest on none of the paragraphs, left out: {count}",
    },
    "too-many-errors": {
        "zh": "{rows} 行中有 {errors} 行出错，按 --max-errors 停止",
        "en": "stopped by --max-errors: {errors} of {rows} rows have errors",
    },
    "translated": {
        "zh": "{path}：{total} 段，{passed} 段检查通过，{review} 段待核对，{wrong} 段有误",
        "en": "{path}: {total} pieces; {passed} passed the checks, {review} to look at, {wrong} wrong",
    },
    "unexpected": {
        "zh": "意外错误 {error}；在命令前加 --debug 看详细信息",
        "en": "unexpected {error}; run taibao --debug … for the traceback",
    },
}
