"""Wrong arguments of public functions: whatever is given, the error is one of two, and names the argument."""

import warnings

import numpy as np
import pytest
from support.bad_arguments import complaint, not_covered, random_calls

from keras_cnns import arguments

CALLS = 2_000


def test_no_public_function_is_left_out():
    assert not_covered() == set()


@pytest.mark.parametrize("part", range(4))
def test_errors_name_the_argument(part, tmp_path, monkeypatch):
    warnings.simplefilter("ignore")
    found = []
    for number, (name, function, given, replaced) in enumerate(random_calls(part, CALLS // 4)):
        (tmp_path / f"{number}").mkdir()
        monkeypatch.chdir(tmp_path / f"{number}")  # a value such as "x.svg" is a good path, to be written
        if problem := complaint(function, given, replaced):
            found.append(f"{name}, {[(key, arguments.shown(given[key])) for key in replaced]}: {problem}")
    assert not found, "\n".join(found)


def test_what_was_given_is_shown_on_one_short_line():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    values = [10**5000, "x\n\x1b[2J\u202e" * 99, Silent(), np.zeros((9, 9)), b"\0"]
    assert all(len(shown) <= 250 and shown.isprintable() for shown in map(arguments.shown, values))


@pytest.mark.parametrize("value", [3, np.int64(3), np.array(3), np.uint8(3)])
def test_whole_numbers_of_numpy_are_ints(value):
    number = arguments.checked_int("n", value)
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("value", [True, 0, -1, 3.0, "3", None, np.float32(3), np.array([3]), float("nan")])
def test_what_is_no_positive_int(value):
    with pytest.raises(ValueError, match="n must be an int, at least 1; got "):
        arguments.checked_int("n", value)


@pytest.mark.parametrize("value", ["ab", b"ab", [1], None, 3, {"a": 1}.values(), np.array(["a"])])
def test_what_is_no_list_of_strings(value):
    with pytest.raises(ValueError, match=r'names must be a list of strings, such as \["lenet_5"\]; got '):
        arguments.checked_strings("names", value, "lenet_5")


@pytest.mark.parametrize("value", [["a", "b"], ("a", "b"), {"a": 1, "b": 2}, iter(["a", "b"])])
def test_lists_of_strings(value):
    assert arguments.checked_strings("names", value, "lenet_5") == ["a", "b"]
