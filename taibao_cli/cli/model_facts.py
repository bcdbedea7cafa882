"""What a model says of itself, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from taibao_cli.models.files import model_size
from taibao_cli.models.gguf import LongArray
from taibao_cli.models.pull.install import read_pin
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang

FILE_TYPES: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16",
}  # fmt: skip
"""enum llama_ftype of llama.h."""

_WORDS: Final[Mapping[str, Mapping[Lang, str]]] = {
    "name": {"zh": "名称", "en": "name"},
    "file": {"zh": "文件", "en": "file"},
    "sha256": {"zh": "SHA-256", "en": "SHA-256"},
    "size": {"zh": "大小", "en": "size"},
    "architecture": {"zh": "架构", "en": "architecture"},
    "parameters": {"zh": "参数量", "en": "parameters"},
    "quantization": {"zh": "量化", "en": "quantization"},
    "context": {"zh": "上下文", "en": "context"},
    "vocabulary": {"zh": "词表", "en": "vocabulary"},
    "languages": {"zh": "语言", "en": "languages"},
    "licence": {"zh": "许可证", "en": "licence"},
    "prompts": {"zh": "提示词", "en": "prompts"},
    "template": {"zh": "对话模板", "en": "chat template"},
    "lexicon": {"zh": "词典", "en": "lexicon"},
    "pulled": {"zh": "下载自", "en": "pulled from"},
    "card": {"zh": "评测与说明", "en": "scores and card"},
    "speed": {"zh": "本机速度", "en": "speed here"},
}


def model_facts(model: Model, lang: Lang) -> Iterator[tuple[str, str]]:
    """(name, value) of what is known; what the file does not tell is left out."""
    for key, value in _facts(model, lang):
        if value:
            yield _WORDS[key][lang], value


def _facts(model: Model, lang: Lang) -> Iterator[tuple[str, str]]:
    data, chinese = model.metadata, lang == "zh"
    architecture = str(data.get("general.architecture", ""))
    tokens = data.get("tokenizer.ggml.tokens")
    context = data.get(f"{architecture}.context_length")
    kind = data.get("general.file_type")
    languages = data.get("general.languages")
    template = "tokenizer.chat_template" in data
    yield "name", model.label
    yield "file", str(model.path)
    yield "sha256", model.sha256
    yield "size", f"{model_size(model.path) / 1e6:,.1f} MB"
    yield "architecture", architecture
    yield "parameters", str(data.get("general.size_label", ""))
    yield (
        "quantization",
        FILE_TYPES.get(kind, str(kind)) if isinstance(kind, int) else str(data.get("openvino.weights", "")),
    )
    yield "context", f"{context:,}" if isinstance(context, int) else ""
    yield "vocabulary", f"{tokens.length if isinstance(tokens, LongArray) else len(tokens or ()):,}" if tokens else ""
    yield "languages", ", ".join(map(str, languages)) if isinstance(languages, list) else ""
    yield "licence", str(data.get("general.license.name") or data.get("general.license") or "")
    yield "prompts", ("简短" if chinese else "brief") if model.prompt == "brief" else ("完整" if chinese else "full")
    yield "template", ("有" if chinese else "its own") if template else ("无" if chinese else "none")
    yield "lexicon", model.lexicon.name if model.lexicon else ""
    card = model.path.parent / "CARD.md"
    yield "card", str(card) if card.is_file() else ""
    yield "speed", _speed(model, chinese=chinese)
    pin = read_pin(model.path)
    yield "pulled", f"{pin.get('url')} ({pin.get('pulled')})" if pin else ""


def _speed(model: Model, *, chinese: bool) -> str:
    """What a batch measured of this file on this machine; "" when none has run."""
    if model.path.is_dir():
        return ""
    from taibao_cli.engine.llamacpp.probe import remembered_speeds
    from taibao_cli.engine.threads import default_threads

    known = remembered_speeds(model.path, default_threads())
    if known is None or not known.widths:
        return ""
    rates = ", ".join(f"{width}: {rate:,.0f}" for width, rate in sorted(known.widths.items()))
    return f"每秒词元数，按同时处理的行数 {rates}" if chinese else f"tokens/s by rows at once {rates}"
