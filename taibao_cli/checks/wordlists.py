"""Words that a rule forbids or that belong to another jurisdiction, as data.

Each list has patterns for both languages; what a pattern would wrongly catch is excluded in the pattern itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from taibao_cli.patents.claims.defects import Office
from taibao_cli.patents.language import Lang

Patterns = Mapping[Lang, re.Pattern[str]]


def _words(zh: str, en: str) -> Patterns:
    return {"zh": re.compile(zh), "en": re.compile(rf"\b(?:{en})\b", re.IGNORECASE)}


ADVERTISING: Final = _words(
    r"欢迎(?:选购|订购|来电|垂询|惠顾|咨询|使用)|联系(?:电话|方式|地址)[：:]|(?:订购|咨询|服务)热线|厂家直销|专利产品，仿冒必究"
    r"|请认准|质量三包|驰名商标|著名商标",
    r"call\s+(?:us|now|toll[- ]free)|order\s+(?:now|today)|money[- ]back\s+guarantee|visit\s+our\s+web\s?site",
)
"""Advertising that has no place in a patent document."""

COMMERCIAL: Final = _words(
    r"(?:国际|国内|世界|全球|行业|业内)(?:上)?(?:领先(?!技术)|首创|一流|独创|第一(?=[，。；]))|填补(?:了)?(?:国内|国际|市场|行业)?(?:的)?空白"
    r"|独一无二|前所未有|史无前例|物美价廉|质优价廉|价廉物美|性价比(?:极|最|非常|很)?高|畅销|热销|深受(?:广大)?(?:用户|客户|消费者|顾客)"
    r"|(?:市场|应用|推广)?前景(?:十分|非常|极为|极其)?(?:广阔|看好|广大)|(?:巨大|可观|良好|显著)的?(?:经济|市场)(?:效益|价值|前景)"
    r"|(?:最|更)(?:先进|理想)的(?:产品|技术|设备)|无与伦比|完美(?:的)?(?:解决|产品|品质)|利润(?:空间|丰厚)|卓越的?品质",
    r"world[- ](?:leading|class|beating)|best[- ](?:in[- ]class|selling)|market[- ]leading|industry[- ]leading"
    r"|unparalleled|unrivall?ed|one[- ]of[- ]a[- ]kind|second\s+to\s+none"
    r"|revolutionary\s+(?:new|product|invention)|amazing(?:ly)?|unbeatable|groundbreaking"
    r"|(?:huge|enormous|bright|broad)\s+market\s+(?:potential|prospects?)|great\s+commercial\s+(?:value|success|potential)"
    r"|loved\s+by\s+(?:users|customers)|the\s+perfect\s+(?:product|solution)",
)
"""Praise and prospects of sale. Not 最优解, 最佳实施方式, "best mode", "state of the art", which are technical."""

VAGUE: Final = _words(
    r"例如|比如|譬如|最好(?:是|为)?|尤其是|特别是|优选(?!法)(?:地|为|的是)?|较佳(?:地|的|为)?|必要时|或类似(?:物|的|结构|装置)|等等"
    r"|(?<![一-鿿])大约|左右(?=[，。；])",
    r"for\s+(?:example|instance)|e\.g\.|such\s+as|preferabl[ey]|more\s+preferred|in\s+particular|particularly\s+preferred|especially"
    r"|or\s+the\s+like|and\s+the\s+like|etc|if\s+(?:necessary|desired)|optionally\s+preferably|or\s+similar",
)
"""What leaves the scope of a claim open: CN Guidelines II-2 §3.2.2, MPEP 2173.05(d), EPO Guidelines F-IV 4.9."""

DRAWINGS: Final = _words(
    r"如(?:附)?图\s*\d+[^，。；]{0,6}(?:所示|中所示|所述)|如?说明书[^，。；]{0,12}(?:所述|所示|描述)|如(?:上文|本文)?附图(?:中)?所示",
    r"as\s+(?:shown|illustrated|depicted|described)\s+in\s+(?:the\s+)?(?:accompanying\s+)?(?:fig(?:ure)?s?\b\.?(?:\s*\d)?|drawings?|description|specification)"
    r"|substantially\s+as\s+(?:herein(?:before)?\s+)?(?:described|shown|set\s+forth)|as\s+described\s+herein",
)
"""References of a claim to the description or the drawings."""

CLAIMS: Final = _words(
    r"如(?:前述|上述)?权利要求(?:书)?\s*\d*[^，。；]{0,6}所述|根据权利要求\s*\d+[^，。；]{0,8}所述",
    r"as\s+(?:claimed|recited|defined|set\s+forth)\s+in\s+(?:any\s+(?:one\s+)?of\s+)?claims?\s+\d+|(?:according\s+to|of)\s+(?:any\s+(?:one\s+)?of\s+)?claims?\s+\d+",
)
"""References of a description to claims: CN Implementing Rules art. 20."""

MAINLAND_ONLY: Final = re.compile(
    r"請求項|请求项|申请专利范围|申請專利範圍|专利说明书摘要附图|本案(?:之|系)(?=[一-鿿])|新型专利申请专利"
)
TRADITIONAL: Final = re.compile(r"[發與裝電體權說書個項術於為從應關構後麼間問實現種結線組設計數據處護]")
"""Characters that simplified Chinese does not write."""

FOREIGN: Final[Mapping[Office, re.Pattern[str]]] = {
    "us": re.compile(
        r"\b(?:present\s+)?utility\s+model\b|\bcharacterised\b|\b\w+isation\b|\b(?:colour|centre|metre|litre|fibre|aluminium|grey|vapour)s?\b"
        r"|\bcharacterized\s+in\s+that\b",
        re.IGNORECASE,
    ),
    "ep": re.compile(
        r"\b(?:the\s+)?(?:present\s+)?utility\s+model\s+(?:provides|discloses|relates|belongs)\b|\bwhat\s+is\s+claimed\s+is\b"
        r"|\bincorporated\s+(?:herein\s+)?by\s+reference\s+in\s+(?:its|their)\s+entiret(?:y|ies)\b|\bspirit\s+and\s+scope\b|\bspirit\s+of\s+the\s+invention\b",
        re.IGNORECASE,
    ),
}
"""Wording of other offices in English documents. EPO Guidelines F-IV 4.4 on the "spirit" of the invention."""

TRADEMARK: Final = re.compile(r"[™®]|(?:牌)(?=[一-鿿]{0,6}$)|(?<![A-Za-z])(?:型号|Model)\s*[A-Z\d][\w-]+")
