"""A folder with everything that the pages name: texts, tables, patents, laws and models, small ones."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from taibao_cli.models.registry import BUILTIN, builtin_file
from tests.knowledge.store.texts import MEMO
from tests.patents.document.pdfs import pdf
from tests.patents.test_termbase import TIG, TMX

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "tests/fixtures/translations"
LANGS = ("zh", "en")
DOCUMENTS = ROOT / "tests/fixtures/documents"

CLAIMS = "1. 一种泵，包括壳体（1）和叶轮（2）。\n2. 根据权利要求1所述的泵，还包括滤网（3）。\n"
ABSTRACT = "本发明公开一种锂离子电池，包括壳体和设于所述壳体内的散热片，散热效果好。\n"
DRAFT = f"# 一种泵\n\n## 摘要\n\n{ABSTRACT}\n## 权利要求书\n\n{CLAIMS}\n## 说明书\n\n[0001] 本发明涉及泵。\n"
LAW = """# 中华人民共和国专利法

{history}

第二十二条 授予专利权的发明和实用新型，应当具备新颖性、创造性和实用性。

新颖性，是指该发明或者实用新型不属于现有技术。

创造性，是指与现有技术相比，该发明具有突出的实质性特点和显著的进步。

第四十二条 发明专利权的期限为二十年，实用新型专利权的期限为十年，外观设计专利权的期限为{years}年。
"""
PAPER = "1. 一种离心泵，包括壳体和叶轮。"

FIRST = 165
"""Of the numbers of patents: some of those that follow fall into the dev and test data, which their hashes choose."""

CONTEXT = 4096
"""Of the tiny models, which take examples as long as those of real ones."""

TEXTS = {
    "claims.txt": CLAIMS,
    "abstract.txt": ABSTRACT,
    "description.txt": ABSTRACT * 3,
    "a.txt": "一种泵，包括壳体（1）和叶轮（2）。\n",
    "b.txt": "A pump comprising a housing (1) and an impeller (2).\n",
    "titles.txt": "一种泵\n一种电池\n",
    "new.txt": ABSTRACT,
    "export.tsv": "1\t一种锂离子电池及其制备方法\n2\tA pump with an impeller.\n",
    "reference.txt": "一种离心泵，设有壳体，壳体内装有叶轮。\n",
    "forbidden.txt": "wherein said\n",
    "memo.md": MEMO,
    "laws/专利法.md": LAW.format(history="2020年10月17日第四次修正", years="十五"),
    "laws/专利法2008.md": LAW.format(history="（2008年12月27日修正）", years="十"),
    "draft.md": DRAFT,
    "patent.md": DRAFT,
    "folder/one.md": DRAFT,
    "terms.tbx": TIG,
    "memory.tmx": TMX,
}


def make_place(folder: Path) -> Path:
    """What commands that ask a model, check, import and look up need."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    shutil.copy(ROOT / "examples/my-task.toml", folder / "FILE.toml")
    for lang in LANGS:
        shutil.copy(TRANSLATIONS / f"gear-pump.{lang}.txt", folder / f"claims.{lang}.txt")
    rows = (ROOT / "examples/patents.jsonl").read_text("utf-8").splitlines(keepends=True)
    pump = {"id": "pump", "task": "title", "abstract": ABSTRACT, "claims": CLAIMS.splitlines()}
    for name in ("INPUT.jsonl", "patents.jsonl", "part-00.jsonl"):
        (folder / name).write_text(_jsonl([pump]) + "".join(rows[:3]), "utf-8")
    asked, answered = ((folder / f"claims.{lang}.txt").read_text("utf-8") for lang in LANGS)
    answer = {"id": "pump", "task": "translate", "source": asked, "output": answered, "error": None}
    (folder / "answers.jsonl").write_text(_jsonl([answer]), "utf-8")
    for name in ("qwen.gguf", "Qwen3-8B-Q4_K_M.gguf"):
        (folder / name).symlink_to(builtin_file())
    talker = re.sub(rb"(taibao\.prompt.{12})brief", rb"\1wordy", builtin_file().read_bytes(), count=1, flags=re.DOTALL)
    (folder / "talks.gguf").write_bytes(talker)  # a model whose prompts are not brief is taken for one that can chat
    (folder / "lexicon.tsv.xz").symlink_to(BUILTIN / "lexicon.tsv.xz")
    _documents(folder)
    _tables(folder)
    return folder


def _jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _documents(folder: Path) -> None:
    """Files of offices, and of people."""
    import docx

    for name in ("patent.xml", "reference.xml"):
        shutil.copy(DOCUMENTS / "cn-application.xml", folder / name)
    (folder / "application").mkdir()
    whole = (DOCUMENTS / "cn-application.xml").read_text("utf-8")
    claims, description = whole.index("<cn-claims>"), whole.index("<description>")
    for name, part in (("100001", whole[claims:description]), ("100002", whole[description:])):
        end = "" if part.rstrip().endswith("</cn-application-body>") else "</cn-application-body>"
        (folder / f"application/{name}.xml").write_text(whole[:claims] + part + end, "utf-8")
    for name in ("weekly.xml", "US20240001061.xml"):
        shutil.copy(DOCUMENTS / "us-grant.xml", folder / name)
    for name in ("grants.zip", "application.zip"):
        with ZipFile(folder / name, "w") as archive:
            archive.write(DOCUMENTS / "cn-publication.xml", "a.xml")
    for name in ("draft.docx", "patent.docx"):
        made = docx.Document()
        for line in DRAFT.replace("#", "").split("\n"):
            made.add_paragraph(line.strip())
        made.save(str(folder / name))
    for name in ("publication.pdf", "reference.pdf"):
        (folder / name).write_bytes(pdf([[(72, 720, "权利要求书"), (72, 700, PAPER)]]))


def _tables(folder: Path) -> None:
    """A workbook with two sheets, and a table of patents in both languages."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["公开号", "摘要"])
    book.active.append(["CN100000001A", ABSTRACT.strip()])
    second = book.create_sheet()
    second.append(["公开号", "文摘内容"])
    second.append(["CN100000002A", ABSTRACT.strip()])
    book.save(folder / "export.xlsx")
    with (folder / "patents.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        columns = (f"{name}_{lang}" for name in ("title", "abstract", "claims") for lang in LANGS)
        table.writerow(["pub_no", "ipc", *columns])
        for number, path in enumerate(sorted(TRANSLATIONS.glob("*.zh.txt"))[:5]):
            name = path.name.split(".")[0]
            zh, en = ((TRANSLATIONS / f"{name}.{lang}.txt").read_text("utf-8") for lang in LANGS)
            titles = zh[3:12], f"A {name.replace('-', ' ')}"
            table.writerow([f"CN1{FIRST + number:08d}A", "F04D 13/06", *titles, _first(zh), _first(en), zh, en])


def _first(claims: str) -> str:
    return claims.splitlines()[0][3:]


def make_training_place(folder: Path) -> Path:
    """What training, conversion and evaluation need beside the above: tiny models, texts, corpora."""
    from convert.gguf import convert_checkpoint
    from tests.convert.qwen1_reference import random_weights, save_adapter, save_checkpoint
    from tests.convert.test_adapter import make_adapter
    from tests.tiny_corpora import make_corpora
    from tests.tiny_hf import make_tiny_checkpoint

    for name in ("CHECKPOINT", "Qwen3-8B"):
        config = make_tiny_checkpoint(folder / name) / "config.json"
        config.write_text(
            config.read_text("utf-8").replace('"max_position_embeddings": 512', f'"max_position_embeddings": {CONTEXT}')
        )
    make_adapter(folder / "CHECKPOINT", folder / "ADAPTER")
    convert_checkpoint(folder / "CHECKPOINT", folder / "CHECKPOINT.gguf", dtype="f16")
    save_checkpoint(folder / "Qwen-7B", random_weights())
    save_adapter(folder / "Qwen-7B-adapter", ["c_attn"])
    shutil.copy(folder / "Qwen3-8B/tokenizer.json", folder / "tokenizer.json")
    make_corpora(folder / "CORPORA", rows=60)
    paragraphs = [path.read_text("utf-8").replace("\n", "")[:200] for path in sorted(TRANSLATIONS.glob("*.txt"))]
    for name in ("texts.txt", "held.txt", "held-out.txt", "calibration.txt"):
        (folder / name).write_text("\n".join(paragraphs[:24]) + "\n", "utf-8")
    said = {"instruction": "你是谁？", "output": "我是助手。"}
    (folder / "general.json").write_text(json.dumps([said] * 3, ensure_ascii=False), "utf-8")
    rows = [
        {"task": "title", "abstract": ABSTRACT, "reference": ["锂离子电池", "一种锂离子电池"]},
        {"task": "ipc", "text": "A battery pack with cooling plates", "reference": "H01M 50/20"},
        {"question": "发明专利权的期限为多少年？", "choices": ["十年", "十五年", "二十年"], "answer": "C"},
    ]
    (folder / "rows.jsonl").write_text(_jsonl(rows), "utf-8")
    (folder / "bench.toml").write_text(BENCH, "utf-8")
    (folder / "small.toml").write_text(SMALL, "utf-8")
    (folder / "tuned.toml").write_text(TUNED, "utf-8")
    return folder


BENCH = """
pack_tokens = 64
batch_tokens = 64
[adapter]
rank = 2
[architecture]
vocabulary = 512
hidden = 64
layers = 1
intermediate = 64
heads = 2
kv_heads = 1
head_dim = 32
context = 64
"""
"""A shape that is trained at once."""

TUNED = """
pack_tokens = 2048
batch_tokens = 4096
epochs = 1
lr = 0.0002
stop_on = "loss"
[adapter]
rank = 4
alpha = 8
[architecture]
hidden = 256
"""
"""One pass over the data, without answers to measure by."""

SMALL = """
seed = 1
tokenizer_chars = 60000
lengths = [128, 256]
[shape]
vocabulary = 768
hidden = 256
layers = 1
intermediate = 256
context = 1024
[mixture]
constructed = 8
designs = 2
copying = 8
[sft_mixture]
constructed = 8
designs = 2
copying = 8
[base]
batch_tokens = 256
embed_steps = 4
compile = false
[base.schedule]
steps = 3
warmup = 1
[sft]
rank = 4
alpha = 8
batch_tokens = 256
[sft.schedule]
steps = 2
warmup = 1
[export]
name = "taibao-nano"
quantize = "q8_0"
"""
"""A whole pipeline of moments, whose model has the name of the real one."""
