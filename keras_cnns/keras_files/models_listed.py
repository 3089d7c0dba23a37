"""The models in a description, and the layers that they list."""

from collections.abc import Iterator
from typing import Any

from keras_cnns.keras_files.policy import objects


def models_in(config: dict) -> Iterator[dict]:
    """Every model of a description that lists its layers, from the outside in."""
    return (node for node in objects(config) if layers_of(node))


def layers_of(node: dict) -> list[dict]:
    """The layers that a model lists; Keras 2.2 wrote those of a Sequential model as its config."""
    settings = node.get("config")
    listed = settings.get("layers") if isinstance(settings, dict) else settings
    if not isinstance(listed, list):
        return []
    return [each for each in listed if isinstance(each, dict) and "class_name" in each]


def built_shape(node: dict) -> Any:
    """The shape or shapes of the inputs with which a layer was built, where the file has them."""
    built = node.get("build_config")
    return built.get("input_shape") if isinstance(built, dict) else None
