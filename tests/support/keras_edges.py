"""A model's layers and which reads which, from Keras' own nodes; models inside it are written out.

Each entry is a step of the computation: a layer, or what a picture shows as a badge of one, such as its
activation. What a picture leaves out by its stated rules (dropout, flattening, padding) has no steps.
"""

import inspect
from dataclasses import dataclass, field

import keras
from keras import layers

from keras_cnns import layer_kinds
from keras_cnns.weightless import build_weightless

NORMALIZATIONS = {
    "BatchNormalization": "batch norm",
    "GroupNormalization": "group norm",
    "LayerNormalization": "layer norm",
    "LocalResponseNormalization": "local response norm",
    "Normalization": "normalization",
    "RMSNormalization": "RMS norm",
    "UnitNormalization": "unit norm",
}
# fmt: off
LEFT_OUT = ("Dropout", "GaussianNoise", "ActivityRegularization", "Identity", "Flatten", "Masking",
            "StochasticDepth", "DropPath", "LayerScale", "ZeroPadding", "Cropping", "Rescaling")
# fmt: on


# A batch that stands for any, where code asks for its size.
BATCH = 7

# A call, and which of its outputs.
Read = tuple[int, int]


@dataclass
class Computed:
    """`names` are the layers'; `steps` what each does, in order, none if it is left out.

    `reads` has which call's output of which number is read by which; `outputs` how many each has. `inside`
    are the names of models and blocks that are written out.
    """

    names: list[str] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    reads: list[tuple[int, int, int]] = field(default_factory=list)
    operations: list = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    inside: set[str] = field(default_factory=set)


def computed(model: keras.Model) -> Computed:
    """Return the calls in a model, those of functional models inside it in their place."""
    walk = _Walk()
    given = {}
    for tensor in model.inputs:
        history = tensor._keras_history
        given[id(tensor)] = walk.add(history.operation, [], ["input"]), 0
    walk.model(model, given)
    return walk.found


class _Walk:
    def __init__(self):
        self.found = Computed()
        self.is_calling = False
        self.called: dict[tuple, Inside | None] = {}

    def add(self, operation, sources: list[Read], does: list[str], outputs: int = 1) -> int:
        found, place = self.found, len(self.found.names)
        found.names.append(operation.name)
        found.steps.append(does)
        found.operations.append(operation)
        found.outputs.append(outputs)
        found.reads += [(*source, place) for source in dict.fromkeys(sources)]
        return place

    def model(self, model: keras.Model, given: dict[int, Read]) -> list[Read]:
        """Add the calls of a model whose inputs are `given`; return which give its outputs."""
        return self.graph(model.outputs, given)

    def graph(self, outputs: list, given: dict[int, Read]) -> list[Read]:
        """Add the calls from tensors that are `given` to others; return which give these."""
        made = dict(given)
        for node in _in_order(outputs, made):
            sources = [made[id(tensor)] for tensor in _read_by(node)]
            ends = self.opened(node, sources) if sources else None
            if ends is None:
                n = len(node.outputs)
                place = self.add(node.operation, sources, steps(node.operation, len(sources)), n)
                ends = [(place, k) for k in range(n)]
            made |= dict(zip(map(id, node.outputs), ends))
        return [made[id(tensor)] for tensor in outputs]

    def opened(self, node, sources: list[Read]) -> list[Read] | None:
        """Add what is inside a call, if anything can be seen there; return which calls give its outputs."""
        if self.is_calling or not _holds_code(node):
            return self.written_out(node, sources)
        self.is_calling = True
        try:  # the functions in it have names that are counted from one
            return build_weightless(self.written_out, node, sources)
        finally:
            self.is_calling = False

    def written_out(self, node, sources: list[Read]) -> list[Read] | None:
        leaves = keras.tree.flatten((node.arguments.args, node.arguments.kwargs))
        alike = [(leaf.shape, leaf.dtype) if isinstance(leaf, keras.KerasTensor) else leaf for leaf in leaves]
        key = (id(node.operation), str(alike))
        if key not in self.called or not _holds_code(node):
            self.called[key] = inside(node)
        inner = self.called[key]
        if inner is None:
            return None
        # What stands for an input of a model inside only hands on what it is given.
        starts = [tensor._keras_history.operation for tensor in inner.inputs]
        passed = [(self.add(start, [source], []), 0) for start, source in zip(starts, sources)]
        self.found.inside.add(node.operation.name)
        return self.graph(inner.outputs, dict(zip(map(id, inner.inputs), passed)))


@dataclass
class Inside:
    """What a call applies, as tensors."""

    inputs: list
    outputs: list


def inside(node) -> Inside | None:
    """What is inside a call of a model, or of a layer of a person's own that holds layers."""
    operation = _wrapped(node)
    if isinstance(operation, keras.Model) and getattr(operation, "outputs", None):
        return Inside(operation.inputs, operation.outputs)
    return _called(operation, node) if _holds_code(node) else None


def _wrapped(node):
    operation = node.operation
    return operation.layer if isinstance(operation, layers.TimeDistributed) else operation


def _holds_code(node) -> bool:
    """Whether it is a call of a layer of a person's own that holds layers."""
    operation = _wrapped(node)
    if isinstance(operation, keras.Model) and getattr(operation, "outputs", None):
        return False
    holds = any(isinstance(each, keras.Layer) for each in getattr(operation, "_layers", ()))
    return holds and not type(operation).call.__module__.startswith("keras.")


def _called(layer: keras.Layer, node) -> Inside | None:
    """What a layer's `call` does to new tensors like those of the node; None if it cannot be called so.

    Code that needs a number for the size of the batch gets one.
    """
    return _called_with(layer, node, None) or _called_with(layer, node, BATCH)


def _called_with(layer: keras.Layer, node, batch: int | None) -> Inside | None:
    inputs: list = []

    def start(leaf):
        if not isinstance(leaf, keras.KerasTensor):
            return leaf
        shape = (leaf.shape[0], *leaf.shape[2:]) if layer is not node.operation else leaf.shape
        shape = (batch, *shape[1:]) if shape and shape[0] is None else shape
        inputs.append(keras.Input(batch_shape=shape, dtype=leaf.dtype))
        return inputs[-1]

    carried = _carried_masks(node)
    kwargs = {
        key: value
        for key, value in node.arguments.kwargs.items()
        if not ({*map(id, keras.tree.flatten(value))} & carried and key.endswith("mask"))
    }
    args, kwargs = keras.tree.map_structure(start, (node.arguments.args, kwargs))
    parameters = inspect.signature(layer.call).parameters
    kwargs = {key: value for key, value in kwargs.items() if key != "training"}
    kwargs |= {"training": False} if "training" in parameters else {}
    for name in list(parameters)[len(args) :]:
        if name.endswith("mask") and parameters[name].default is inspect.Parameter.empty:
            kwargs.setdefault(name, None)
    try:
        outputs = keras.tree.flatten(layer.call(*args, **kwargs))
    except Exception:  # anybody's code may raise anything
        return None
    outputs = [output for output in outputs if output is not None]
    return Inside(inputs, outputs) if all(isinstance(one, keras.KerasTensor) for one in outputs) else None


def _in_order(outputs: list, made: dict[int, int]) -> list:
    """The nodes on which `outputs` depend, each after those it reads, as far as they are not `made`."""
    order, done = [], set()
    stack = list(reversed(outputs))
    while stack:
        tensor = stack[-1]
        history = tensor._keras_history
        node = history.operation._inbound_nodes[history.node_index]
        if id(tensor) in made or id(node) in done:
            stack.pop()
            continue
        missing = [t for t in _read_by(node) if id(t) not in made and _maker(t) not in done]
        if missing:
            stack += reversed(missing)
        else:
            done.add(id(node))
            order.append(node)
            stack.pop()
    return order


def _read_by(node) -> list:
    """The tensors that a call is given, without the masks that Keras has let go along with them."""
    masks = _carried_masks(node)
    return [tensor for tensor in node.input_tensors if id(tensor) not in masks]


def _carried_masks(node) -> set[int]:
    """The ids of the masks that go along with what a call is given."""
    return {
        id(tensor._keras_mask)
        for tensor in node.input_tensors
        if getattr(tensor, "_keras_mask", None) is not None
    }


def _maker(tensor) -> int:
    history = tensor._keras_history
    return id(history.operation._inbound_nodes[history.node_index])


def steps(operation, n_tensors: int) -> list[str]:
    """What a layer does as a picture must show it: the layer, and its activation as a badge."""
    if isinstance(operation, (layers.TimeDistributed, layers.SpectralNormalization)):
        return steps(operation.layer, n_tensors)
    if isinstance(operation, layers.Bidirectional):
        return [_what(operation.forward_layer)]
    name = type(operation).__name__
    if n_tensors == 1 and not isinstance(operation, keras.Model):
        if any(word in name for word in LEFT_OUT) or _moves_nothing(operation):
            return []
        if name.endswith("Normalization") and not isinstance(operation, layers.Wrapper):
            return [f"({NORMALIZATIONS.get(name, name)})"]
        if isinstance(operation, layers.Activation) or layer_kinds.activation_of_class(operation):
            return _activation(operation)
    applies = isinstance(operation, (layers.Dense, layers.EinsumDense)) or (
        "Conv" in name and not isinstance(operation, layers.RNN)
    )
    after = _activation(operation) if applies else []
    return [_what(operation), *after]


def _activation(operation) -> list[str]:
    name = layer_kinds.activation_name(operation)
    return [] if name in (None, "linear") else [f"({layer_kinds.activation_title(name)})"]


def _what(operation) -> str:
    """A layer's class and the size of its window: what layers that share a box must have in common."""
    name = type(operation).__name__
    if isinstance(operation, layers.InputLayer):
        return "input"
    if layer_kinds.is_depthwise(operation) and "Depthwise" not in name:
        name = name.replace("Conv", "DepthwiseConv")
    for key in ("kernel_size", "pool_size"):
        size = getattr(operation, key, None)
        if isinstance(size, (int, tuple, list)):
            return f"{name} {size if isinstance(size, int) else '×'.join(map(str, size))}"
    return name


def _moves_nothing(operation) -> bool:
    """A Reshape that only adds or drops axes of length one, or makes a vector."""
    shape = getattr(operation, "target_shape", None) or getattr(operation, "newshape", None)
    if type(operation).__name__ != "Reshape" or shape is None:
        return False
    return sum(n != 1 for n in tuple(shape) if isinstance(n, int)) <= 1
