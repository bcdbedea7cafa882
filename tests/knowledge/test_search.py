from __future__ import annotations

import time

import pytest

from taibao_cli.knowledge.primer import Lang, entries
from taibao_cli.knowledge.search import search

ON_TOPIC: list[tuple[Lang, str, str]] = [
    ("zh", "发明专利能保护多久", "patent-term"),
    ("zh", "外观设计可以保护多少年", "patent-term"),
    ("zh", "发表论文后还能申请专利吗", "grace-period"),
    ("zh", "PCT进入中国的截止日期", "pct-national-phase"),
    ("zh", "商标续展宽展期", "trademark-term"),
    ("zh", "竞争对手抢注了我们的商标", "trademark-bad-faith"),
    ("zh", "专利年费忘记交了怎么办", "annuities"),
    ("zh", "软件著作权要登记吗", "software-copyright"),
    ("zh", "新药专利期限可以延长吗", "term-compensation"),
    ("zh", "专利许可合同要不要备案", "patent-licence"),
    ("zh", "海关查扣侵权货物的流程", "customs-seizure"),
    ("en", "can I still file after publishing a paper", "grace-period"),
    ("en", "deadline to enter China from PCT", "pct-national-phase"),
    ("en", "who owns an invention by an employee", "service-invention"),
    ("en", "how long is a Chinese invention patent valid", "patent-term"),
    ("en", "trademark renewal grace period", "trademark-term"),
    ("en", "are software ideas protected", "software-copyright"),
    ("en", "can claims be amended during invalidation", "invalidation-amendment"),
    ("en", "do I need a foreign filing licence", "secrecy-review"),
    ("en", "reverse engineering trade secrets", "reverse-engineering"),
]

OFF_TOPIC: dict[Lang, list[str]] = {
    "zh": [
        "今天天气怎么样", "怎么做红烧肉", "如何学习弹钢琴", "北京到上海的高铁要多久", "推荐一部电影",
        "怎么申请美国签证", "专利法是什么",
        "劳动合同到期不续签有赔偿吗", "离婚后孩子抚养权归谁", "交通事故赔偿标准是多少", "个人所得税怎么申报",
        "公司注册需要什么材料", "盗窃罪判几年", "你是谁", "怎么申请贷款", "",
    ],
    "en": [
        "how do I cook rice", "what is the weather today", "recommend a movie", "how to apply for a US visa",
        "who won the world cup", "how to read a file in Python", "custody of a child after divorce",
        "traffic accident compensation", "how do I file my income tax", "what time is it", "open a restaurant",
        "what is the capital of France", "employment contract termination", "translate this sentence", "",
    ],
}  # fmt: skip


SECOND = ("软件著作权要登记吗", "can claims be amended during invalidation")
"""Questions whose entry is not the first."""


@pytest.mark.parametrize(("lang", "question", "expected"), ON_TOPIC)
def test_on_topic_questions_find_their_entry(lang: Lang, question: str, expected: str) -> None:
    hits = [hit.entry.id for hit in search(question, lang)]
    assert hits.index(expected) == (question in SECOND)


@pytest.mark.parametrize(("lang", "question"), [(lang, text) for lang, texts in OFF_TOPIC.items() for text in texts])
def test_off_topic_questions_find_nothing(lang: Lang, question: str) -> None:
    assert search(question, lang) == []


MISSED: dict[Lang, list[str]] = {
    "zh": [],
    "en": [
        "What must I file for an invention patent?",
        "Can a time limit be extended?",
        "When is an invention application rejected?",
    ],
}
"""Questions of the primer, all of common words, whose entry other entries go before."""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_question_of_the_primer_finds_its_entry_among_three(lang: Lang) -> None:
    missed = [
        question
        for entry in entries()
        for question in entry.questions(lang)
        if entry.id not in [hit.entry.id for hit in search(question, lang, k=3)]
    ]
    assert missed == MISSED[lang]


def test_a_query_takes_less_than_five_milliseconds() -> None:
    search("专利", "zh")
    start = time.perf_counter()
    for _ in range(50):
        search("专利侵权的诉讼时效和赔偿数额怎么确定", "zh")
    assert (time.perf_counter() - start) / 50 < 0.005


def test_k_bounds_the_hits_and_scores_fall() -> None:
    hits = search("专利侵权赔偿", "zh", k=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score
