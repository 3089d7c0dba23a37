"""Functions of TensorFlow that Keras 2 made layers of, `x * 0.5` or `tf.nn.relu(x)`, as functions of Keras 3.

One that has no counterpart here, or is called with an argument that the counterpart has not, stays as it is.
"""

from typing import Any, NamedTuple

FUNCTION_LAYERS = ("TFOpLambda", "SlicingOpLambda")


class Counterpart(NamedTuple):
    """A function of Keras 3.

    Attributes:
        module: the part of `keras.ops` that has it.
        name: its class.
        operands: the names that TensorFlow gives to its tensors after the first, in order.
        settings: what TensorFlow calls its settings, and what Keras 3 does.
        fixed: settings that TensorFlow's function always has.
    """

    module: str
    name: str
    operands: tuple[str, ...] = ()
    settings: dict[str, str] = {}
    fixed: dict[str, Any] = {}


AXIS = {"axis": "axis"}
REDUCED = {"axis": "axis", "keepdims": "keepdims"}


def _numpy(name: str, *operands: str, **settings: str) -> Counterpart:
    return Counterpart("numpy", name, operands, settings)


def _nn(name: str, **settings: str) -> Counterpart:
    return Counterpart("nn", name, (), settings)


COUNTERPARTS: dict[str, Counterpart] = {
    "math.add": _numpy("Add", "y"),
    "math.subtract": _numpy("Subtract", "y"),
    "math.multiply": _numpy("Multiply", "y"),
    "math.truediv": _numpy("TrueDivide", "y"),
    "math.divide": _numpy("Divide", "y"),
    "math.floordiv": _numpy("FloorDivide", "y"),
    "math.floormod": _numpy("Mod", "y"),
    "math.pow": _numpy("Power", "y"),
    "math.maximum": _numpy("Maximum", "y"),
    "math.minimum": _numpy("Minimum", "y"),
    "math.equal": _numpy("Equal", "y"),
    "math.not_equal": _numpy("NotEqual", "y"),
    "math.greater": _numpy("Greater", "y"),
    "math.greater_equal": _numpy("GreaterEqual", "y"),
    "math.less": _numpy("Less", "y"),
    "math.less_equal": _numpy("LessEqual", "y"),
    "math.logical_and": _numpy("LogicalAnd", "y"),
    "math.logical_or": _numpy("LogicalOr", "y"),
    "math.logical_not": _numpy("LogicalNot"),
    "linalg.matmul": _numpy("Matmul", "b"),
    "math.abs": _numpy("Absolute"),
    "math.negative": _numpy("Negative"),
    "math.square": _numpy("Square"),
    "math.sqrt": _numpy("Sqrt"),
    "math.exp": _numpy("Exp"),
    "math.log": _numpy("Log"),
    "math.log1p": _numpy("Log1p"),
    "math.sin": _numpy("Sin"),
    "math.cos": _numpy("Cos"),
    "math.tanh": _numpy("Tanh"),
    "math.floor": _numpy("Floor"),
    "math.ceil": _numpy("Ceil"),
    "math.round": _numpy("Round"),
    "math.sign": _numpy("Sign"),
    "math.rsqrt": Counterpart("math", "Rsqrt"),
    "zeros_like": _numpy("ZerosLike"),
    "ones_like": _numpy("OnesLike"),
    "math.reduce_mean": _numpy("Mean", **REDUCED),
    "math.reduce_sum": _numpy("Sum", **REDUCED),
    "math.reduce_max": _numpy("Max", **REDUCED),
    "math.reduce_min": _numpy("Min", **REDUCED),
    "math.reduce_prod": _numpy("Prod", **REDUCED),
    "math.reduce_std": _numpy("Std", **REDUCED),
    "math.reduce_variance": _numpy("Var", **REDUCED),
    "math.argmax": _numpy("Argmax", **AXIS),
    "concat": _numpy("Concatenate", **AXIS),
    "stack": _numpy("Stack", **AXIS),
    "expand_dims": _numpy("ExpandDims", **AXIS),
    "squeeze": _numpy("Squeeze", **AXIS),
    "reshape": _numpy("Reshape", shape="newshape"),
    "transpose": _numpy("Transpose", perm="axes"),
    "tile": _numpy("Tile", multiples="repeats"),
    "clip_by_value": _numpy("Clip", clip_value_min="x_min", clip_value_max="x_max"),
    "split": _numpy("Split", num_or_size_splits="indices_or_sections", axis="axis"),
    "pad": _numpy("Pad", paddings="pad_width"),
    "cast": Counterpart("core", "Cast", (), {"dtype": "dtype"}),
    "unstack": Counterpart("core", "Unstack", (), {"num": "num", "axis": "axis"}),
    "image.resize": Counterpart("image", "Resize", (), {"size": "size", "method": "interpolation"}),
    "nn.relu": _nn("Relu"),
    "nn.relu6": _nn("Relu6"),
    "nn.leaky_relu": _nn("LeakyRelu", alpha="negative_slope"),
    "nn.elu": _nn("Elu"),
    "nn.selu": _nn("Selu"),
    "nn.gelu": Counterpart("nn", "Gelu", (), {"approximate": "approximate"}, {"approximate": False}),
    "nn.silu": _nn("Silu"),
    "nn.softplus": _nn("Softplus"),
    "nn.softmax": _nn("Softmax", **AXIS),
    "math.sigmoid": _nn("Sigmoid"),
    "nn.depth_to_space": _nn("DepthToSpace", block_size="block_size"),
    "nn.space_to_depth": _nn("SpaceToDepth", block_size="block_size"),
    "one_hot": _nn("OneHot", depth="num_classes"),
    "math.l2_normalize": Counterpart("nn", "Normalize", (), AXIS, {"order": 2}),
}
# Other names of the same functions; `x + y` and `x[...]` have such as well.
OTHER_NAMES = {
    "__operators__.add": "math.add",
    "math.add_v2": "math.add",
    "math.sub": "math.subtract",
    "math.mul": "math.multiply",
    "math.mod": "math.floormod",
    "compat.v1.transpose": "transpose",
    "compat.v1.squeeze": "squeeze",
    "compat.v1.concat": "concat",
    "nn.sigmoid": "math.sigmoid",
    "nn.tanh": "math.tanh",
    "nn.swish": "nn.silu",
    "compat.v1.nn.softmax": "nn.softmax",
    "math.softplus": "nn.softplus",
    "nn.l2_normalize": "math.l2_normalize",
    "linalg.l2_normalize": "math.l2_normalize",
    "compat.v1.pad": "pad",
    "compat.v1.math.reduce_mean": "math.reduce_mean",
    "compat.v1.math.reduce_sum": "math.reduce_sum",
    "image.resize_v2": "image.resize",
}


def function_of(layer: dict) -> None:
    """Change a layer that Keras 2 made of a function, called as Keras 3 writes it, into that function."""
    name = str(layer["class_name"]).rpartition(">")[2]
    settings, calls = layer.get("config"), layer.get("inbound_nodes")
    if name not in FUNCTION_LAYERS or not isinstance(settings, dict) or not isinstance(calls, list):
        return
    function = str(settings.get("function"))
    if function == "__operators__.getitem":
        found: Counterpart | None = _numpy("GetItem", "slice_spec")
    else:
        found = COUNTERPARTS.get(OTHER_NAMES.get(function, function))
    if found is None or len(calls) != 1:
        return
    translated = _call(found, calls[0])
    if translated is None:
        return
    layer["inbound_nodes"] = [{"args": translated[0], "kwargs": {}}]
    layer["module"], layer["class_name"] = f"keras.src.ops.{found.module}", found.name
    layer["registered_name"] = found.name
    layer["config"] = {"name": settings.get("name"), **found.fixed, **translated[1]}
    layer.pop("build_config", None)


def _call(found: Counterpart, call: dict) -> tuple[list, dict] | None:
    """The operands and the settings of a call; None if it has an argument that Keras 3 has not."""
    rest = {key: value for key, value in call["kwargs"].items() if value not in (None, False)}
    rest = {key: value for key, value in rest.items() if key not in ("name", "conjugate")}
    operands, settings = list(call["args"]), {}
    for name in found.operands:
        if name not in call["kwargs"]:
            return None
        value = call["kwargs"][name]
        operands.append(_slices(value) if name == "slice_spec" else value)
        rest.pop(name, None)
    for old, new in found.settings.items():
        if old in call["kwargs"]:
            settings[new] = call["kwargs"][old]
            rest.pop(old, None)
    if found.name in ("DepthToSpace", "SpaceToDepth") and rest.get("data_format") == "NHWC":
        rest.pop("data_format")
    if found.name == "Pad" and rest.get("mode") == "CONSTANT":
        rest.pop("mode")
    if isinstance(sizes := settings.get("indices_or_sections"), list) and _whole(sizes):
        settings["indices_or_sections"] = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    if rest or "class_name" in str(settings):  # a setting that is a tensor
        return None
    return operands, settings


def _whole(values: list) -> bool:
    return all(isinstance(value, int) and value >= 0 for value in values)


def _slices(places: Any) -> Any:
    """The places that `x[...]` takes, with slices as Keras 3 writes them."""
    if not isinstance(places, list):
        return places
    return [
        {"class_name": "__slice__", "config": {key: place.get(key) for key in ("start", "stop", "step")}}
        if isinstance(place, dict) and "class_name" not in place
        else place
        for place in places
    ]
