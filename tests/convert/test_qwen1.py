"""The first Qwen as Qwen2: logits, tokens and adapters are those of an independent implementation."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from convert.compare import compare, tokenizer_parity
from convert.gguf import convert_checkpoint as convert_gguf
from convert.qwen1.adapter import convert_adapter
from convert.qwen1.checkpoint import convert_checkpoint
from convert.qwen1.config import qwen2_config
from convert.qwen1.tokenizer import merges, read_tiktoken, tokenizer_json
from convert.vocab import QWEN2_REGEX
from taibao_cli.cli import convert as commands
from taibao_cli.errors import ModelError, TaibaoError
from tests.convert.qwen1_reference import (
    DIALECTS,
    HIDDEN,
    TRAINED,
    VOCAB,
    adapted,
    forward,
    random_weights,
    save_adapter,
    save_checkpoint,
)

TOKENIZERS = Path(__file__).parents[2] / "../shared/data/tokenizers"
IDS = [(7 * i * i + 3 * i) % 256 for i in range(2 * TRAINED)]
TEXTS = [
    "the theatre, the 电池！",
    "<|im_start|>user\n电 池<|im_end|>\n",
    "K = 273 \u212a, Ω = \u2126  \n\n",
    "一二三 123.45",
]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands.convert, [str(argument) for argument in arguments])


def qwen2_logits(folder: Path, ids: list[int], adapter: Path | None = None) -> torch.Tensor:
    from peft import PeftModel
    from transformers import Qwen2ForCausalLM

    model: Any = Qwen2ForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter).eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(input_ids=torch.tensor([ids])).logits[0]
    return logits


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return random_weights()


@pytest.fixture(scope="module")
def converted(weights: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen1")
    assert convert_checkpoint(save_checkpoint(folder / "qwen", weights), folder / "qwen2") == TRAINED
    return folder / "qwen2"


@pytest.mark.parametrize("length", [1, 2, TRAINED - 1, TRAINED])
def test_logits_are_equal_up_to_the_trained_length(
    converted: Path, weights: dict[str, torch.Tensor], length: int
) -> None:
    difference = (qwen2_logits(converted, IDS[:length]) - forward(weights, IDS[:length])).abs().max()
    assert difference < 2e-5


def test_beyond_the_trained_length_they_are_not(converted: Path, weights: dict[str, torch.Tensor]) -> None:
    ids = IDS[: TRAINED + 1]
    assert (qwen2_logits(converted, ids) - forward(weights, ids)).abs().max() > 0.1
    assert json.loads((converted / "config.json").read_text())["max_position_embeddings"] == TRAINED


def test_halves_of_the_mlp_are_not_interchangeable(converted: Path, weights: dict[str, torch.Tensor]) -> None:
    swap = {"mlp.w1": "mlp.w2", "mlp.w2": "mlp.w1"}
    swapped = {
        next((name.replace(old, new) for old, new in swap.items() if old in name), name): tensor
        for name, tensor in weights.items()
    }
    assert (qwen2_logits(converted, IDS[:20]) - forward(swapped, IDS[:20])).abs().max() > 0.5


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("torch_files", [False, True])
def test_every_bit_is_kept(tmp_path: Path, dtype: torch.dtype, torch_files: bool) -> None:
    weights = random_weights(dtype)
    folder = save_checkpoint(tmp_path / "qwen", weights, torch_files=torch_files)
    convert_checkpoint(folder, tmp_path / "qwen2")
    index = json.loads((tmp_path / "qwen2/model.safetensors.index.json").read_text())
    files = {name: load_file(tmp_path / "qwen2" / name) for name in sorted(set(index["weight_map"].values()))}
    assert list(files) == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    found = {name: files[file][name] for name, file in index["weight_map"].items()}
    size = sum(tensor.nbytes for name, tensor in weights.items() if not name.endswith("masked_bias"))
    assert index["metadata"]["total_size"] == size == sum(tensor.nbytes for tensor in found.values())
    fused = weights["transformer.h.1.attn.c_attn.weight"]
    for part, letter in enumerate("qkv"):
        rows = slice(part * HIDDEN, (part + 1) * HIDDEN)
        assert torch.equal(found[f"model.layers.1.self_attn.{letter}_proj.weight"], fused[rows])
    assert torch.equal(found["model.layers.0.mlp.gate_proj.weight"], weights["transformer.h.0.mlp.w2.weight"])
    assert torch.equal(found["model.layers.0.mlp.up_proj.weight"], weights["transformer.h.0.mlp.w1.weight"])
    assert {tensor.dtype for tensor in found.values()} == {dtype}


def test_both_dialects_give_the_same_model(tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    for dialect in DIALECTS:
        folder = save_checkpoint(tmp_path / f"{dialect}-qwen", weights, dialect=dialect)
        convert_checkpoint(folder, tmp_path / dialect)
    assert {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()
    }


def test_the_first_release_at_full_size(published: dict[str, Any]) -> None:
    config = qwen2_config(published, dtype="bfloat16")
    sizes = ("hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size")
    assert [config[key] for key in sizes] == [4096, 32, 32, 32, 11008]
    assert (config["max_position_embeddings"], config["vocab_size"], config["rope_theta"]) == (2048, 151936, 10000.0)


@pytest.fixture
def published() -> dict[str, Any]:
    path = TOKENIZERS / "qwen1/config.json"
    if not path.is_file():
        pytest.skip("needs the published configuration in ../shared/data/tokenizers/qwen1")
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def test_files_beside_the_weights(converted: Path) -> None:
    config, generation, tokenizer = (
        json.loads((converted / name).read_text(encoding="utf-8"))
        for name in ("config.json", "generation_config.json", "tokenizer_config.json")
    )
    assert config["eos_token_id"] == generation["eos_token_id"][0] == 266
    assert (generation["eos_token_id"], generation["top_p"], generation["pad_token_id"]) == ([266, 264], 0.8, 264)
    assert "max_window_size" not in generation
    assert (tokenizer["eos_token"], tokenizer["model_max_length"]) == ("<|im_end|>", TRAINED)
    assert (converted / "LICENSE").read_text(encoding="utf-8") == "Tongyi Qianwen\n"


def test_on_to_gguf(converted: Path, tmp_path: Path) -> None:
    convert_gguf(converted, tmp_path / "m.gguf", dtype="f16")
    assert compare(converted, tmp_path / "m.gguf", TEXTS, n_ctx=TRAINED, threads=1).kl_mean < 1e-5
    assert tokenizer_parity(converted, tmp_path / "m.gguf", TEXTS, threads=1) == []


def test_tokens_are_those_of_the_ranks(converted: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    ranks = read_tiktoken(converted.parent / "qwen/qwen.tiktoken")
    for text in TEXTS:
        assert tokenizer.encode(text).ids == tiktoken_encode(text, ranks)
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == unicodedata.normalize(
            "NFC", text
        )


def tiktoken_encode(text: str, ranks: dict[bytes, int]) -> list[int]:
    """As the original's tokenizer: control tokens parsed, NFC, split, the neighbours of lowest rank joined first."""
    import regex

    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|extra_{i}|>" for i in range(205))]
    ids = []
    for piece in regex.split(r"(<\|(?:endoftext|im_start|im_end|extra_\d+)\|>)", unicodedata.normalize("NFC", text)):
        if piece in specials:
            ids.append(len(ranks) + specials.index(piece))
            continue
        for word in regex.findall(QWEN2_REGEX, piece):
            parts = [bytes([byte]) for byte in word.encode()]
            while len(parts) > 1:
                pairs = {i: ranks[a + b] for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks}
                if not pairs:
                    break
                at = min(pairs, key=lambda i: (pairs[i], i))
                parts[at : at + 2] = [parts[at] + parts[at + 1]]
            ids += [ranks[part] for part in parts]
    return ids


@pytest.mark.parametrize("target", ["c_attn", "attn.c_proj", "w1", "w2", "mlp.c_proj"])
def test_adapters_change_the_logits_alike(
    converted: Path, weights: dict[str, torch.Tensor], tmp_path: Path, target: str
) -> None:
    check_adapter(converted, weights, tmp_path, [target])


@pytest.mark.parametrize(("rslora", "torch_file"), [(False, True), (True, False)])
def test_adapters_on_everything(
    converted: Path, weights: dict[str, torch.Tensor], tmp_path: Path, rslora: bool, torch_file: bool
) -> None:
    check_adapter(converted, weights, tmp_path, ["c_attn", "c_proj", "w1", "w2"], rslora=rslora, torch_file=torch_file)


def check_adapter(
    converted: Path, weights: dict[str, torch.Tensor], tmp_path: Path, targets: list[str], **how: bool
) -> None:
    matrices = save_adapter(tmp_path / "adapter", targets, **how)
    result = run("qwen1", tmp_path / "adapter", "-o", tmp_path / "out", "--base", converted)
    assert result.exit_code == 0, result.output
    expected = forward(adapted(weights, matrices, 16 / (2 if how.get("rslora") else 4)), IDS[:TRAINED])
    found = qwen2_logits(converted, IDS[:TRAINED], tmp_path / "out")
    assert (found - expected).abs().max() < 2e-4
    assert (found - forward(weights, IDS[:TRAINED])).abs().max() > 0.5
    assert json.loads((tmp_path / "out/adapter_config.json").read_text())["base_model_name_or_path"] == str(converted)


def test_thirds_of_c_attn_share_their_first_matrix(tmp_path: Path) -> None:
    matrices = save_adapter(tmp_path / "adapter", ["c_attn"])
    result = run("qwen1", tmp_path / "adapter", "-o", tmp_path / "out")
    assert "6 modules" in result.stderr
    found = load_file(tmp_path / "out/adapter_model.safetensors")
    for part, letter in enumerate("qkv"):
        at = f"base_model.model.model.layers.1.self_attn.{letter}_proj"
        assert torch.equal(found[f"{at}.lora_A.weight"], matrices["transformer.h.1.attn.c_attn.A"])
        rows = slice(part * HIDDEN, (part + 1) * HIDDEN)
        assert torch.equal(found[f"{at}.lora_B.weight"], matrices["transformer.h.1.attn.c_attn.B"][rows])


def test_whole_modules_are_renamed(tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    from safetensors.torch import save_file

    save_adapter(tmp_path / "adapter", ["c_attn"])
    path = tmp_path / "adapter/adapter_model.safetensors"
    whole = {
        f"base_model.model.{name}.weight": weights[f"{name}.weight"] + 1 for name in ("transformer.wte", "lm_head")
    }
    save_file(load_file(path) | whole, path)
    change(tmp_path / "adapter/adapter_config.json", modules_to_save=["wte", "lm_head"])
    result = run("qwen1", tmp_path / "adapter", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    found = load_file(tmp_path / "out/adapter_model.safetensors")
    assert torch.equal(found["base_model.model.model.embed_tokens.weight"], weights["transformer.wte.weight"] + 1)
    assert json.loads((tmp_path / "out/adapter_config.json").read_text())["modules_to_save"] == [
        "embed_tokens",
        "lm_head",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"use_dora": True}, "use_dora True cannot be converted"),
        ({"bias": "all"}, "bias 'all' cannot be converted"),
        ({"rank_pattern": {"c_attn": 8}}, "rank_pattern names modules of the first Qwen"),
        ({"peft_type": "IA3"}, "IA3 cannot be converted; only LORA can"),
        ({"modules_to_save": ["ln_f", "h"]}, "modules_to_save h cannot be converted"),
    ],
)
def test_adapters_that_are_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    save_adapter(tmp_path / "adapter", ["c_attn"])
    change(tmp_path / "adapter/adapter_config.json", **changes)
    with pytest.raises(ModelError, match=message):
        convert_adapter(tmp_path / "adapter", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "qwen2"}, "model_type is 'qwen2', not 'qwen'"),
        ({"rotary_pct": 0.25}, "rotary_pct 0.25 cannot be expressed in Qwen2; it must be 1.0"),
        ({"no_bias": False}, "no_bias False"),
        ({"intermediate_size": 191}, "the MLP width 191 must be even"),
        ({"seq_length": None}, "seq_length must be a whole number above 0, not None"),
        ({"kv_channels": 8}, "kv_channels times the heads is not the hidden size"),
        ({"num_hidden_layers": 3}, "the checkpoint lacks 12 tensors, of Qwen2's names first model.layers.2"),
        ({"num_hidden_layers": 1}, "12 tensors have no place in the model of config.json, first model.layers.1"),
        ({"vocab_size": VOCAB + 1}, f"would have shape ({VOCAB}, 64), but config.json asks for ({VOCAB + 1}, 64)"),
    ],
)
def test_checkpoints_that_are_refused(
    tmp_path: Path, weights: dict[str, torch.Tensor], changes: dict[str, Any], message: str
) -> None:
    folder = save_checkpoint(tmp_path / "qwen", weights)
    change(folder / "config.json", **changes)
    with pytest.raises(ModelError) as caught:
        convert_checkpoint(folder, tmp_path / "out")
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"IQ== 33\n", b"", "the ranks are not 0, 1, 2"),
        (b"IQ== 33\n", b"IQ= 33\n", "line 34: not a token in base64 and a rank"),
        (b"IQ== 33\n", b"ISEh 33\n", "1 of the 256 single bytes have no token"),
        (b"dGhl 257\n", b"eHl6 257\n", "no two tokens before it make the token of rank 257"),
    ],
)
def test_damaged_vocabularies(
    tmp_path: Path, weights: dict[str, torch.Tensor], old: bytes, new: bytes, message: str
) -> None:
    path = save_checkpoint(tmp_path / "qwen", weights) / "qwen.tiktoken"
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(ModelError, match=message):
        convert_checkpoint(tmp_path / "qwen", tmp_path / "out")


def test_what_a_killed_run_left_is_removed(tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    folder = save_checkpoint(tmp_path / "qwen", weights)
    (tmp_path / ".out.part").mkdir()
    (tmp_path / ".out.part/model.safetensors").write_bytes(b"half")
    result = run("qwen1", folder, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert f"context {TRAINED} tokens, the trained length" in result.stderr
    assert not (tmp_path / ".out.part").exists()
    assert not (tmp_path / "out/model.safetensors").exists()
    with pytest.raises(TaibaoError, match="exists; remove it"):
        convert_checkpoint(folder, tmp_path / "out")


def test_the_config_converter_names_this_command(tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    folder = save_checkpoint(tmp_path / "qwen", weights)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="turn it into a Qwen2 checkpoint with: taibao convert qwen1"):
        convert_gguf(folder, tmp_path / "m.gguf")


@pytest.mark.slow
def test_published_ranks_are_the_merges_of_qwen2() -> None:
    if not (TOKENIZERS / "qwen1/qwen.tiktoken").is_file():
        pytest.skip("needs the published tokenizers in ../shared/data/tokenizers")
    ranks = read_tiktoken(TOKENIZERS / "qwen1/qwen.tiktoken")
    ours = tokenizer_json(ranks)
    theirs = json.loads((TOKENIZERS / "qwen2.5/tokenizer.json").read_text(encoding="utf-8"))
    assert len(ours["model"]["vocab"]) == 151643
    assert ours["model"]["vocab"] == theirs["model"]["vocab"]
    assert len(merges(ranks)) == 151387
    assert [" ".join(pair) for pair in ours["model"]["merges"]] == [
        merge if isinstance(merge, str) else " ".join(merge) for merge in theirs["model"]["merges"]
    ]
    assert [(token["id"], token["content"]) for token in ours["added_tokens"][:3]] == [
        (token["id"], token["content"]) for token in theirs["added_tokens"][:3]
    ]


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
