"""Names of layers that follow from a mutant's structure alone, so that they give no change away.

Names that stay behind would tell: a gap in automatic numbers, a landmark that vanished, a name of
another kind.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from typing import Any

from keras_cnns.graph import depth_first
from keras_cnns.mutation.change import Change, Planted
from keras_cnns.mutation.editable_model import Call, EditableModel


def rename(model: EditableModel) -> dict[str, str]:
    """Name all layers as Keras would, in the order in which they are called; return {old name: new name}."""
    renamed: dict[str, str] = {}
    done: set[int] = set()
    times: Counter[str] = Counter()
    for call in model.in_order():
        if id(call.config) in done:
            continue
        done.add(id(call.config))
        word = kind_name(call.kind.__name__)
        new = f"{word}_{times[word]}" if times[word] else word
        times[word] += 1
        renamed[call.name] = new
        call.config.update({key: _inner_names(value) for key, value in call.config.items()}, name=new)
    return renamed


def kind_name(kind: str) -> str:
    """Return the name that Keras gives the first layer of a class: MaxPooling2D → max_pooling2d."""
    words = re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", re.sub(r"\W", "", kind))
    return re.sub("_+", "_", words).lower()


def _inner_names(value: Any) -> Any:
    """A value of a config; layers in it, as wrappers have, are named after their kinds."""
    if isinstance(value, dict):
        inner = {key: _inner_names(one) for key, one in value.items()}
        config = inner.get("config")
        if "class_name" in inner and isinstance(config, dict) and {"name", "trainable"} <= config.keys():
            config["name"] = kind_name(str(inner["class_name"]))
        return inner
    return [_inner_names(one) for one in value] if isinstance(value, list) else copy.copy(value)


def answer(original: EditableModel, planted: Planted, renamed: dict[str, str]) -> Change:
    """Return the change in the mutant's names; what is no longer there has the original's.

    Args:
        original: the model before the change.
        planted: what was done, in the original's names.
        renamed: the mutant's name for each.
    """
    there = {call.name for call in original.calls}
    missing = [name for name in (*planted.layers, *planted.named) if name not in renamed and name in there]
    beside = _beside(original, missing, set(renamed))
    layers = [renamed[name] for name in planted.layers if name in renamed]
    named = (renamed.get(name, f"{name} of {original.name}") for name in planted.named)
    sentence = planted.template.format(*named)
    if missing and beside:
        sentence += f"; the gap is between {_listed([renamed[name] for name in beside])}"
    names = dict.fromkeys([*layers, *(renamed[name] for name in beside)])
    originals = tuple(name for name in planted.layers if name in there)
    return Change(planted.mistake, tuple(names), sentence, originals)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _beside(original: EditableModel, missing: list[str], left: set[str]) -> list[str]:
    """The nearest layers before and after those that are missing."""
    gone = [call for call in original.calls if call.name in set(missing)]
    found: list[str] = []
    for way in (lambda call: call.sources, original.readers):

        def onward(call: Call, way: Any = way) -> list[Call]:
            return [] if call.name in left else way(call)

        reached = depth_first(gone, onward)
        found += [call.name for call in reached if call.name in left]
    return list(dict.fromkeys(found))
