"""What a model's description in an untrusted file may name.

Keras' safe mode has been bypassed several times: by importing any module (CVE-2025-1550), by Keras' own
functions that fetch files or switch safe mode off (CVE-2025-8747, -9906), by the older format (-9905), and by
layers that read files (-12058). So this list of what is allowed comes first: layers, operations and their
settings that Keras itself defines, and the classes that this package registers. Nothing else is built.
"""

import importlib
import re
from collections.abc import Callable, Iterator

import keras

OURS = "keras_cnns>"
MODULE = re.compile(
    r"keras|keras\.(src\.)?"
    r"(layers|models|ops|initializers|regularizers|constraints|dtype_policies|quantizers|applications)(\.\w+)*"
)
KINDS = (
    keras.Layer,
    keras.Operation,
    keras.Initializer,
    keras.Regularizer,
    keras.constraints.Constraint,
    keras.DTypePolicy,
    keras.Quantizer,
    *([keras.quantizers.QuantizationConfig] if hasattr(keras.quantizers, "QuantizationConfig") else []),
)
VALUES = {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
RUN_CODE = {"__lambda__", "Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"}
LOOKUPS = {"StringLookup", "IntegerLookup", "TextVectorization"}
OPEN_FILES = {"IndexLookup", *LOOKUPS}
WORDS = ("vocabulary", "idf_weights")  # a list of words is harmless, a path is read
IF_TRUSTED = "and give that model, in Python, in place of the file."


def objects(config: dict, skip: Callable[[dict], object] = lambda node: False) -> Iterator[dict]:
    """Every dictionary in `config` that names a class, from the outside in, but what `skip` is true of."""
    stack = [config]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "class_name" in node:
                if skip(node):
                    continue
                yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def refusal(node: dict) -> str | None:
    """Return why what `node` names must not be built, and what to do instead; None if it may be."""
    name, module = str(node["class_name"]), str(node.get("module"))
    if name in VALUES:
        return None
    named = f"names {name[:80]!r}"
    if name in RUN_CODE:
        return (
            f"{named}, which runs code that comes with the file. If you trust it, load it with "
            f"keras.models.load_model(path, safe_mode=False) {IF_TRUSTED}"
        )
    if reads_files(node):
        return f"{named}, which reads other files. Save the part of the model that comes after it."
    if name == "function" and is_activation(node):
        return None
    if name != "function" and (is_ours(node.get("registered_name")) or is_keras_class(node, name, module)):
        return None
    if name == "function":
        named = f"names the function {str(node.get('config'))[:80]!r}"
    return (
        f"{named} of {module[:80]!r}, which is neither Keras' own nor this package's. If you trust the file, "
        f"load it with keras.models.load_model {IF_TRUSTED}"
    )


def reads_files(node: dict) -> bool:
    """Whether it is a layer that looks words up, and takes them from anywhere but its settings."""
    if node["class_name"] not in (*OPEN_FILES,):
        return False
    settings = node.get("config")
    return not isinstance(settings, dict) or any(
        not isinstance(settings.get(key) or [], list) for key in WORDS
    )


def is_ours(registered: object) -> bool:
    """Whether one of our files registers this name; a copy of such a file registers the same."""
    ours = isinstance(registered, str) and registered.startswith(OURS)
    return ours and registered in keras.saving.get_custom_objects()


def is_activation(node: dict) -> bool:
    """Whether it is an activation of Keras or ours; other functions could do anything when called."""
    name = node.get("config")
    names = set(dir(keras.activations)) - {"get", "serialize", "deserialize"}
    ordinary = (
        isinstance(name, str) and node.get("module") in ("builtins", "keras.activations") and name in names
    )
    return ordinary or is_ours(name)


def is_keras_class(node: dict, name: str, module: str) -> bool:
    """Whether Keras defines such a class and it is a layer, an operation or a setting of one."""
    if not MODULE.fullmatch(module) or node.get("registered_name", name) not in (None, name):
        return False
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return False
    if not (isinstance(found, type) and issubclass(found, KINDS)) or not found.__module__.startswith(
        "keras."
    ):
        return False
    # Whatever its name, its bases count. The JAX backend's base of all layers is called JaxLayer, too.
    bases = {base.__name__ for base in found.__mro__ if not base.__module__.startswith("keras.src.backend.")}
    return not RUN_CODE & bases and (not OPEN_FILES & bases or name in LOOKUPS)
