"""Training configurations: TOML files read into checked dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field

from train.data.mixture import Mixture
from train.shape import Shape
from train.tables import build, config_path, read_toml


@dataclass(frozen=True, slots=True)
class Schedule:
    """Warm-up, constant, then linear decay to `floor` over the last `decay` share of the steps."""

    steps: int = 1000
    warmup: int = 50
    decay: float = 0.25
    floor: float = 0.02

    def factor(self, step: int) -> float:
        """Learning-rate factor of step 0, 1, …"""
        if step < self.warmup:
            return (step + 1) / self.warmup
        start = self.steps * (1 - self.decay)
        if step < start:
            return 1.0
        return max(self.floor, 1 - (1 - self.floor) * (step - start) / max(1.0, self.steps - start))


@dataclass(frozen=True, slots=True)
class Base:
    """Training from scratch, `batch_tokens` per step.

    The embeddings are tied to the output and begin trained: with an `adam_lr` near their standard deviation a few
    hundred steps wipe that start out (0.003 against 0.02 left a cosine of 0.16 to it after 550 steps).
    """

    batch_tokens: int = 4096
    muon_lr: float = 0.02
    adam_lr: float = 0.001
    embed_steps: int = 1500
    embed_std: float = 0.04
    save_every: int = 100
    compile: bool = True
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class Sft:
    """LoRA on all linear layers. Loss on answers and the closing token only."""

    rank: int = 16
    alpha: int = 32
    lr: float = 0.001
    batch_tokens: int = 8192
    save_every: int = 50
    schedule: Schedule = field(default_factory=lambda: Schedule(steps=200, warmup=10, decay=0.5))


@dataclass(frozen=True, slots=True)
class Export:
    """How the merged model is written."""

    quantize: str = "q8_0"
    name: str = "taibao-nano"
    version: str = "0.1"


@dataclass(frozen=True, slots=True)
class TrainConfig:
    seed: int = 1
    tokenizer_chars: int = 70_000_000
    lengths: list[int] = field(default_factory=lambda: [256, 512, 4096])
    shape: Shape = field(default_factory=Shape)
    mixture: Mixture = field(default_factory=Mixture)
    sft_mixture: Mixture = field(default_factory=Mixture)
    base: Base = field(default_factory=Base)
    sft: Sft = field(default_factory=Sft)
    start_share: float = 0.0
    """What the weights of the model that the run started from, if any, count in the result, 0 to 1."""
    export: Export = field(default_factory=Export)


def load_config(name: str) -> TrainConfig:
    """A file, or the name of a shipped configuration (`nano`, `nano-further`, `nano-settle`, `mini`, `tiny`).

    Raises:
        InputError: missing file, bad TOML, unknown key or wrong type, naming the key.
    """
    path = config_path(name)
    config: TrainConfig = build(TrainConfig, read_toml(path), str(path))
    return config
