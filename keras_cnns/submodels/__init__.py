"""Parts of any functional model, as models that share its weights, and which of them learn.

These replace the `include_top`, `pooling` and `input_tensor` arguments of other libraries: a model knows its
own layers, so nothing has to be decided when it is built. Nothing here is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.submodels.compiling import recompile
    from keras_cnns.submodels.cutting import backbone, features, without_aux
    from keras_cnns.submodels.dilation import dilated
    from keras_cnns.submodels.flattening import flatten
    from keras_cnns.submodels.freezing import freeze, unfreeze
    from keras_cnns.submodels.heads import logits, with_classifier
    from keras_cnns.submodels.regularizing import regularize
    from keras_cnns.submodels.resizing import at_size
    from keras_cnns.submodels.stacking import one_target

__all__ = [
    "at_size",
    "backbone",
    "dilated",
    "features",
    "flatten",
    "freeze",
    "logits",
    "one_target",
    "recompile",
    "regularize",
    "unfreeze",
    "with_classifier",
    "without_aux",
]

_HOMES = {
    "at_size": "resizing",
    "backbone": "cutting",
    "dilated": "dilation",
    "features": "cutting",
    "flatten": "flattening",
    "freeze": "freezing",
    "logits": "heads",
    "one_target": "stacking",
    "recompile": "compiling",
    "regularize": "regularizing",
    "unfreeze": "freezing",
    "with_classifier": "heads",
    "without_aux": "cutting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.submodels.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
