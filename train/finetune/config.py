"""Configurations of fine-tuning: shipped presets and files of one's own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.errors import InputError
from train.finetune.architecture import FAMILIES, Architecture
from train.tables import CONFIGS, build, config_path, read_toml

if TYPE_CHECKING:
    from train.config import TrainConfig

KINDS: Final = ("lora", "rslora", "dora", "pissa")
_CHOICES: Final = {
    "precision": ("auto", "bf16", "f32"),
    "checkpointing": ("auto", "on", "off"),
    "quantize": ("none", "nf4"),
    "stop_on": ("score", "loss"),
}


@dataclass(frozen=True, slots=True)
class Adapter:
    """LoRA on all matrices of the blocks (Hu et al. 2021), or one of its kinds.

    Attributes:
        kind: `lora` scales by alpha/rank; `rslora` by alpha/sqrt(rank) (Kalajdzievski 2023); `dora` trains magnitudes
            beside directions (Liu et al. 2024); `pissa` starts at the principal directions of the weights (Meng et
            al. 2024).
        chat_tokens: train the rows of `<|im_start|>` and `<|im_end|>` too, for a base that never saw them.
    """

    kind: str = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    chat_tokens: bool = False


@dataclass(frozen=True, slots=True)
class FineTune:
    """How a checkpoint is tuned. Tokens count padding, which only the end of a pack has.

    Attributes:
        base: the checkpoint that the preset is meant for; only shown.
        pack_tokens: length of a pack; a longer example cannot be trained.
        batch_tokens: of one step of the optimizer, over all processes.
        micro_packs: packs in memory at once, on each process.
        warmup, decay, floor: shares of the steps, and of the rate at the end.
        quantize: `nf4` keeps the frozen matrices of the blocks in 4 bits with scales in 8 (QLoRA, Dettmers et al.
            2023); needs bitsandbytes.
        compile: compile norms and feed-forwards with torch.compile: a minute at the start, fewer passes over memory.
        shard: spread the weights over the processes (FSDP) instead of giving each a copy.
        stop_on: `score` is the macro task score of the dev data; `loss` their loss.
        patience: evaluations without a better value before the run stops; 0: never stops early.
        dev_rows: dev examples a task that are answered for the score.
        loss_chunk: labelled tokens whose logits exist at once.
    """

    base: str = ""
    seed: int = 1
    pack_tokens: int = 2048
    batch_tokens: int = 65_536
    micro_packs: int = 1
    epochs: int = 2
    lr: float = 0.0002
    warmup: float = 0.03
    decay: float = 0.9
    floor: float = 0.05
    clip: float = 1.0
    precision: str = "auto"
    checkpointing: str = "auto"
    quantize: str = "none"
    compile: bool = False
    shard: bool = False
    save_every: int = 50
    evaluate_every: int = 50
    stop_on: str = "score"
    patience: int = 4
    dev_rows: int = 24
    loss_chunk: int = 1024
    adapter: Adapter = field(default_factory=Adapter)
    architecture: Architecture = field(default_factory=Architecture)


def load_finetune(name: str) -> FineTune:
    """A file, or the name of a shipped preset. One for training from scratch gives the rates and sizes of its `[sft]`.

    Raises:
        InputError: missing file, bad TOML, unknown key, wrong type or value, naming the key.
    """
    path = config_path(name)
    if path.parent == CONFIGS and not path.is_file():
        raise InputError(f"no configuration {name!r}; a path to a TOML file, or one of {', '.join(presets())}")
    data = read_toml(path)
    if "architecture" not in data:
        from train.config import load_config

        return _of_recipe(load_config(name))
    config: FineTune = build(FineTune, data, str(path))
    _check(config, path)
    return config


def is_finetune(name: str) -> bool:
    """Whether the configuration is for a given checkpoint, not for training from scratch."""
    path = config_path(name)
    return path.is_file() and "architecture" in read_toml(path)


def presets() -> list[str]:
    """Names of the shipped configurations."""
    return sorted(path.stem for path in CONFIGS.glob("*.toml"))


def _check(config: FineTune, path: Path) -> None:
    values: dict[str, tuple[Any, tuple[str, ...]]] = {
        "adapter.kind": (config.adapter.kind, KINDS),
        "architecture.family": (config.architecture.family, FAMILIES),
        **{key: (getattr(config, key), choices) for key, choices in _CHOICES.items()},
    }
    for key, (value, choices) in values.items():
        if value not in choices:
            raise InputError(f"{path}: {key}: {value!r}; one of {', '.join(choices)}")
    sizes = {
        "pack_tokens": config.pack_tokens, "batch_tokens": config.batch_tokens, "micro_packs": config.micro_packs,
        "epochs": config.epochs, "save_every": config.save_every, "evaluate_every": config.evaluate_every,
        "dev_rows": config.dev_rows, "loss_chunk": config.loss_chunk, "adapter.rank": config.adapter.rank,
        "adapter.alpha": config.adapter.alpha,
    }  # fmt: skip
    for key, size in sizes.items():
        if size < 1:
            raise InputError(f"{path}: {key}: {size}; at least 1")
    if config.shard and config.stop_on == "score":
        raise InputError(f'{path}: shard: questions are not answered by a spread model; set stop_on = "loss"')
    if config.quantize != "none" and (config.shard or config.adapter.kind == "pissa"):
        with_what = "shard = true" if config.shard else "pissa, which begins with the weights themselves"
        raise InputError(f"{path}: quantize: {config.quantize} does not go with {with_what}")
    if config.pack_tokens > config.architecture.context:
        raise InputError(
            f"{path}: pack_tokens: {config.pack_tokens}, over the context of {config.architecture.context}"
        )


def _of_recipe(recipe: TrainConfig) -> FineTune:
    shape, sft = recipe.shape, recipe.sft
    return FineTune(
        base=recipe.export.name,
        seed=recipe.seed,
        pack_tokens=min(2048, shape.context),
        batch_tokens=sft.batch_tokens,
        lr=sft.lr,
        adapter=Adapter(rank=sft.rank, alpha=sft.alpha),
        architecture=Architecture(**asdict(shape)),
    )
