"""Calls of layers that Keras 2 wrote, as Keras 3 writes them.

Keras 2 names the tensors that a call reads as [layer, call, output, {other arguments}]. Calls of a model are
counted from one, since nought stood for its own inputs; Keras 3 counts so in the list of outputs alone.
"""

from collections.abc import Iterator
from typing import Any

from keras_cnns.keras_files.keras2_functions import function_of
from keras_cnns.keras_files.models_listed import built_shape, layers_of

RECURRENT = {"SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}
CONSTANT = "_CONSTANT_VALUE"


def modern_calls(settings: dict) -> None:
    """Write the calls of a functional model as Keras 3 does."""
    layers = {str(each.get("name")): each for each in layers_of({"config": settings})}
    nodes = [node for layer in layers.values() for node in _calls(layer)]
    if nodes and all(map(_is_modern, nodes)):
        return
    first = _first_calls(layers, settings.get("output_layers"))
    for layer in layers.values():
        shapes = _shapes(built_shape(layer))
        layer["inbound_nodes"] = [
            _modern_call(layer, node, first, shapes if i == 0 else []) for i, node in enumerate(_calls(layer))
        ]
        function_of(layer)
    settings["output_layers"] = _single(_ends(settings.get("output_layers"), layers, first))
    settings["input_layers"] = _single(settings.get("input_layers"))


def _calls(layer: dict) -> list:
    nodes = layer.get("inbound_nodes")
    return (
        [node for node in nodes if node and isinstance(node, (list, dict))] if isinstance(nodes, list) else []
    )


def _is_modern(node: Any) -> bool:
    return isinstance(node, dict) and set(node) == {"args", "kwargs"} and isinstance(node["args"], list)


def _first_calls(layers: dict[str, dict], ends: Any) -> dict[str, int]:
    """The number of the first call of each layer: 1 for a model, since 0 stood for its own inputs."""
    first = {name: 1 if layers_of(layer) else 0 for name, layer in layers.items()}
    for value in (*(layer.get("inbound_nodes") for layer in layers.values()), ends):
        for name, call, _ in _references(value, layers):
            first[name] = min(first[name], call)
    return first


def _references(value: Any, layers: dict[str, dict]) -> Iterator[tuple[str, int, int]]:
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            if found := _reference(value, layers):
                yield found
            stack.extend(each for each in value if isinstance(each, (list, dict)))


def _reference(value: Any, layers: Any) -> tuple[str, int, int] | None:
    """The tensor that a list names, if it names one: a layer, the number of its call, and of the output."""
    match value:
        case [str(name), int(call), int(place), *rest] if name in layers and len(rest) <= 1:
            return name, call, place
    return None


def _modern_call(layer: dict, node: Any, first: dict[str, int], shapes: list) -> dict:
    """One call: the first argument is what the list names, the others stand beside its first tensor."""
    if _is_modern(node):
        return node
    shapes = list(shapes)
    rest: dict = {}

    def tensor(value: Any, inside: bool) -> Any:
        """Tensors in place of lists that name them, and constants."""
        if isinstance(value, dict):
            return {key: tensor(each, inside) for key, each in value.items()}
        if not isinstance(value, list):
            return value
        if value[:1] == [CONSTANT] and len(value) >= 3:
            rest.update(value[3] if len(value) > 3 and isinstance(value[3], dict) else {})
            return value[2]
        if found := _reference(value, first):
            if len(value) > 3 and isinstance(value[3], dict) and not inside:
                rest.update(value[3])
            name, call, place = found
            shape = shapes.pop(0) if shapes and not inside else None
            return _tensor(name, call - first[name], place, shape)
        return [tensor(each, inside) for each in value]

    given = tensor(node, False)
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    options = {key: tensor(value, True) for key, value in rest.items() if value is not None and key != "name"}
    name = str(layer["class_name"])
    if name in RECURRENT and isinstance(given, list) and len(given) > 1:
        given, *states = given
        options.setdefault("initial_state", states)
    return {"args": [given], "kwargs": options}


def _tensor(name: str, call: int, place: int, shape: list | None) -> dict:
    config = {"shape": shape, "dtype": "float32", "keras_history": [name, call, place]}
    return {"class_name": "__keras_tensor__", "config": config}


def _shapes(built: Any) -> list:
    """The shapes of the first argument's tensors, in their order."""
    if not isinstance(built, list):
        return (
            [shape for each in built.values() for shape in _shapes(each)] if isinstance(built, dict) else []
        )
    if all(size is None or isinstance(size, int) for size in built):
        return [built]
    return [shape for each in built for shape in _shapes(each)]


def _single(ends: Any) -> Any:
    """One tensor in place of a list of one, which Keras 2 wrote for both."""
    return ends[0] if isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list) else ends


def _ends(value: Any, layers: dict[str, dict], first: dict[str, int]) -> Any:
    """The outputs, whose calls Keras 3 counts from one for a functional model, and else from nought."""
    if isinstance(value, dict):
        return {key: _ends(each, layers, first) for key, each in value.items()}
    if not isinstance(value, list):
        return value
    if found := _reference(value, layers):
        name, call, place = found
        settings = layers[name].get("config")
        functional = isinstance(settings, dict) and "output_layers" in settings
        return [name, call - first[name] + functional, place]
    return [_ends(each, layers, first) for each in value]
