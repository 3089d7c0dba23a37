"""Whether the words in a box fit the layer that its tooltip names: a second opinion, and a loose one."""

import re

from keras import layers

from keras_cnns import layer_kinds
from support.layer_counts import shuffles
from support.scene_marks import SeenBox

OWN_WORDS = {"Concatenate": "concat", "CustomScaleLayer": "add", "GetItem": "slice"}


def fits(box: SeenBox, operation) -> bool:
    """Whether what a box says can be said of a layer: its kind, the size of its window, its name."""
    text = box.text.lower()
    while isinstance(operation, (layers.Wrapper, layers.Bidirectional)):
        operation = getattr(operation, "forward_layer", None) or operation.layer
    if type(operation) is layers.RNN:
        operation = operation.cell
        cells = getattr(operation, "cells", [])
        if cells:
            return all(_shares_a_word(text, type(cell).__name__) for cell in cells)
    name = type(operation).__name__
    if isinstance(operation, layers.Dense):
        return text in ("", "dense")
    if isinstance(operation, layers.InputLayer):
        return text.startswith("input")
    if name == "Take" and text == "shuffle":
        return shuffles(operation)
    if name in OWN_WORDS and OWN_WORDS[name] in text:
        return True
    does = layer_kinds.activation_of_class(operation) or layer_kinds.activation_name(operation)
    activates = isinstance(operation, layers.Activation) or layer_kinds.activation_of_class(operation)
    if activates and layer_kinds.activation_title(does).lower() in text:
        return True
    if isinstance(operation, layers.Lambda) and _letters(operation.function.__name__) in _letters(text):
        return True
    if _letters(operation.name) and _letters(operation.name)[:20] in _letters(text):
        return True
    if text == name.lower():  # a class of a person's own
        return True
    size = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None)
    if isinstance(size, (int, tuple, list)) and not _shows(text, size):
        return False
    if "Conv" in name and layer_kinds.is_depthwise(operation) and "dw" not in text:
        return False
    return any(_shares_a_word(text, one.__name__) for one in type(operation).__mro__[:-3])


def _shares_a_word(text: str, name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+", name)]
    shared = any(word[:4] in _letters(text) for word in words if len(word) > 1)
    return shared or (bool(_letters(text)) and _letters(text) in _letters(name))


def _shows(text: str, size) -> bool:
    sizes = "×".join(map(str, size)) if isinstance(size, (tuple, list)) else str(size)
    return sizes in text


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
