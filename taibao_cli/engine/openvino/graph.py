"""The graph of a model folder, and what is changed in it for labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.openvino.extra import require
from taibao_cli.engine.openvino.pipeline import first_line
from taibao_cli.errors import ModelError

ALLOWED: Final = "allowed"
"""Input: what is added to the scores of attention, float32 of shape (rows, 1, new tokens, all tokens)."""

FIRST: Final = "first"
"""Input: the first of the new tokens whose logits are wanted, int64 of shape (1,)."""

CANDIDATES: Final = "candidates"
"""Input: the tokens whose logits are wanted, int64 of any length but 0."""

_INPUTS: Final = {"input_ids", "attention_mask", "position_ids", "beam_idx"}


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


def read_for_labels(folder: Path) -> Any:
    """The graph with `ALLOWED` in the place of its own mask, and logits of `CANDIDATES` from `FIRST` on.

    Raises:
        ModelError: a file is missing or damaged, or this is no language model with a state that taibao can change so.
    """
    model = read_model(folder)
    if not {each.get_any_name() for each in model.inputs} >= _INPUTS:
        raise ModelError(f"{folder} is no language model with a state; export it with taibao convert openvino")
    openvino = require("openvino")
    _take_mask(openvino, model, folder)
    _keep_wanted(openvino, model, folder)
    _keep_attention(openvino, model)
    model.validate_nodes_and_infer_types()
    if model.output("logits").partial_shape[2].is_static:
        raise _no_vocabulary_matrix(folder)
    return model


def _take_mask(openvino: Any, model: Any, folder: Path) -> None:
    """All layers of the models that taibao converts see the same; those with windows do not."""
    layers = [node for node in model.get_ops() if node.get_type_name() == "ScaledDotProductAttention"]
    masks = {node.input_value(3).get_node().get_friendly_name() for node in layers if node.get_input_size() > 3}
    if len(masks) != 1 or any(node.get_input_size() < 4 or node.get_attributes()["causal"] for node in layers):
        raise ModelError(f"{folder}: its layers attend each in its own way; score labels with a GGUF file")
    allowed = openvino.opset13.parameter([-1, 1, -1, -1], openvino.Type.f32, name=ALLOWED)
    allowed.output(0).set_names({ALLOWED})
    for node in layers:
        node.input(3).replace_source_output(allowed.output(0))
    model.add_parameters([allowed])
    model.remove_parameter(
        next(each for each in model.get_parameters() if each.get_friendly_name() == "attention_mask")
    )


def _keep_wanted(openvino: Any, model: Any, folder: Path) -> None:
    """Let the vocabulary matrix see the positions asked for, and of it only the rows of the tokens asked for: they are
    looked up, and the matrix is never laid out for products, a sixth of a small model's memory."""
    import numpy as np

    node = model.output("logits").get_node()
    while node.get_type_name() != "MatMul":
        if node.get_input_size() < 1:
            raise _no_vocabulary_matrix(folder)
        node = node.input_value(0).get_node()
    operations = openvino.opset13
    first = _new_input(openvino, model, FIRST, [1])
    candidates = _new_input(openvino, model, CANDIDATES, [-1])
    end, step, axis = (operations.constant(np.array([value], np.int64)) for value in (np.iinfo(np.int64).max, 1, 1))
    wanted = operations.slice(node.input_value(0), first, end, step, axis)
    tokens = operations.constant(np.int64(0 if node.get_attributes()["transpose_b"] else 1))
    rows = operations.gather(node.input_value(1), candidates, tokens)
    node.input(0).replace_source_output(wanted.output(0))
    node.input(1).replace_source_output(rows.output(0))


def _new_input(openvino: Any, model: Any, name: str, shape: list[int]) -> Any:
    made = openvino.opset13.parameter(shape, openvino.Type.i64, name=name)
    made.output(0).set_names({name})
    model.add_parameters([made])
    return made


def _no_vocabulary_matrix(folder: Path) -> ModelError:
    return ModelError(f"{folder}: the model ends in no matrix over its vocabulary; run it as a GGUF file")


def _keep_attention(openvino: Any, model: Any) -> None:
    """Choose rows of the KV cache by an operation that OpenVINO does not fuse with attention: the fused kernel looks at
    one token at a time as soon as the cache holds something, which takes three times as long for many."""
    import numpy as np

    operations = openvino.opset13
    index = operations.unsqueeze(_parameter(model, "beam_idx"), operations.constant(np.int64(1)))
    for node in [one for one in model.get_ops() if one.get_type_name() == "Gather"]:
        if node.input_value(0).get_node().get_type_name() == "ReadValue":
            chosen = operations.gather_nd(node.input_value(0), index)
            for user in node.output(0).get_target_inputs():
                user.replace_source_output(chosen.output(0))


def _parameter(model: Any, name: str) -> Any:
    return next(each for each in model.get_parameters() if name in each.output(0).get_names())
