"""OpenVINO GenAI's continuous batching: the only file that touches it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from taibao_cli.engine.base import Sampling
from taibao_cli.engine.mapped import Unpacking
from taibao_cli.engine.openvino.extra import require
from taibao_cli.errors import ModelError

BLOCK: Final = 32
"""Tokens of one block of the KV cache on processors; prompts share whole blocks."""

WEIGHTS: Final = "openvino_model.bin"
"""File of a model folder."""

State = Literal["running", "ended", "thrown out"]
"""Of a row; thrown out when the KV cache has no room for it."""


class PipelineError(Exception):
    """A step failed; the pipeline is of no more use."""


class Pipeline:
    """Rows that are computed together, one token of each a step."""

    def __init__(
        self, folder: Path, *, width: int, cells: int, step_tokens: int, properties: Mapping[str, Any], threads: int
    ) -> None:
        """Load the model.

        Args:
            folder: of the model.
            width: most rows at a time.
            cells: tokens that the KV cache holds.
            step_tokens: most tokens of one step.
            properties: of OpenVINO's processor plugin.
            threads: that choose tokens.

        Raises:
            ModelError: OpenVINO refuses the model.
        """
        self._genai, self._openvino = require("openvino_genai"), require("openvino")
        config = self._genai.SchedulerConfig()
        config.max_num_seqs = width
        config.max_num_batched_tokens = step_tokens
        config.num_kv_blocks = math.ceil(cells / BLOCK)
        config.dynamic_split_fuse = config.enable_prefix_caching = True
        try:
            self._pipeline: Any = self._genai.ContinuousBatchingPipeline(
                str(folder), config, "CPU", {**properties, "sampler_num_threads": threads}
            )
            self._weights = Unpacking(folder / WEIGHTS)
            self._lay_out()
        except RuntimeError as error:
            raise ModelError(f"{folder}: OpenVINO cannot load this model ({first_line(error)})") from error
        self._number = 0
        self.step_tokens = step_tokens

    def _lay_out(self) -> None:
        """Compute one token: `generate` leaves Python's other threads running meanwhile, `step` does not."""
        import numpy as np

        config = self._genai.GenerationConfig()
        config.max_new_tokens = 1
        with self._weights.computing():
            self._pipeline.generate([self._openvino.Tensor(np.zeros((1, 1), np.int64))], [config])

    def add(
        self,
        tokens: Sequence[int],
        sampling: Sampling,
        *,
        max_tokens: int,
        ends: Iterable[int],
        rules: str | None = None,
    ) -> Any:
        """Begin a row; `take` reads what comes. `rules` is the form of the answer in GBNF.

        Raises:
            PipelineError: the settings are refused.
        """
        import numpy as np

        self._number += 1
        prompt = self._openvino.Tensor(np.array([tokens], np.int64))
        try:
            config = self._config(sampling, max_tokens, ends, rules)
            return self._pipeline.add_request(self._number, prompt, config)
        except RuntimeError as error:
            raise PipelineError(first_line(error)) from error

    def _config(self, sampling: Sampling, max_tokens: int, ends: Iterable[int], rules: str | None) -> Any:
        config = self._genai.GenerationConfig()
        config.max_new_tokens = max_tokens
        config.stop_token_ids = set(ends)
        config.set_eos_token_id(min(config.stop_token_ids))
        config.repetition_penalty = sampling.repeat_penalty
        if sampling.temperature > 0:
            config.do_sample = True
            config.temperature = sampling.temperature
            config.top_p, config.min_p, config.rng_seed = sampling.top_p, sampling.min_p, sampling.seed
            if sampling.top_k > 0:
                config.top_k = sampling.top_k
        if rules is not None:
            config.structured_output_config = self._genai.StructuredOutputConfig()
            config.structured_output_config.grammar = rules
        return config

    def step(self) -> None:
        """Compute one step of the rows.

        Raises:
            PipelineError: it failed.
        """
        try:
            with self._weights.computing():
                self._pipeline.step()
        except RuntimeError as error:
            raise PipelineError(first_line(error)) from error

    def busy(self) -> bool:
        """Whether rows are left, dropped ones included until the next step."""
        return bool(self._pipeline.has_non_finished_requests())

    def take(self, row: Any) -> tuple[list[int], State]:
        """The tokens that a row has got since it was last asked, and how it stands."""
        tokens: list[int] = []
        while row.can_read():
            for output in row.read().values():
                tokens += output.generated_ids
        status, known = row.get_status(), self._genai.GenerationStatus
        if status == known.IGNORED:
            return tokens, "thrown out"
        return tokens, "running" if status == known.RUNNING else "ended"


def first_line(error: BaseException) -> str:
    """What went wrong, without the files and lines of OpenVINO's own sources."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return (telling or lines or [type(error).__name__])[-1][:200]
