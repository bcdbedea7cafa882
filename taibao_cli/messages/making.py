"""What `taibao train` and `taibao convert` say of their work and its results, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.language import Lang

MAKING: Final[Mapping[str, Mapping[Lang, str]]] = {
    "bench-shape": {
        "zh": "{shape}：权重随机，只有速度与真实模型相同",
        "en": "{shape}: random weights; only the speed is that of the real model",
    },
    "bench-train-checkpointing": {"zh": "梯度检查点", "en": "checkpointing"},
    "bench-train-device": {
        "zh": "{device}，{dtype}；只计有效词元",
        "en": "{device}, {dtype}; real tokens alone are counted",
    },
    "bench-train-formula": {
        "zh": "MFU = 词元/秒 × 每词元 {operations:.3g} G 次有效运算 / 每秒 {peak:.3g} T 次运算",
        "en": "MFU = tokens/s x {operations:.3g} G useful operations a token / {peak:.3g} T operations a second",
    },
    "bench-train-memory": {"zh": "内存", "en": "memory"},
    "bench-train-mfu": {"zh": "MFU", "en": "MFU"},
    "bench-train-off": {"zh": "关", "en": "off"},
    "bench-train-on": {"zh": "开", "en": "on"},
    "bench-train-rate": {"zh": "词元/秒", "en": "tokens/s"},
    "bench-train-real": {"zh": "有效", "en": "real"},
    "bench-train-times": {
        "zh": "{way} 的速度是 plain 的 {times:.2f} 倍",
        "en": "{way} is {times:.2f} times as fast as plain",
    },
    "compared-differently": {"zh": "切分不同的段落", "en": "tokenised differently"},
    "compared-kl-max": {"zh": "最大 KL（nat）", "en": "KL max (nats)"},
    "compared-kl-mean": {"zh": "平均 KL（nat）", "en": "KL mean (nats)"},
    "compared-paragraphs": {"zh": "{paragraphs} 段中的 {count} 段", "en": "{count} of {paragraphs} paragraphs"},
    "compared-ppl-candidate": {"zh": "候选模型困惑度", "en": "perplexity, candidate"},
    "compared-ppl-reference": {"zh": "参照模型困惑度", "en": "perplexity, reference"},
    "compared-tokens": {"zh": "比较的词元数", "en": "tokens compared"},
    "compared-top1": {"zh": "首选词元一致率", "en": "same first token"},
    "converted": {"zh": "已写入 {path}（{size}，{type}）", "en": "wrote {path} ({size}, {type})"},
    "converted-adapter": {
        "zh": "已写入 {path}（{size}，{type}，{modules} 个模块）",
        "en": "wrote {path} ({size}, {type}, {modules} modules)",
    },
    "converted-bits": {"zh": "已写入 {path}（{size}，{bits} 位）", "en": "wrote {path} ({size}, {bits} bits)"},
    "converted-gptq": {
        "zh": "已写入 {path}（{bits} 位；相对 {checkpoint} 的平均 KL 为 {kl:.3g}）",
        "en": "wrote {path} ({bits} bits; mean KL to {checkpoint} {kl:.3g})",
    },
    "converted-qwen1": {
        "zh": "已写入 {path}（Qwen2，上下文 {context} 个词元，即训练时的长度）",
        "en": "wrote {path} (Qwen2, context {context} tokens, the trained length)",
    },
    "converted-qwen1-adapter": {
        "zh": "已写入 {path}（适配器，{modules} 个模块）",
        "en": "wrote {path} (adapter, {modules} modules)",
    },
    "data-fails": {
        "zh": "已写入 {path}：{pairs} 对；未过的检查：{counts}",
        "en": "wrote {path}: {pairs} pairs; fails {counts}",
    },
    "data-kind": {"zh": "{kind}：{count}", "en": "{kind}: {count}"},
    "data-lengths": {"zh": "{count} 个样例；{unit}：{lengths}", "en": "{count} examples; {unit}: {lengths}"},
    "data-no-task": {"zh": "无任务", "en": "no task"},
    "data-packed": {
        "zh": "已写入 {path}：{examples} 个样例装成 {packs} 包，填充率 {fill:.1%}",
        "en": "wrote {path}: {examples} examples in {packs} packs, {fill:.1%} full",
    },
    "data-problem": {"zh": "{file}:{item}：{kind}：{text}", "en": "{file}:{item}: {kind}: {text}"},
    "data-problem-bad json": {"zh": "JSON 有误", "en": "bad json"},
    "data-problem-contradiction": {"zh": "矛盾", "en": "contradiction"},
    "data-problem-duplicate": {"zh": "重复", "en": "duplicate"},
    "data-problem-empty": {"zh": "空白", "en": "empty"},
    "data-problem-encoding": {"zh": "编码", "en": "encoding"},
    "data-problem-label": {"zh": "标签", "en": "label"},
    "data-problem-leak": {"zh": "泄漏", "en": "leak"},
    "data-problem-near duplicate": {"zh": "近似重复", "en": "near duplicate"},
    "data-problem-not nfc": {"zh": "非 NFC", "en": "not nfc"},
    "data-problem-schema": {"zh": "格式", "en": "schema"},
    "data-problem-too long": {"zh": "过长", "en": "too long"},
    "data-split": {"zh": "{split}：{count} 个样例", "en": "{split}: {count} examples"},
    "data-split-kinds": {"zh": "{split}：{count} 个样例（{kinds}）", "en": "{split}: {count} examples ({kinds})"},
    "data-stats-all": {"zh": "合计", "en": "all"},
    "data-stats-examples": {"zh": "样例", "en": "examples"},
    "data-stats-task": {"zh": "任务", "en": "task"},
    "data-stats-tokens": {"zh": "词元", "en": "tokens"},
    "data-stats-trained": {"zh": "训练", "en": "trained"},
    "data-too-long": {
        "zh": "{count} 个样例超过 {tokens} 个词元，略去",
        "en": "{count} examples are longer than {tokens} tokens and are left out",
    },
    "dev-too-long": {
        "zh": "{count} 个验证样例超过 {tokens} 个词元，略去",
        "en": "{count} dev examples are longer than {tokens} tokens and are left out",
    },
    "dpo-better": {
        "zh": "更偏好较好答案的比例：训练前 {before:.1%}，训练后 {after:.1%}",
        "en": "better answer more probable: {before:.1%} before, {after:.1%} after",
    },
    "dpo-kl": {
        "zh": "相对参照模型的 KL：每词元 {kl:.4g} nat",
        "en": "KL to the reference: {kl:.4g} nats a token",
    },
    "eval-left-out": {"zh": "{name}：略去，{why}", "en": "{name}: left out, {why}"},
    "imatrix-written": {
        "zh": "已写入 {path}（{weights} 个权重，{chunks} 个窗口共 {tokens} 个词元）",
        "en": "wrote {path} ({weights} weights, {tokens} tokens in {chunks} windows)",
    },
    "merged": {
        "zh": "已写入 {path}；{tokens} 个词元上平均 KL {kl:.2g}，logits 最大差 {difference:.2g}，"
        "首选词元一致率 {top1:.2%}",
        "en": "wrote {path}; over {tokens} tokens mean KL {kl:.2g}, largest difference of logits {difference:.2g}, "
        "same first token {top1:.2%}",
    },
    "modelfile-written": {
        "zh": "已写入 {path}；用 ollama create NAME -f {path} 导入",
        "en": "wrote {path}; ollama create NAME -f {path} takes it",
    },
    "panel-dev": {"zh": "验证，第 {step} 步", "en": "dev, step {step}"},
    "panel-left": {"zh": "约剩", "en": "left"},
    "panel-loss": {"zh": "损失", "en": "loss"},
    "panel-memory": {"zh": "显存", "en": "memory"},
    "panel-memory-most": {"zh": "峰值 {size:.1f} GiB", "en": "{size:.1f} GiB at most"},
    "panel-rate": {"zh": "学习率，梯度范数", "en": "rate, norm"},
    "panel-speed": {"zh": "速度", "en": "speed"},
    "panel-step": {"zh": "进度", "en": "step"},
    "panel-steps": {"zh": "第 {step} 步，共 {steps} 步", "en": "{step} of {steps}"},
    "plan-activations": {"zh": "激活值", "en": "activations"},
    "plan-adapter": {"zh": "适配器", "en": "adapter"},
    "plan-card-checkpointing": {
        "zh": "{card}：用梯度检查点，每词元 {operations:.1f} G 次运算，"
        "按 {peak:.0f} T 次/秒的 {share:.0%} 计每秒 {rate:.0f} 个词元",
        "en": "{card}: with checkpointing, {operations:.1f} G operations a token, {rate:.0f} tokens/s at {share:.0%} "
        "of {peak:.0f} T operations/s",
    },
    "plan-card-plain": {
        "zh": "{card}：不用梯度检查点，每词元 {operations:.1f} G 次运算，"
        "按 {peak:.0f} T 次/秒的 {share:.0%} 计每秒 {rate:.0f} 个词元",
        "en": "{card}: without checkpointing, {operations:.1f} G operations a token, {rate:.0f} tokens/s at "
        "{share:.0%} of {peak:.0f} T operations/s",
    },
    "plan-data": {
        "zh": "数据：每轮 {tokens} 个词元，{packs} 包，{labelled:.0%} 参与训练，平均每个样例 {length:.0f} 个词元；"
        "{epochs} 轮，共 {steps} 步",
        "en": "data: {tokens} tokens an epoch in {packs} packs, {labelled:.0%} trained, {length:.0f} tokens an "
        "example; {epochs} epochs, {steps} steps",
    },
    "plan-head": {"zh": "输出层", "en": "head"},
    "plan-hours": {"zh": "，约 {hours:.2f} 小时", "en": ", {hours:.2f} hours"},
    "plan-memory-checkpointing": {
        "zh": "显存（用梯度检查点）：{listed} = {total:.1f} GiB（bfloat16）",
        "en": "memory with checkpointing: {listed} = {total:.1f} GiB (bfloat16)",
    },
    "plan-memory-plain": {
        "zh": "显存（不用梯度检查点）：{listed} = {total:.1f} GiB（bfloat16）",
        "en": "memory without checkpointing: {listed} = {total:.1f} GiB (bfloat16)",
    },
    "plan-model": {
        "zh": "模型：参数 {parameters:.2f} G，其中训练 {trained:.2f} M",
        "en": "model: {parameters:.2f} G parameters, {trained:.2f} M of them trained",
    },
    "plan-overhead": {"zh": "其他", "en": "overhead"},
    "plan-too-small": {
        "zh": "{card}：放不下；请减小 pack_tokens，或换较小的模型",
        "en": "{card}: does not fit; lower pack_tokens or take a smaller model",
    },
    "plan-weights": {"zh": "权重", "en": "weights"},
    "quantized": {
        "zh": "已写入 {path}（{size}，原为 {before}，{type}）",
        "en": "wrote {path} ({size} from {before}, {type})",
    },
    "stage-already-done": {"zh": "{stage}：早已完成", "en": "{stage}: already done"},
    "stage-done": {"zh": "{stage}：完成", "en": "{stage}: done"},
    "stage-started": {"zh": "{stage}：开始", "en": "{stage}: started"},
    "stage-step": {
        "zh": "{stage}：第 {step} 步  损失 {loss:.3f}  {rate:.0f} 词元/秒",
        "en": "{stage}: step {step}  loss {loss:.3f}  {rate:.0f} tokens/s",
    },
    "train-dev": {"zh": "验证损失 {loss:.4f}", "en": "dev loss {loss:.4f}"},
    "train-dev-score": {
        "zh": "验证损失 {loss:.4f}，得分 {score:.4f}{scores}",
        "en": "dev loss {loss:.4f}, score {score:.4f}{scores}",
    },
    "train-finished": {"zh": "{name}：已完成，见 {path}", "en": "{name}: finished in {path}"},
    "train-pace": {
        "zh": "损失 {loss:.4f}  {speed}  约剩 {left}",
        "en": "loss {loss:.4f}  {speed}  {left} left",
    },
    "train-speed": {"zh": "{rate:.0f} 词元/秒", "en": "{rate:.0f} tokens/s"},
    "train-speed-share": {
        "zh": "{rate:.0f} 词元/秒，达峰值的 {share:.0%}",
        "en": "{rate:.0f} tokens/s, {share:.0%} of peak",
    },
    "train-step": {"zh": "第 {step} 步：{facts}", "en": "step {step}: {facts}"},
    "train-step-of": {"zh": "第 {step}/{steps} 步：{facts}", "en": "step {step} of {steps}: {facts}"},
    "train-written": {"zh": "已写入 {path}；清单 {manifest}", "en": "wrote {path}; {manifest} says how"},
    "unit-characters": {"zh": "字符", "en": "characters"},
    "unit-tokens": {"zh": "词元", "en": "tokens"},
    "verify-adapter": {"zh": "适配器", "en": "adapter"},
    "verify-data": {"zh": "配置和数据", "en": "configuration and data"},
    "verify-different": {"zh": "不同  {what}", "en": "different {what}"},
    "verify-same": {"zh": "一致  {what}", "en": "same      {what}"},
    "verify-template": {"zh": "对话模板", "en": "chat template"},
    "verify-tokenizer": {"zh": "分词器", "en": "tokenizer"},
    "wrote": {"zh": "已写入 {path}", "en": "wrote {path}"},
}
