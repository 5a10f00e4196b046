"""From an ONNX file to the nodes and constants of a twin."""

from __future__ import annotations

from typing import Any

import numpy as np

from durometer.core import MissingExtraError, ModelError
from durometer.models.onnx.files import Packed
from durometer.models.onnx.node import Node, Static
from durometer.models.onnx.twin import Twin

NORMAL = ("", "ai.onnx")


def read_twin(packed: Packed, *, output: str) -> Twin:
    """Return the torch twin of an ONNX model.

    Args:
        packed: The file.
        output: Name of the output that is read.

    Raises:
        MissingExtraError: without the package onnx.
        ModelError: if it holds operations that can't be imported.
    """
    onnx = _onnx()
    try:
        model = _loaded(onnx, packed)
    except Exception as error:  # protobuf's own classes
        raise ModelError(f"can't be parsed ({error})") from error
    try:
        return _built(onnx, model, output)
    except ModelError:
        raise
    except Exception as error:  # of values that numpy or torch has no type for
        raise ModelError(f"can't be imported ({' '.join(str(error).split())[:160]})") from error


def _built(onnx: Any, model: Any, output: str) -> Twin:
    graph, opset = model.graph, _opset(model)
    if graph.sparse_initializer:
        raise ModelError(f"has the sparse constant {graph.sparse_initializer[0].values.name}")
    constants = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    inputs = [i for i in graph.input if i.name not in constants]
    if len(inputs) != 1:
        raise ModelError(f"takes {len(inputs)} inputs")
    nodes = [_node(onnx, n, opset) for n in graph.node]
    sides = inputs[0].type.tensor_type.shape.dim
    batch = int(sides[0].dim_value) if len(sides) and sides[0].dim_value > 0 else None
    return Twin(nodes, constants, input=inputs[0].name, output=output, batch=batch)


def all_values(packed: Packed, x: np.ndarray[Any, Any], *, threads: int = 1) -> dict[str, Static]:
    """Return every value of a graph as onnxruntime computes it, without its optimizations."""
    import onnxruntime

    onnx = _onnx()
    model = _loaded(onnx, packed)
    known = {o.name for o in model.graph.output}
    names = [name for n in model.graph.node for name in n.output if name and name not in known]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    found = session.run(None, {session.get_inputs()[0].name: x})
    return dict(zip((o.name for o in session.get_outputs()), found, strict=True))


def _loaded(onnx: Any, packed: Packed) -> Any:
    """Return the model with its own functions written out."""
    source = packed.source
    model = onnx.load(source) if isinstance(source, str) else onnx.load_from_string(source)
    if not model.functions:
        return model
    from onnx import inliner

    return inliner.inline_local_functions(model)


def _onnx() -> Any:
    try:
        import onnx
        import onnx.numpy_helper
    except ImportError as error:
        raise MissingExtraError("onnx", extra="onnx", needed_for="an ONNX model's gradient") from error
    return onnx


def _opset(model: Any) -> int:
    return next((int(o.version) for o in model.opset_import if o.domain in NORMAL), 1)


def _node(onnx: Any, proto: Any, opset: int) -> Node:
    if proto.domain not in NORMAL:
        raise ModelError(
            f"the operation {proto.op_type} belongs to {proto.domain!r}, which can't be imported"
        )
    attributes = {a.name: _attribute(onnx, a) for a in proto.attribute}
    name = proto.name or (proto.output[0] if proto.output else proto.op_type)
    return Node(proto.op_type, name, opset, tuple(proto.input), tuple(proto.output), attributes)


def _attribute(onnx: Any, a: Any) -> Any:
    value = onnx.helper.get_attribute_value(a)
    if a.type == onnx.AttributeProto.TENSOR:
        return onnx.numpy_helper.to_array(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return tuple(value) if isinstance(value, list) or type(value).__name__.startswith("Repeated") else value
