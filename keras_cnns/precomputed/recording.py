"""The file of a network, made of the network as it is drawn and of what it costs."""

from __future__ import annotations

from typing import Any

from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.precomputed.columns import as_text
from keras_cnns.precomputed.diagrams import diagram_data
from keras_cnns.precomputed.profiles import profile_data
from keras_cnns.profiling.result import Profile


def recorded(folded: Folded, profile: Profile) -> str:
    """Return what the file of a network has: JSON, a line for each figure of all layers.

    Args:
        folded: as `fold` returns it.
        profile: of the same model, for one image.

    Raises:
        ValueError: if the model has what is not recorded: a model inside it, a layer that is applied twice or
            is frozen, sides that are not known, channels first, outputs of one layer that are unlike.
    """
    for layer, row in zip(folded.vertices, profile.rows, strict=True):
        wanted, trained = layer.trained
        is_known = not layer.inside and not layer.why_closed and not row.shared and wanted == trained
        is_known &= layer.data_format != "channels_first" and None not in layer.shapes[0][1:]
        says_the_same = (layer.name, layer.kind, {*layer.shapes}) == (row.name, row.kind, {row.shape})
        says_the_same &= len({*layer.dtypes}) == 1
        if not (is_known and says_the_same and sum(layer.parameters.values()) == row.params):
            raise ValueError(f"{layer.name} of {folded.title} cannot be recorded.")
    data = profile_data(profile) | diagram_data(folded)
    return "{\n" + ",\n".join(f"{as_text(key)}:{_in_lines(value)}" for key, value in data.items()) + "\n}\n"


def _in_lines(value: Any) -> str:
    if not isinstance(value, dict):
        return as_text(value)
    return "{\n" + ",\n".join(f"{as_text(key)}:{as_text(each)}" for key, each in value.items()) + "\n}"
