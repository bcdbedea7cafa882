"""Next-token logits of a model, from a Hugging Face folder or a GGUF, behind one interface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from convert.checkpoint import read_json
from convert.extras import require
from convert.llamalog import captured_log
from convert.quantize import check_gguf
from taibao_cli.engine.llamacpp.capi.library import library
from taibao_cli.engine.llamacpp.capi.plain import plain_llama
from taibao_cli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 512  # tokens that llama.cpp works on at once


class LogitModel(Protocol):
    """A model that gives logits for every position. Close it after use."""

    @property
    def vocab_size(self) -> int: ...

    def encode(self, text: str) -> list[int]:
        """Token ids of `text` as it stands, special tokens parsed, nothing added in front."""
        ...

    def logits(self, tokens: list[int]) -> NDArray[np.float32]:
        """[len(tokens), vocab_size]; row i is the prediction of token i + 1. Valid until the next call."""
        ...

    def close(self) -> None: ...


def open_model(path: Path, *, n_ctx: int, threads: int | None = None) -> LogitModel:
    """Open a checkpoint folder (transformers, float32) or a GGUF (llama.cpp) for windows of up to `n_ctx` tokens.

    Raises:
        ModelError: neither, damaged, or refused by the library that runs it.
    """
    return HfModel(path, threads=threads) if path.is_dir() else GgufModel(path, n_ctx=n_ctx, threads=threads)


class GgufModel:
    """A GGUF in llama.cpp, with its default key-value cache (f16)."""

    def __init__(self, path: Path, *, n_ctx: int, threads: int | None = None) -> None:
        check_gguf(path)
        library()  # it sets a log of its own when it is loaded, which would end the one below
        with captured_log() as log:
            try:
                self._llama = plain_llama(
                    path,
                    n_ctx=n_ctx,
                    n_batch=min(n_ctx, BATCH),
                    n_threads=threads,
                    n_threads_batch=threads,
                    logits_all=True,
                    verbose=False,
                )
            except Exception as error:  # the binding raises whatever its own steps raise
                raise ModelError(f"llama.cpp cannot load {path}: {log.reason() if log.errors else error}") from error

    @property
    def vocab_size(self) -> int:
        return int(self._llama.n_vocab())

    def encode(self, text: str) -> list[int]:
        tokens: list[int] = self._llama.tokenize(text.encode("utf-8"), add_bos=False, special=True)
        return tokens

    def logits(self, tokens: list[int]) -> NDArray[np.float32]:
        self._llama.reset()
        self._llama.eval(tokens)
        scores: NDArray[np.float32] = self._llama.scores[: len(tokens)]
        return scores

    def close(self) -> None:
        self._llama.close()


class HfModel:
    """A checkpoint folder in transformers, float32 on the processor."""

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        read_json(folder / "config.json")
        self._torch = require("torch")
        transformers = require("transformers")
        if threads is not None:
            self._torch.set_num_threads(threads)
        self._tokenizer = open_tokenizer(folder)
        transformers.utils.logging.disable_progress_bar()
        try:
            model, info = transformers.AutoModelForCausalLM.from_pretrained(
                folder, dtype=self._torch.float32, local_files_only=True, output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(f"transformers cannot load {folder}: {str(error).strip().splitlines()[0]}") from error
        if info["missing_keys"]:  # transformers fills them with random numbers
            raise ModelError(f"{folder} lacks {len(info['missing_keys'])} tensors, first {min(info['missing_keys'])}")
        self._model: Any = model.eval()

    @property
    def vocab_size(self) -> int:
        return int(self._model.get_input_embeddings().num_embeddings)

    def encode(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return tokens

    def logits(self, tokens: list[int]) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            output = self._model(input_ids=self._torch.tensor([tokens]), use_cache=False)
        logits: NDArray[np.float32] = output.logits[0].numpy()
        return logits

    def close(self) -> None:
        del self._model


def open_tokenizer(folder: Path) -> Any:
    """The `tokenizers.Tokenizer` of a checkpoint folder, exactly as tokenizer.json describes it."""
    path = folder / "tokenizer.json"
    read_json(path)
    try:
        return require("tokenizers").Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{path} cannot be loaded: {error}") from error
