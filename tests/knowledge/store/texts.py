"""Short statutes written for the tests."""

from __future__ import annotations

from taibao_cli.knowledge.store.database import Source
from taibao_cli.knowledge.store.identity import identify
from taibao_cli.knowledge.store.statute import read_statute

PATENT_LAW = """# 中华人民共和国专利法

2020年10月17日 全国人民代表大会常务委员会《关于修改〈中华人民共和国专利法〉的决定》第四次修正

## 第一章 总则

第一条 为了保护专利权，制定本法。

第二条 对下列各项，不授予专利权：

（一）科学发现；

（二）智力活动的规则：

1.算法；

2.棋谱；

（三）疾病的诊断方法。

对前款第（一）项所列的应用，可以授予专利权。

## 第二章 期限

第三条　实用新型专利权的期限为十年。
第三条之一 被诉侵权人可以请求停止保全。
第四条 外观设计专利权的期限为十五年。
"""

OLD_LAW = """中华人民共和国专利法

（2008年12月27日修正）

第一条 为了保护发明创造专利权，制定本法。

第二条 外观设计专利权的期限为十年。
"""

GUIDELINES = """# 专利审查指南

# 第一部分 初步审查

## 第一章发明专利申请

### 1.引言

审查员应当遵循保密原则。

### 2.审查原则

#### 2.1保密

保密原则的内容。

## 第二章实用新型

### 1.引言

另一个引言。
"""

MEMO = """# Firm memorandum

## Grace periods

Publications by the applicant within twelve months do not harm a United States application.

## Licences

A licence is recorded at the office.
"""


def source(text: str, name: str = "text.md", *, version: str = "") -> Source:
    statute = read_statute(text)
    return Source(statute, identify(statute, name="" if statute.title else name, version=version), name)
