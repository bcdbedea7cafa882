"""Next-token logits of many sequences that grow and branch, on OpenVINO's runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.openvino.extra import require
from taibao_cli.engine.openvino.pipeline import first_line
from taibao_cli.errors import ModelError

_UNUSUAL: Final = 67
"""More sequences than are ever computed together."""

_POLL: Final = 20
"""Milliseconds between two looks at whether to stop."""


class Stopped(Exception):
    """The stop function said so; the sequences are lost."""


class Sequences:
    """A model whose KV cache holds a table of sequences. Each call adds tokens to copies of some of them."""

    def __init__(self, folder: Path, *, properties: Mapping[str, Any], stop: Callable[[], bool]) -> None:
        """Compile the model.

        Raises:
            ModelError: OpenVINO refuses it, or it is no language model with a state.
        """
        self._openvino, self._stop = require("openvino"), stop
        model = read_model(folder)
        _keep_last_position(self._openvino, model, folder)
        try:
            self._request: Any = self._openvino.Core().compile_model(model, "CPU", properties).create_infer_request()
        except RuntimeError as error:
            raise ModelError(f"{folder}: OpenVINO cannot compile this model ({first_line(error)})") from error
        self._unsettled = False
        self.clear()

    def clear(self) -> None:
        """Hold one empty sequence."""
        import numpy as np

        self._request.reset_state()
        self._mask = np.zeros((1, 0), np.int64)

    def grow(self, parents: Sequence[int], tokens: Sequence[Sequence[int]]) -> Any:
        """Replace the sequences by copies of those numbered `parents`, each with its own `tokens` (at least one) added.

        Shorter ones are padded in front and the padding masked, so they come out as if computed alone.

        Returns:
            Logits after each sequence, float32 of shape (len(parents), n_vocab).

        Raises:
            Stopped: see there.
            RuntimeError: OpenVINO failed.
        """
        import numpy as np

        if self._unsettled:
            self._settle()
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), np.int64)
        fresh = np.zeros_like(ids)
        for number, own in enumerate(tokens):
            ids[number, longest - len(own) :] = own
            fresh[number, longest - len(own) :] = 1
        held = self._mask[list(parents)]
        mask = np.concatenate([held, fresh], axis=1)
        positions = np.maximum(np.cumsum(mask, axis=1)[:, -longest:] - 1, 0)
        self._compute(input_ids=ids, attention_mask=mask, position_ids=positions, beam_idx=np.array(parents, np.int32))
        self._mask = mask
        return np.array(self._request.get_tensor("logits").data[:, -1], np.float32)

    def _compute(self, **inputs: Any) -> None:
        for name, value in inputs.items():
            self._request.set_tensor(name, self._openvino.Tensor(value))
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
        """Compute something of a shape that nothing else has. In a graph that was cancelled some nodes have taken in
        the new shapes and others have not; those that think nothing has changed would give what they gave before."""
        self._unsettled = False
        self.grow([0] * _UNUSUAL, [[0]] * _UNUSUAL)
        self.clear()

    def _give_up(self) -> None:
        self._request.cancel()
        with suppress(RuntimeError):  # that it was cancelled
            self._request.wait()
        self._unsettled = True
        self.clear()

    def save(self) -> Any:
        """What is held now, for `restore`."""
        import numpy as np

        return self._mask, [np.array(state.state.data) for state in self._request.query_state()]

    def restore(self, saved: Any) -> None:
        self._mask, held = saved
        for state, value in zip(self._request.query_state(), held, strict=True):
            state.state = self._openvino.Tensor(value)


def read_model(folder: Path) -> Any:
    """The graph in a folder; its weights are mapped into memory, not read.

    Raises:
        ModelError: a file is missing or damaged.
    """
    path = folder / "openvino_model.xml"
    if not path.is_file() or not path.with_suffix(".bin").is_file():
        raise ModelError(f"{folder} lacks openvino_model.xml or its .bin; make it with taibao convert openvino")
    try:
        reader = require("openvino.frontend").FrontEndManager().load_by_framework("ir")
        return reader.convert(reader.load(str(path)))
    except RuntimeError as error:
        raise ModelError(f"{path}: OpenVINO cannot read this model ({first_line(error)})") from error


def _keep_last_position(openvino: Any, model: Any, folder: Path) -> None:
    """Let the vocabulary matrix see the last position alone: all others cost as much and are not asked for."""
    import numpy as np

    names = {each.get_any_name() for each in model.inputs}
    if not {"input_ids", "attention_mask", "position_ids", "beam_idx"} <= names:
        raise ModelError(f"{folder} is no language model with a state; export it with taibao convert openvino")
    node = model.output("logits").get_node()
    while node.get_type_name() != "MatMul":
        if node.get_input_size() < 1:
            raise ModelError(f"{folder}: the model ends in no matrix over its vocabulary; run it as a GGUF file")
        node = node.input_value(0).get_node()
    operations = openvino.opset13
    last = operations.gather(
        node.input_value(0), operations.constant(np.array([-1], np.int64)), operations.constant(np.int64(1))
    )
    node.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()
