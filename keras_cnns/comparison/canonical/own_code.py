"""What tells the code of two functions, or of two layers' classes, apart where nothing else is known of them.

Equal digests mean equal code: the same instructions, constants and names, and what the code has captured.
Where it stands, and in which file, makes no difference.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Hashable
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from keras import ops

# What every class has, or what says how a layer is described and saved and not what it computes.
NO_CODE: tuple[str, ...] = (
    "__module__",
    "__qualname__",
    "__doc__",
    "__dict__",
    "__weakref__",
    "__firstlineno__",
    "get_config",
)
# Where the modules of Python's own library are.
STANDARD = os.path.dirname(os.__file__)
NO_CODE += ("from_config", "__static_attributes__", "__annotations__", "__repr__", "__str__")


def code_of(what: Any) -> dict[str, Hashable]:
    """Return an attribute that tells code apart: of a function, or of the class of a layer or other object.

    Of Keras' own there is none: their names say which they are.
    """
    owner = what if isinstance(what, (type, FunctionType)) else type(what)
    if _is_keras(owner):
        return {}
    digest = hashlib.sha256()
    _add(digest.update, owner, [])
    return {"code": digest.hexdigest()[:8]}


def _is_keras(what: Any) -> bool:
    return str(getattr(what, "__module__", "")).split(".")[0] in ("keras", "builtins")


def _is_installed(what: FunctionType | type) -> bool:
    """Whether a library defines it once; what one of its functions makes may differ from call to call."""
    where = getattr(sys.modules.get(what.__module__), "__file__", None) or ""
    return "<locals>" not in what.__qualname__ and ("site-packages" in where or where.startswith(STANDARD))


def _add(update: Callable[[bytes], None], what: Any, seen: list[Any]) -> None:
    """Add to a digest what a piece of code depends on; what is installed is known by its name."""
    if isinstance(what, (FunctionType, type)) and _is_installed(what):
        update(f"{what.__module__}.{what.__qualname__}".encode())
        return
    if isinstance(what, (FunctionType, CodeType, type)):
        if any(one is what for one in seen):
            return
        seen.append(what)
    if isinstance(what, type) and not _is_keras(what):
        for name, value in sorted(vars(what).items()):
            if name not in NO_CODE:
                update(name.encode())
                _add(update, value, seen)
        for base in what.__bases__:
            _add(update, base, seen)
    elif isinstance(what, FunctionType) and not _is_keras(what):
        cells = [cell.cell_contents for cell in what.__closure__ or () if _is_filled(cell)]
        used = [what.__globals__.get(name) for name in what.__code__.co_names]
        captured = [value for value in used if value is not None and not isinstance(value, ModuleType)]
        for part in (what.__code__, what.__defaults__, what.__kwdefaults__, *cells, *captured):
            _add(update, part, seen)
    elif isinstance(what, CodeType):
        update(what.co_code + str(what.co_names + what.co_varnames).encode())
        for constant in what.co_consts:
            _add(update, constant, seen)
    elif isinstance(what, (property, staticmethod, classmethod)):
        _add(update, getattr(what, "fget", None) or getattr(what, "__func__", None), seen)
    elif isinstance(what, (list, tuple)):
        for item in what:
            _add(update, item, seen)
    elif isinstance(what, dict):
        for key, value in what.items():
            update(str(key).encode())
            _add(update, value, seen)
    elif isinstance(what, (int, float, str, bytes, bool)) or what is None:
        update(repr(what).encode())
    elif hasattr(what, "__qualname__") or isinstance(what, ModuleType):
        update(str(getattr(what, "__qualname__", what)).encode())
    else:
        _add_held(update, what, seen)


def _add_held(update: Callable[[bytes], None], what: Any, seen: list[Any]) -> None:
    """Add what an object holds; one that cannot be looked into is like itself alone."""
    if any(one is what for one in seen):
        return
    seen.append(what)
    update(type(what).__qualname__.encode())
    if hasattr(what, "shape") and hasattr(what, "dtype"):
        try:
            update(np.asarray(ops.convert_to_numpy(what)).tobytes())
        except Exception:  # an array of another library, or one without values, may refuse in any way
            update(str(id(what)).encode())
    elif _is_keras(type(what)) and hasattr(what, "get_config"):
        update(str(id(what) if getattr(what, "weights", ()) else what.get_config()).encode())
    elif hasattr(what, "__dict__"):
        _add(update, type(what), seen)
        _add(update, vars(what), seen)
    else:
        update(str(id(what)).encode())


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a function that refers to itself before it has a value
        return False
