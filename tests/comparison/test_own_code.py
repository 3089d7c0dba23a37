"""What makes two functions equal: their code and all that it has captured and refers to."""

import cmath
import functools
import math
import types

import numpy as np
import pytest

from keras_cnns.graph.own_code import code_of, content_of


def twice(x):
    return 2 * x


def thrice(x):
    return 3 * x


class Held:
    def __init__(self, n):
        self.n = n

    def times(self, x):
        return self.n * x


def over(**names):
    """A function made of text, with these globals."""
    exec("def function(x): return (lambda y: a(b(c(y))))(x)", names)
    return names["function"]


def closure(value):
    return lambda x: value(x) if callable(value) else x * value


def default(value):
    def function(x, by=value, *, and_by=1):
        return x * by * and_by

    return function


def keyword(value):
    def function(x, *, by=value):
        return x * by

    return function


def module(n):
    made = types.ModuleType("helpers")
    made.n = n
    return made


# Two values each that make two functions different.
DIFFERENT = {
    "number": (2, 3),
    "type of number": (2, 2.0),
    "flag": (True, 1),
    "sign of zero": (0.0, -0.0),
    "array": (np.array([1, 2]), np.array([1, 3])),
    "shape of an array": (np.array([[1, 2]]), np.array([[1], [2]])),
    "type of an array": (np.array([1, 0], "int32"), np.array([1, 0], "float32")),
    "function": (twice, thrice),
    "argument of a partial": (functools.partial(pow, 2), functools.partial(pow, 3)),
    "function of a partial": (functools.partial(twice), functools.partial(thrice)),
    "whose method": (Held(2).times, Held(3).times),
    "built-in functions of one name": (math.sin, cmath.sin),
    "whose built-in method": ([1].count, [2].count),
    "object": (Held(2), Held(3)),
    "list in an object": (Held([1, [2]]), Held([1, [3]])),
    "class": (type("A", (), {"n": 2}), type("A", (), {"n": 3})),
    "set": ({1, 2}, {1, 3}),
    "slice": (slice(2), slice(3)),
    "modules of one name": (module(2), module(3)),
    "where the numbers are": ([1, [2, 3]], [[1, 2], 3]),
    "words": (["ab", "c"], ["a", "bc"]),
}
MAKERS = {"captured": closure, "default": default, "keyword": keyword}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("kind", DIFFERENT)
def test_what_a_function_depends_on_counts(kind, maker):
    one, other = map(MAKERS[maker], DIFFERENT[kind])
    assert content_of(one) != content_of(other)
    assert code_of(one) != code_of(other)
    assert content_of(one) == content_of(MAKERS[maker](DIFFERENT[kind][0]))


def test_globals_count_where_inner_code_names_them():
    assert code_of(over(a=twice, b=thrice, c=twice)) == code_of(over(a=twice, b=thrice, c=twice))
    assert code_of(over(a=twice, b=thrice, c=twice)) != code_of(over(a=twice, b=thrice, c=thrice))
    assert code_of(over(a=twice, b=twice, c=twice)) != code_of(over(a=thrice, b=twice, c=twice))


# The same once more, made anew.
EQUAL = {
    "array": lambda: np.array([1.0, 2.0]),
    "partial": lambda: functools.partial(pow, exp=2),
    "method": lambda: Held(2).times,
    "object": lambda: Held([1, {"a": (2, 3)}]),
    "set": lambda: frozenset({"b", "a", "c"}),
    "complex": lambda: 1 + 2j,
}


@pytest.mark.parametrize("kind", EQUAL)
def test_the_same_made_twice_is_the_same(kind):
    assert code_of(closure(EQUAL[kind]())) == code_of(closure(EQUAL[kind]()))


def test_circles_end():
    def around(n):
        def itself(x):
            return itself(x - 1) if x else n

        return itself

    assert code_of(around(1)) == code_of(around(1)) != code_of(around(2))
    ring = [1]
    ring.append(ring)
    assert content_of(ring) != content_of([1, [1]])


def test_two_objects_of_one_content_are_one_and_a_tensor_is_itself():
    import keras

    one, other = keras.KerasTensor((2,)), keras.KerasTensor((2,))
    assert content_of(one) == content_of(one) != content_of(other)
    assert content_of(np.zeros(3)) == content_of(np.zeros(3))
    dense = keras.layers.Dense(2)
    assert content_of(dense) == content_of(dense)
    dense.build((None, 3))
    assert content_of(dense) != content_of(keras.layers.Dense(2))
