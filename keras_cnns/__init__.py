"""Classic convolutional networks for Keras: one copy-and-paste file per paper, each proved to be the paper's.

`import keras_cnns` alone imports neither Keras nor a backend; the first use of a name below does.
"""

import importlib
from typing import TYPE_CHECKING, Any

from keras_cnns.version import __version__ as __version__

if TYPE_CHECKING:
    from keras_cnns import weights
    from keras_cnns.api import assert_matches, compare, compare_costs, create, profile
    from keras_cnns.catalog.facts import list_models
    from keras_cnns.engines.export import export
    from keras_cnns.engines.inference import inference
    from keras_cnns.exercises.choice import mutants, mutate, mutations
    from keras_cnns.exercises.sheet import exercise_sheet
    from keras_cnns.grouped_convolution import fast
    from keras_cnns.submodels.compiling import recompile
    from keras_cnns.submodels.cutting import without_aux
    from keras_cnns.submodels.dilation import dilated
    from keras_cnns.submodels.flattening import flatten
    from keras_cnns.submodels.freezing import freeze, unfreeze
    from keras_cnns.submodels.heads import logits, with_classifier
    from keras_cnns.submodels.regularizing import regularize
    from keras_cnns.submodels.resizing import at_size
    from keras_cnns.submodels.stacking import one_target
    from keras_cnns.trunks import backbone, features
    from keras_cnns.visualize import model_to_dot, outline, plot_model
    from keras_cnns.weights.loading import load_weights

__all__ = [
    "assert_matches",
    "at_size",
    "backbone",
    "compare",
    "compare_costs",
    "create",
    "dilated",
    "exercise_sheet",
    "export",
    "fast",
    "features",
    "flatten",
    "freeze",
    "inference",
    "list_models",
    "load_weights",
    "logits",
    "model_to_dot",
    "mutants",
    "mutate",
    "mutations",
    "one_target",
    "outline",
    "plot_model",
    "profile",
    "recompile",
    "regularize",
    "unfreeze",
    "weights",
    "with_classifier",
    "without_aux",
]

_HOMES = {
    "assert_matches": "api",
    "at_size": "submodels.resizing",
    "backbone": "trunks",
    "compare": "api",
    "compare_costs": "api",
    "create": "api",
    "dilated": "submodels.dilation",
    "exercise_sheet": "exercises.sheet",
    "export": "engines.export",
    "fast": "grouped_convolution",
    "features": "trunks",
    "flatten": "submodels.flattening",
    "freeze": "submodels.freezing",
    "inference": "engines.inference",
    "list_models": "catalog.facts",
    "load_weights": "weights.loading",
    "logits": "submodels.heads",
    "model_to_dot": "visualize",
    "mutants": "exercises.choice",
    "mutate": "exercises.choice",
    "mutations": "exercises.choice",
    "one_target": "submodels.stacking",
    "outline": "visualize",
    "plot_model": "visualize",
    "profile": "api",
    "recompile": "submodels.compiling",
    "regularize": "submodels.regularizing",
    "unfreeze": "submodels.freezing",
    "with_classifier": "submodels.heads",
    "without_aux": "submodels.cutting",
}


def __getattr__(name: str) -> Any:
    if name == "weights":
        return importlib.import_module("keras_cnns.weights")
    if name not in _HOMES:
        raise AttributeError(f"module 'keras_cnns' has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
