"""Logits of a few next tokens, of many sequences and of the trees behind them, on OpenVINO's runtime."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from taibao_cli.engine.mapped import Unpacking
from taibao_cli.engine.openvino.extra import require
from taibao_cli.engine.openvino.graph import ALLOWED, CANDIDATES, FIRST, read_for_labels
from taibao_cli.engine.openvino.pipeline import WEIGHTS, first_line
from taibao_cli.errors import ModelError

STEP: Final = 2048
"""Most tokens of one computation, padding included; more are no faster."""

_UNUSUAL: Final = range(67, 131)
"""More sequences than are ever computed together."""

_POLL: Final = 20
"""Milliseconds between two looks at whether to stop."""

Node = tuple[int, int]
"""(token, number of the node above it among all those attached to its sequence, or -1: it follows the sequence)."""


class _New(NamedTuple):
    """Tokens to compute: ids and positions, int64 of shape (rows, new tokens), and what each sees of the cache and of
    them, bool of shape (rows, new tokens, all tokens)."""

    ids: Any
    positions: Any
    sees: Any

    def then(self, other: _New) -> _New:
        """Both at once; `other` sees all of this."""
        import numpy as np

        sees = np.pad(self.sees, ((0, 0), (0, 0), (0, other.ids.shape[1])))
        pairs = ((self.ids, other.ids), (self.positions, other.positions), (sees, other.sees))
        return _New(*(np.concatenate(pair, axis=1) for pair in pairs))


class Stopped(Exception):
    """The stop function said so; the sequences are lost."""


class Sequences:
    """A model whose KV cache holds sequences and, behind each, a tree of tokens.

    Branches are no copies of their sequence: the nodes of a tree stand one after the other, and a mask lets each see
    its sequence, the nodes above it and itself.
    """

    def __init__(self, folder: Path, *, properties: Mapping[str, Any], stop: Callable[[], bool]) -> None:
        """Compile the model.

        Raises:
            ModelError: OpenVINO refuses it, or it is no language model that trees can be attached to.
        """
        self._openvino, self._stop = require("openvino"), stop
        model = read_for_labels(folder)
        try:
            self._request: Any = self._openvino.Core().compile_model(model, "CPU", properties).create_infer_request()
        except RuntimeError as error:
            raise ModelError(f"{folder}: OpenVINO cannot compile this model ({first_line(error)})") from error
        self._weights = Unpacking(folder / WEIGHTS)
        self._unsettled, self._unusual = False, itertools.cycle(_UNUSUAL)
        self.kept: list[int] = []
        """What `begin` computed last; its states are kept."""
        self._states: list[Any] = []
        self.clear()

    def begin(self, tokens: Sequence[int]) -> None:
        """Hold one sequence of these tokens. What was begun with the last time is not computed again.

        Raises:
            As `grow`.
        """
        import numpy as np

        self.clear()
        states = self._request.query_state()
        if self._unsettled or tokens != self.kept:
            self.grow([tokens], [0])
            self._states = [np.array(state.state.data) for state in states]
            self.kept = list(tokens)
            return
        for state, value in zip(states, self._states, strict=True):
            state.state = self._openvino.Tensor(value)
        self._held = np.ones((1, len(tokens)), bool)

    def clear(self) -> None:
        """Hold one empty sequence."""
        import numpy as np

        self._request.reset_state()
        self._held = np.zeros((1, 0), bool)
        """Which columns of the cache hold tokens of the sequence, and not padding."""
        self._above = np.zeros((1, 0, 0), bool)
        """Which nodes each node sees."""
        self._depth = np.zeros((1, 0), np.int64)

    def grow(
        self, tokens: Sequence[Sequence[int]], candidates: Sequence[int], nodes: Sequence[Sequence[Node]] = ()
    ) -> Any:
        """Add tokens, at least one, to each sequence; a single one becomes as many as there are rows of tokens. There
        are no trees yet; the `nodes` of one behind each sequence are computed together with its last tokens.

        Shorter rows are padded in front and the padding masked, so they come out as if computed alone.

        Returns:
            Logits of the candidates after each sequence and then after each of its nodes, float32 of shape
            (len(tokens), 1 + most nodes, len(candidates)), good till something else is computed; where a row has fewer
            nodes, the rest means nothing.

        Raises:
            Stopped: see there.
            RuntimeError: OpenVINO failed.
        """
        import numpy as np

        if self._unsettled:
            self._settle()
        ids, fresh = _padded(tokens)
        begun = self._held.shape[1]
        held = np.concatenate([np.repeat(self._held, len(ids) // len(self._held), axis=0), fresh], axis=1)
        positions = np.maximum(np.cumsum(held, axis=1) - 1, 0)
        end = held.shape[1]
        step = -(-(end - begun) // -(-ids.size // STEP))
        *parts, last = [
            _New(
                ids[:, start - begun : start - begun + step],
                positions[:, start : start + step],
                held[:, None, : start + step] & np.tri(min(start + step, end), dtype=bool)[start:],
            )
            for start in range(begun, end, step)
        ]
        for part in parts:
            self._compute(part, 0, candidates)
            self._held = held[:, : part.sees.shape[2]]
        above, depth = np.zeros((len(ids), 0, 0), bool), np.zeros((len(ids), 0), np.int64)
        wanted = 1
        if any(nodes):
            tree, above, depth = _tree(nodes, held, above, depth)
            last, wanted = last.then(tree), 1 + tree.ids.shape[1]
        logits = self._compute(last, wanted, candidates)
        self._held, self._above, self._depth = held, above, depth
        return logits

    def attach(self, nodes: Sequence[Sequence[Node]], candidates: Sequence[int]) -> Any:
        """Add nodes to the tree behind each sequence, one row of nodes for each; nodes come after those above them.

        Returns:
            Logits of the candidates after each node, float32 of shape (len(nodes), most nodes, len(candidates)), good
            till something else is computed; where a row has fewer, the rest means nothing.

        Raises:
            As `grow`.
        """
        tree, above, depth = _tree(nodes, self._held, self._above, self._depth)
        logits = self._compute(tree, tree.ids.shape[1], candidates)
        self._above, self._depth = above, depth
        return logits

    def _compute(self, new: _New, wanted: int, candidates: Sequence[int]) -> Any:
        """Compute new tokens.

        Returns:
            Logits after the last `wanted` of each row, float32 of shape (rows, wanted, len(candidates)).
        """
        import numpy as np

        count, total = new.sees.shape[1:]
        itself = np.eye(count, total, k=total - count, dtype=bool)  # padding sees nothing else
        inputs = {
            "input_ids": new.ids,
            "position_ids": new.positions,
            "beam_idx": np.arange(len(new.ids), dtype=np.int32) % len(self._held),
            ALLOWED: np.where(new.sees | itself, np.float32(0), np.float32(-np.inf))[:, None],
            FIRST: np.array([count - wanted], np.int64),
            CANDIDATES: np.array(candidates, np.int64),
        }
        for name, value in inputs.items():
            self._request.set_tensor(name, self._openvino.Tensor(np.ascontiguousarray(value)))
        with self._weights.computing():
            self._run()
        return self._request.get_tensor("logits").data

    def _run(self) -> None:
        self._request.start_async()
        try:
            while not self._request.wait_for(_POLL):
                if self._stop():
                    raise Stopped
            self._request.wait()  # raises what went wrong; the outputs would be those of the last time
        except BaseException:
            self._give_up()
            raise

    def _settle(self) -> None:
        """Compute something of a shape that nothing else has had, not even the last of these, which may have been
        cancelled as well. In a graph that was cancelled some nodes have taken in the new shapes and others have not;
        those that think nothing has changed would give what they gave before."""
        self._unsettled = False
        self.grow([[0]] * next(self._unusual), [0])
        self.clear()

    def _give_up(self) -> None:
        self._request.cancel()
        with suppress(RuntimeError):  # that it was cancelled
            self._request.wait()
        self._unsettled = True
        self.clear()


def _padded(tokens: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Rows padded in front: ids as int64, and which of them are tokens, both of shape (len(tokens), longest)."""
    import numpy as np

    longest = max(map(len, tokens))
    ids, fresh = np.zeros((len(tokens), longest), np.int64), np.zeros((len(tokens), longest), bool)
    for number, own in enumerate(tokens):
        ids[number, longest - len(own) :] = own
        fresh[number, longest - len(own) :] = True
    return ids, fresh


def _tree(nodes: Sequence[Sequence[Node]], held: Any, above: Any, depth: Any) -> tuple[_New, Any, Any]:
    """Nodes to compute behind the sequences and nodes there are, and `above` and `depth` with them: which nodes each
    node sees, bool of shape (rows, nodes, nodes), and how many are above it, int64 of shape (rows, nodes)."""
    import numpy as np

    most, before = max(map(len, nodes)), depth.shape[1]
    ids = np.zeros((len(nodes), most), np.int64)
    above = np.pad(above, ((0, 0), (0, most), (0, most)))
    depth = np.pad(depth, ((0, 0), (0, most)))
    above[:, range(before, before + most), range(before, before + most)] = True
    for row, own in enumerate(nodes):
        for at, (token, parent) in enumerate(own):
            ids[row, at] = token
            if parent >= 0:
                above[row, before + at] |= above[row, parent]
                depth[row, before + at] = depth[row, parent] + 1
    positions = held.sum(axis=1)[:, None] + depth[:, before:]
    sees = np.concatenate([np.repeat(held[:, None], most, axis=1), above[:, before:]], axis=2)
    return _New(ids, positions, sees), above, depth
