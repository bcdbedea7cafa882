"""Units of Chinese and English text in one spelling each: μm for 微米, micron, um; °C for ℃, 摄氏度, "degrees C"."""

from __future__ import annotations

import functools
import re
from typing import Final

_ZH_PREFIX: Final = {"n": "纳", "μ": "微", "m": "毫", "c": "厘", "d": "分", "h": "百", "k": "千", "M": "兆", "G": "吉"}
_EN_PREFIX: Final = {
    "p": "pico",
    "n": "nano",
    "μ": "micro",
    "m": "milli",
    "c": "centi",
    "d": "deci",
    "h": "hecto",
    "k": "kilo",
    "M": "mega",
    "G": "giga",
    "T": "tera",
}
_BASES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("m", "米(?![粉饭粒])|公尺", "meters? metres?", "nμmcdk"),
    ("g", "克(?![服隆拉莱])", "grams? grammes?", "nμmk"),
    ("s", "秒", "seconds? secs?", "nμm"),
    ("L", "公升|升(?![降起高温至到])", "liters? litres?", "nμmcd"),
    ("Pa", "帕斯卡|帕", "pascals?", "mhkMG"),
    ("V", "伏特|伏(?![击在])", "volts?", "mμkM"),
    ("A", "安培|安(?![装全置排])", "amperes? amps?", "nμmk"),
    ("W", "瓦特|瓦(?![片楞斯时])", "watts?", "μmkMG"),
    ("Wh", "瓦时|瓦小时", "watt-hours?", "kM"),
    ("Hz", "赫兹|赫", "hertz", "kMGT"),
    ("J", "焦耳|焦", "joules?", "mkM"),
    ("F", "法拉", "farads?", "pnμm"),
    ("H", "亨利|亨", "henrys? henries", "nμm"),
    ("Ω", "欧姆|欧", "ohms?", "mkM"),
    ("mol", "摩尔(?![%比分质浓])", "moles?", "nμmk"),
    ("N", "牛顿|牛(?![奶肉皮])", "newtons?", "mkM"),
    ("T", "特斯拉", "teslas?", "μm"),
    ("B", "字节", "bytes?", "kMGT"),
    ("bit", "比特", "bits?", "kMG"),
    ("bar", "巴", "bars?", "m"),
    ("eV", "电子伏特?", "electronvolts?", "mkM"),
)
"""Symbol, Chinese, English words, the SI prefixes that occur."""

_NEEDS_PREFIX: Final = {"帕", "赫", "焦", "亨", "欧", "牛(?![奶肉皮])", "巴"}
"""Chinese short names that are too common as other characters to stand alone."""

_OTHERS: Final[tuple[tuple[str, str], ...]] = (
    ("wt%", r"wt\.?\s?%|%\s?(?:by\s+)?(?:wt\.?|weight|mass)\b|weight\s?(?:%|percent\b)|mass\s?(?:%|percent\b)"),
    ("wt%", r"重量%|质量%|%\s?[(（](?:重量|质量)(?:百分比)?[)）]|(?:weight|mass)\s+percent(?:age)?\b"),
    (
        "vol%",
        r"vol\.?\s?%|%\s?(?:by\s+)?(?:vol\.?|volume)\b|volume\s?(?:%|percent\b)|体积%|%\s?[(（]体积(?:百分比)?[)）]",
    ),
    ("mol%", r"mol\.?\s?%|mole\s?(?:%|percent\b)|摩尔%|%\s?[(（]摩尔(?:百分比)?[)）]"),
    ("at%", r"at\.?\s?%|atom(?:ic)?\s?%|原子%"),
    ("%", r"%|per\s?cent\b|percent\b"),
    ("‰", r"‰"),
    ("ppm", r"ppm\b"),
    ("°C", r"℃|[°º]\s?C(?![A-Za-z])|摄氏度|deg(?:rees?|\.)?\s?(?:C\b\.?|Celsius\b|centigrade\b)"),
    ("°F", r"℉|[°º]\s?F(?![A-Za-z])|华氏度|deg(?:rees?|\.)?\s?(?:F\b|Fahrenheit\b)"),
    ("K", r"K(?![A-Za-z\d])|开尔文|kelvins?\b"),
    ("°", r"[°º]|度(?![量过数])|deg(?:rees?)?\b"),
    ("r/min", r"rpm\b|r/min\b|转/分钟?|revolutions?\s+per\s+minute\b|转每分钟?"),
    ("min", r"分钟|mins?(?![A-Za-z])|minutes?\b"),
    ("h", r"小时|h(?![A-Za-z\d])|hrs?\b|hours?\b"),
    ("d", r"天|days?\b"),
    ("week", r"周(?![期围边长])|星期|weeks?\b"),
    ("month", r"个月|months?\b"),
    ("year", r"年|years?\b"),
    ("t", r"吨|tons?\b|tonnes?\b"),
    ("kg", r"公斤"),
    ("km", r"公里"),
    ("cm", r"公分"),
    ("in", r"英寸|inch(?:es)?\b"),
    ("ft", r"英尺|feet\b|ft\b"),
    ("Å", r"埃|[ÅÅ]|angstroms?\b"),
    ("μm", r"microns?\b|um\b"),
    ("μL", r"ul\b"),
    ("μg", r"ug\b|mcg\b"),
    ("dB", r"dB\b|分贝|decibels?\b"),
    ("atm", r"atm\b|个?大气压|atmospheres?\b"),
    ("mmHg", r"mmHg\b|毫米汞柱"),
    ("psi", r"psi\b"),
    ("times", r"倍|次(?![样曲方函元谐])|times\b|[-\s]?folds?\b"),
    ("part", r"重量份|质量份|份|parts?\b(?:\s+by\s+(?:weight|mass))?"),
    ("mesh", r"目(?![的标前录])|mesh(?:es)?\b"),
    ("pixel", r"个?像素|pixels?\b|px\b"),
    ("r", r"转(?![速动向子轴换移])|revolutions?\b"),
)
"""Canonical spelling and what is written for it; the order is that of trial."""

_EXPONENT: Final = r"(?:\^?[23](?!\d)|[²³])?"
_AHEAD = re.compile(r"\(\?!.*?\)")
_JOIN = re.compile(r"\s*[/·⋅]\s*|\s+per\s+|每", re.IGNORECASE)
_SQUARE: Final = {"2": "²", "3": "³", "²": "²", "³": "³", "": ""}


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    """Patterns that are tried one after another, each with canonical spellings by group name."""
    symbols: dict[str, str] = {}
    zh: dict[str, str] = {}
    en: dict[str, str] = {}
    for base, chinese, english, prefixes in _BASES:
        if base != "B":
            symbols[re.escape(base)] = base
        symbols |= {re.escape(prefix + base): prefix + base for prefix in prefixes}
        for name in chinese.split("|"):
            if name not in _NEEDS_PREFIX:
                zh[name] = base
            zh |= {_ZH_PREFIX[prefix] + name: prefix + base for prefix in prefixes if prefix in _ZH_PREFIX}
        for word in english.split():
            en[word] = base
            en |= {_EN_PREFIX[prefix] + word: prefix + base for prefix in prefixes}
    symbols |= {"ml": "mL", "ul": "μL", "μl": "μL", "dl": "dL", "l": "L", "KB": "kB", "Kg": "kg", "KW": "kW"}
    symbols |= {"KV": "kV", "KHz": "kHz", "Mpa": "MPa", "mpa": "MPa", "Kpa": "kPa", "kpa": "kPa", "hz": "Hz"}
    symbols |= {"d": "d", "\u2126": "Ω", "k\u2126": "kΩ", "M\u2126": "MΩ"}
    return (
        _named({written: symbol for symbol, written in _OTHERS}, "", ""),
        _named(zh, r"(?:平方|立方)?(?:", ")"),
        _named(en, r"(?:(?:square|sq\.?|cubic|cu\.?)\s+)?(?:", r")\b", re.IGNORECASE),
        _named(symbols, "(?:", rf"){_EXPONENT}(?![A-Za-z])"),
    )


def _named(
    spellings: dict[str, str], before: str, after: str, flags: int = 0
) -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern of all spellings, the longest first where the order is free; groups tell which one it was."""
    ordered = list(spellings)
    if before:
        ordered.sort(key=lambda written: len(_AHEAD.sub("", written)), reverse=True)
    names = {f"u{at}": spellings[written] for at, written in enumerate(ordered)}
    inner = "|".join(f"(?P<u{at}>{written})" for at, written in enumerate(ordered))
    return re.compile(before + inner + after, flags), names


def unit_at(text: str, at: int) -> tuple[str, int] | None:
    """The unit that begins at `at` (a space may stand before it) and where it ends, or None.

    Units joined by "/", "·", "per" or 每 are read as one: "g/L", "m/s", 千克/立方米 as "kg/m³".
    """
    first = _atom(text, at + 1 if text[at : at + 1] in (" ", "\u00a0", "-") else at)
    if first is None:
        return None
    symbol, end = first
    while (join := _JOIN.match(text, end)) and (more := _atom(text, join.end())):
        symbol += ("·" if join[0].strip() in ("·", "⋅") else "/") + more[0]
        end = more[1]
    return symbol, end


def _atom(text: str, at: int) -> tuple[str, int] | None:
    for pattern, names in _patterns():
        match = pattern.match(text, at)
        if match and match.lastgroup:
            start, end = match.span(match.lastgroup)
            power = _power(text[match.start() : start], text[end : match.end()])
            return names[match.lastgroup] + power, match.end()
    return None


def _power(before: str, after: str) -> str:
    """Of 平方, "cubic" before the unit or a digit after it."""
    word = before.strip().lower()
    if word:
        return "²" if word.startswith(("平方", "sq")) else "³"
    return _SQUARE[after.removeprefix("^")]
