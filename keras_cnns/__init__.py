"""Classic convolutional networks for Keras: one copy-and-paste file a paper, each proved to be the paper's.

`import keras_cnns` alone imports neither Keras nor a backend; the first use of a name below does.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.catalog import create, list_models
    from keras_cnns.submodels import backbone, features, without_aux

__version__ = "0.1.0"
__all__ = ["backbone", "create", "features", "list_models", "without_aux"]

_HOMES = {
    "backbone": "submodels",
    "create": "catalog",
    "features": "submodels",
    "list_models": "catalog",
    "without_aux": "submodels",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'keras_cnns' has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
