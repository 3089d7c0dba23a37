"""What makes two functions, or two objects of a person's own, equal: their code and all that it depends on.

Two functions are equal only if their instructions, constants, names and defaults are, and all that they have
captured and refer to: numbers, arrays, other functions, objects. Where the code stands makes no difference.
What a library defines is known by its name. What cannot be looked into is like itself alone.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Hashable, Iterable
from hashlib import sha256
from types import BuiltinFunctionType, CodeType, EllipsisType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from keras import KerasTensor, Operation, Variable, ops
from keras.random import SeedGenerator

from keras_cnns.backends import no_tensorflow

# What every class has, or what says how a layer is described and saved and not what it computes.
NO_CODE = {"__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__firstlineno__"}
NO_CODE |= {"get_config", "from_config", "__static_attributes__", "__annotations__", "__repr__", "__str__"}
NO_CODE |= {"__annotate__", "__annotate_func__", "__annotations_cache__", "__classdictcell__"}
# Where the modules of Python's own library are.
STANDARD = os.path.dirname(os.__file__)
DEEPEST = 60


def code_of(what: Any) -> dict[str, Hashable]:
    """Return an attribute that tells code apart: of a function, or of the class of a layer or other object.

    Of Keras' own there is none: their names say which they are.
    """
    owner = what if isinstance(what, (type, FunctionType, functools.partial, MethodType)) else type(what)
    if _is_keras(owner):
        return {}
    return {"code": sha256(repr(content_of(owner)).encode()).hexdigest()[:16]}


def content_of(value: Any, *, weights: bool = True) -> Hashable:
    """Return what a function or any value is, as one that can be compared: equal only if that is equal.

    Args:
        value: the function or value.
        weights: whether each layer that has weights, and each weight, is like itself alone; if not, all are
            alike.
    """
    return _Reader(weights).content(value)


class _Reader:
    """Reads values; one that was read before is known by its number, so that circles end."""

    def __init__(self, weights: bool = True) -> None:
        self.weights = weights
        self.numbers: dict[int, int] = {}
        self.held: list[Any] = []  # so that no other object gets the id of one that was read
        self.depth = 0

    def content(self, value: Any) -> Hashable:
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes, EllipsisType)):
            return (type(value).__name__, repr(value))
        if isinstance(value, ModuleType):
            is_known = sys.modules.get(value.__name__) is value
            return ("module", value.__name__, 0 if is_known else id(value))
        if type(value) is tuple:  # one tuple or two equal ones: that makes no difference
            return ("tuple", self._all(value))
        if id(value) in self.numbers:
            return ("read before", self.numbers[id(value)])
        if self.depth > DEEPEST:
            return ("itself", id(value))
        self.numbers[id(value)] = len(self.numbers)
        self.held.append(value)
        self.depth += 1
        try:
            return self._looked_into(value)
        finally:
            self.depth -= 1

    def _looked_into(self, value: Any) -> Hashable:
        if isinstance(value, (FunctionType, type)) and (_is_keras(value) or _is_installed(value)):
            return ("installed", value.__module__, value.__qualname__)
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, type):
            own = {name: part for name, part in sorted(vars(value).items()) if name not in NO_CODE}
            return ("class", self._pairs(own), self._all(value.__bases__))
        if isinstance(value, CodeType):
            names = (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)
            return ("code", value.co_code, names, value.co_flags, self._all(_constants(value)))
        if isinstance(value, MethodType):
            return ("method", self.content(value.__func__), self.content(value.__self__))
        if isinstance(value, functools.partial):
            return ("partial", self._all([value.func, value.args, value.keywords]))
        if isinstance(value, BuiltinFunctionType):
            owner = value.__self__
            return ("built in", value.__module__, value.__qualname__, self.content(owner))
        return self._structure(value)

    def _structure(self, value: Any) -> Hashable:
        if isinstance(value, (property, staticmethod, classmethod)):
            inner = value.fget if isinstance(value, property) else value.__func__
            return (type(value).__name__, self.content(inner))
        if isinstance(value, slice):
            return ("slice", self._all([value.start, value.stop, value.step]))
        if type(value) is list:
            return ("list", self._all(value))
        if type(value) in (set, frozenset):
            return (type(value).__name__, tuple(sorted(map(repr, map(content_of, value)))))
        if type(value) is dict:
            return ("dict", self._pairs(value))
        return self._object(value)

    def _function(self, function: FunctionType) -> Hashable:
        """Its code, what it has captured, and the globals that it names, those in its inner code included."""
        cells = [_captured(cell) for cell in function.__closure__ or ()]
        names = sorted(_names(function.__code__) & {*function.__globals__})
        used = {name: function.__globals__[name] for name in names}
        parts = (function.__code__, function.__defaults__, function.__kwdefaults__, cells)
        return ("function", self._all(parts), self._pairs(used))

    def _object(self, value: Any) -> Hashable:
        """What an object holds: an array its numbers, a layer of Keras its config if it has no weights."""
        if not self.weights and isinstance(value, (Operation, KerasTensor, Variable, SeedGenerator)):
            return ("computed with",)
        is_keras = _is_keras(type(value))
        is_closed = isinstance(value, Operation) and (not is_keras or bool(getattr(value, "weights", ())))
        if isinstance(value, KerasTensor) or is_closed:
            return ("itself", id(value))
        kind = self.content(type(value))
        if hasattr(value, "shape") and hasattr(value, "dtype"):
            return (kind, _numbers(value))
        if is_keras and hasattr(value, "get_config"):
            with no_tensorflow():
                return (kind, self.content(value.get_config()))
        if isinstance(value, (list, tuple, set, frozenset)):
            return (kind, self._all(value if isinstance(value, (list, tuple)) else sorted(value, key=repr)))
        if isinstance(value, dict):
            return (kind, self._pairs(value))
        if hasattr(value, "__dict__"):
            return (kind, self._pairs(vars(value)))
        return ("itself", id(value))

    def _all(self, values: Iterable[Any]) -> tuple[Hashable, ...]:
        return tuple(map(self.content, values))

    def _pairs(self, values: dict[Any, Any]) -> tuple[Hashable, ...]:
        return tuple((self.content(key), self.content(value)) for key, value in values.items())


def _is_keras(what: Any) -> bool:
    return str(getattr(what, "__module__", "")).split(".")[0] in ("keras", "builtins")


def _is_installed(what: FunctionType | type) -> bool:
    """Whether a library defines it once; what one of its functions makes may differ from call to call."""
    where = getattr(sys.modules.get(what.__module__), "__file__", None) or ""
    return "<locals>" not in what.__qualname__ and ("site-packages" in where or where.startswith(STANDARD))


def _names(code: CodeType) -> set[str]:
    """The global names that code refers to, those of the functions in it included."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _constants(code: CodeType) -> list[Any]:
    """The constants of code, but what Python 3.10 keeps there of where an inner function stands."""
    return [one for one in code.co_consts if not (isinstance(one, str) and "<locals>" in one)]


def _captured(cell: Any) -> Any:
    """What a cell holds; a cell without a value yet is like itself alone."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


def _numbers(value: Any) -> Hashable:
    try:
        whole = np.asarray(ops.convert_to_numpy(value))
        return (whole.shape, str(whole.dtype), sha256(whole.tobytes()).hexdigest())
    except Exception:  # an array of another library, or one without values, may refuse in any way
        return ("itself", id(value))
