"""Classic convolutional networks for Keras: one copy-and-paste file a paper, each proved to be the paper's.

`import keras_cnns` alone imports neither Keras nor a backend; the first use of a name below does.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns import weights
    from keras_cnns.catalog import create, list_models
    from keras_cnns.differences.mutants import mutate
    from keras_cnns.evolution import compare_costs, profile
    from keras_cnns.grading import assert_matches, compare
    from keras_cnns.submodels import backbone, features, without_aux
    from keras_cnns.weights.loading import load_weights

__version__ = "0.1.0"
__all__ = [
    "assert_matches",
    "backbone",
    "compare",
    "compare_costs",
    "create",
    "features",
    "list_models",
    "load_weights",
    "mutate",
    "profile",
    "weights",
    "without_aux",
]

_HOMES = {
    "assert_matches": "grading",
    "backbone": "submodels",
    "compare": "grading",
    "compare_costs": "evolution",
    "create": "catalog",
    "features": "submodels",
    "list_models": "catalog",
    "load_weights": "weights.loading",
    "mutate": "differences.mutants",
    "profile": "evolution",
    "without_aux": "submodels",
}


def __getattr__(name: str) -> Any:
    if name == "weights":
        return importlib.import_module("keras_cnns.weights")
    if name not in _HOMES:
        raise AttributeError(f"module 'keras_cnns' has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
