"""The default engine: llama.cpp on a GGUF file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.llamacpp.capi.library import MAX_SEQUENCES
from taibao_cli.engine.llamacpp.capi.model import LoraAdapter, Model
from taibao_cli.engine.llamacpp.constrained import Forms
from taibao_cli.engine.llamacpp.lane import BATCH
from taibao_cli.engine.llamacpp.probe import Probe, known_speeds, remembered_speeds
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.llamacpp.scheduler import KEPT, Scheduler, Source
from taibao_cli.engine.llamacpp.scorer import LABEL_CELLS, LABEL_SEQUENCES
from taibao_cli.engine.llamacpp.sealed import is_whole, seal
from taibao_cli.engine.llamacpp.tuning import Tuning, best_tuning, retuned
from taibao_cli.engine.text.admission import Admission, choose_context, made_or_refused
from taibao_cli.engine.text.answer import Emit
from taibao_cli.engine.text.prompt import Prompter
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import ModelError, RowError, UsageError

MAX_WIDTH: Final = min(BATCH, MAX_SEQUENCES - LABEL_SEQUENCES - KEPT)


class LlamaCppEngine:
    """Runs many requests at once on the processor. The text may differ in rare near-ties from one width to another."""

    def __init__(
        self,
        path: Path,
        *,
        ctx: int | None = None,
        threads: int | None = None,
        width: int | None = 16,
        tune: str | None = None,
        gpu_layers: int = 0,
        adapters: Mapping[str, Path] | None = None,
        alone: bool = False,
    ) -> None:
        """Load a model.

        Args:
            path: the GGUF file.
            ctx: longest prompt plus answer, in tokens; the model's trained context, at most 8192, when None.
            threads: computing threads; what the machine really gives when None.
            width: most requests computed at the same time; what is fastest here, measured the first time, when None.
            tune: how it is computed otherwise, such as "kv=unified,flash=off,ubatch=256"; as measured where it was.
            gpu_layers: layers computed on a GPU; -1 is all of them.
            adapters: LoRA adapters in GGUF, by the name that requests call them.
            alone: with `width` 1 a row is computed as if it were the only one: the same bits whatever came before.

        Raises:
            ModelError: the file cannot be loaded, has no usable chat template, the context does not fit in memory,
                an adapter does not fit the model, or there is no GPU for `gpu_layers`.
            UsageError: `ctx`, `threads`, `width` or `tune` is out of range.
        """
        if width is not None and not 1 <= width <= MAX_WIDTH:
            raise UsageError(f"width is {width}; give 1 to {MAX_WIDTH}")
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads}; give at least 1")
        self._cancelled = False
        self.beats = 0
        """Goes on while anything is computed, many times a second."""
        self._scheduler: Scheduler | None = None
        self._model = Model(path, gpu_layers=gpu_layers)
        self._forms = Forms(self._model)
        try:
            self._context = choose_context(ctx, self._model.trained_context)
            self._prompter = Prompter(self._model)
            self._admission = Admission(
                self._prompter,
                context=self._context,
                trained=self._model.trained_context,
                adapters=tuple(adapters or ()),
            )
            threads = threads or default_threads()
            self.tuning = self._tuned(path, threads, width, tune)
            self.width = self.tuning.width
            self._scheduler = Scheduler(
                self._model,
                context=self._context,
                tuning=self.tuning,
                threads=threads,
                adapters={name: LoraAdapter(self._model, file) for name, file in (adapters or {}).items()},
                stop=self._asked_to_stop,
                alone=alone,
            )
        except BaseException:
            self.close()
            raise

    def _tuned(self, path: Path, threads: int, width: int | None, tune: str | None) -> Tuning:
        if width is None:
            tuning = best_tuning(known_speeds(path, threads, Probe(self._model, threads).speeds))
        else:
            known = remembered_speeds(path, threads)
            tuning = replace(best_tuning(known) if known else Tuning(), width=width)
        return retuned(tuning, tune) if tune else tuning

    @property
    def context(self) -> int:
        return self._context

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        self._cancelled = False
        source: Source = (None if request is None else self._prepare(request) for request in requests)
        return self._running().run(source)

    def stream(self, request: Request, emit: Emit) -> Result:
        """Answer one request. A loop is cut from the result, but what `emit` got stays what it got."""
        self._cancelled = False
        (result,) = self._running().run(iter([self._prepare(request, emit)]))
        return result

    def save_state(self, path: Path) -> bool:
        """Write what was computed of the last single row, false when there is nothing to keep."""
        if not self._running().save(path):
            return False
        seal(path)
        return True

    def load_state(self, path: Path) -> int:
        """Go on from what `save_state` wrote with the same model and options, before the first row; the tokens that
        need not be computed again."""
        return self._running().load(path) if is_whole(path) else 0

    def count(self, request: Request) -> int:
        return len(self._prompter.prompt(request).tokens)

    def cancel(self) -> None:
        self._cancelled = True

    def _asked_to_stop(self) -> bool:
        self.beats += 1
        return self._cancelled

    def close(self) -> None:
        if self._scheduler:
            self._scheduler.close()
            self._scheduler = None
        self._forms.close()
        self._model.close()

    def _running(self) -> Scheduler:
        if self._scheduler is None:
            raise ModelError("the engine is closed")
        return self._scheduler

    def _prepare(self, request: Request, emit: Emit | None = None) -> Row | Result:
        return made_or_refused(request, lambda: self._row(request, emit))

    def _row(self, request: Request, emit: Emit | None) -> Row:
        prompt, trie = self._admission.admit(request)
        if trie and trie.longest > LABEL_CELLS:
            raise RowError("bad_value", f"a label has {trie.longest} tokens; the longest may have {LABEL_CELLS}")
        if trie and self._model.has_recurrent_state:
            raise RowError("engine", "labels cannot be scored with a recurrent or hybrid model; use another model")
        grammar = None if request.schema is None else self._forms.grammar(request.schema)
        return Row(request, prompt, self._model, trie=trie, grammar=grammar, emit=emit)
