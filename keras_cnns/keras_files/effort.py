"""How long Keras takes to build what a description says, counted before anything is built.

A few kilobytes can describe hours of work: models that call models, a Sequential model of thousands of
layers, which Keras builds again for each layer that it adds, or layers listed from last to first, which it
tries again and again. The unit is a step: to make one layer and call it once. A step takes 1 to 6 ms.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from keras_cnns.keras_files.policy import is_ours

MOST_STEPS = 5000  # steps: about half a minute at most
SECONDS = 0.005

# In steps, measured on TensorFlow and JAX.
MAKE = CALL = 0.5
REFERENCE = 0.1  # to read a tensor
RETRY = 0.03  # to find that a tensor is not there yet
SETTING = 0.05  # an initializer, a type
VALUE = 0.002  # a number in a list
SETTINGS = ("initializers", "regularizers", "constraints", "dtype_policies")
SPLITTERS = {"Split", "ArraySplit", "Unstack"}  # operations that make as many tensors as a number says


class Effort(NamedTuple):
    """How many layers are called, how many tensors they read, and how many steps it all takes."""

    layers: int
    references: int
    steps: float


class Cost(NamedTuple):
    """Steps to make an object, and to call it."""

    make: float
    call: float


def effort(config: dict, most: float = MOST_STEPS) -> Effort:
    """Count a description; what is far above `most` steps is not counted to its end."""
    counter = _Counter(most)
    steps = counter.cost(config).make + VALUE * values_in_lists(config)
    return Effort(counter.layers, counter.references, steps)


class _Counter:
    def __init__(self, most: float) -> None:
        self.most, self.layers, self.references = most, 0, 0

    def cost(self, node: dict) -> Cost:
        """Count an object and all that it is made of."""
        config, name = node.get("config"), str(node.get("class_name"))
        layers = config.get("layers") if isinstance(config, dict) else None
        if isinstance(layers, list):
            children = [child for child in layers if isinstance(child, dict)]
            return self._sequential(children) if name == "Sequential" else self._functional(children)
        if name.startswith("__") or _is_setting(node, name):
            inside = [self.cost(each) for each in objects_in(config)]
            return Cost(SETTING + sum(cost.make for cost in inside), 0)
        self.layers += 1
        inside = [self.cost(each) for each in objects_in(config)]
        copies = 2 if name == "Bidirectional" else 1  # it copies the layer that it wraps
        parts = _rows(config) if is_ours(node.get("registered_name")) else 0
        parts += _numbers([config, node.get("inbound_nodes")]) if name in SPLITTERS else 0
        make, call = (sum(cost) for cost in zip(*inside)) if inside else (0.0, 0.0)
        return Cost(MAKE * (1 + parts) + copies * make, CALL * (1 + parts) + copies * call)

    def _sequential(self, layers: list[dict]) -> Cost:
        """Each layer that is added makes Keras call those before it once more."""
        costs = [self.cost(layer) for layer in layers]
        again = sum(cost.call * (len(costs) - i) for i, cost in enumerate(costs))
        return Cost(sum(cost.make for cost in costs) + again, sum(cost.call for cost in costs))

    def _functional(self, layers: list[dict]) -> Cost:
        """A layer is made once and called for each of its nodes; so is a model, with all that it calls."""
        make = call = 0.0
        for layer in layers:
            cost, nodes = self.cost(layer), _nodes(layer)
            references = sum(len(references_in(node)) for node in nodes)
            self.layers += max(0, len(nodes) - 1)
            self.references += references
            make += cost.make
            call += max(1, len(nodes)) * cost.call + REFERENCE * references
        return Cost(make + call + RETRY * retries(layers, self.most / RETRY), call)


def objects_in(value: Any) -> Iterator[dict]:
    """The objects that a value holds, without those that they hold."""
    if isinstance(value, dict) and "class_name" in value:
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from objects_in(each)


def values_in_lists(config: Any) -> int:
    """How many numbers and words stand in lists, such as the borders of bins."""
    count, stack = 0, [config]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            count += len(value)
        if isinstance(value, (list, dict)):
            inside = value.values() if isinstance(value, dict) else value
            stack.extend(each for each in inside if isinstance(each, (list, dict)))
    return count


def references_in(node: Any) -> list[tuple[Any, int]]:
    """The tensors that a call reads: the name of a layer and the number of its call."""
    found: list[tuple[Any, int]] = []
    for each in objects_in(node):
        config = each.get("config")
        match config.get("keras_history") if isinstance(config, dict) else None:
            case [str(name), int(number), _]:
                found.append((name, number))
            case _:
                found.append((None, 0))
    return found


def retries(layers: list[dict], most: float) -> int:
    """How many references Keras reads in vain, because the layer has not been called yet; it stops at `most`.

    It goes through the layers in the order of the file, and again for those that had to wait.
    """
    names = [str(layer.get("name")) for layer in layers]
    made = {name: int(layer.get("class_name") == "InputLayer") for name, layer in zip(names, layers)}
    waiting = {name: [references_in(node) for node in _nodes(layer)] for name, layer in zip(names, layers)}
    count, progress = 0, True
    while progress and count <= most:
        progress = False
        for name in [name for name, calls in waiting.items() if calls]:
            calls = waiting[name]
            ready = 0
            while ready < len(calls) and all(made.get(of, 0) > number for of, number in calls[ready]):
                made[name], ready = made[name] + 1, ready + 1
            count += 1 + len(calls[ready]) if ready < len(calls) else 0
            waiting[name] = calls[ready:]
            progress = progress or ready > 0
    return count


def _nodes(layer: dict) -> list:
    nodes = layer.get("inbound_nodes")
    return nodes if isinstance(nodes, list) else []


def _is_setting(node: dict, name: str) -> bool:
    module = str(node.get("module")).split(".")
    return name.endswith("DTypePolicy") or name == "function" or any(part in SETTINGS for part in module)


def _rows(value: Any) -> int:
    """How many lists a value holds: our own layers make weights for each row of a table."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(isinstance(each, list) + _rows(each) for each in inside)


def _numbers(value: Any) -> int:
    """The largest whole number in a value."""
    if isinstance(value, (dict, list)):
        return max(
            (_numbers(each) for each in (value.values() if isinstance(value, dict) else value)), default=0
        )
    return value if isinstance(value, int) else 0
