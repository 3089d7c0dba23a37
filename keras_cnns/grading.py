"""`compare` and `assert_matches`: models, files and names of published networks, for courses and tests."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns import catalog

if TYPE_CHECKING:
    import keras

    from keras_cnns.differences.report import Report


# What may be asked for, each with all that comes before it.
LEVELS = ("exact", "equivalent", "same shapes")


def compare(
    student: keras.Model | str | PathLike[str],
    reference: keras.Model | str | PathLike[str],
    *,
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
) -> Report:
    """Say how a model differs from the one it should be.

    Args:
        student: a functional or built Sequential model, a `.keras` file, or a network's name.
        reference: the same. A network that is named is the paper's, with the paper's number of classes; it is
            built for the student's images if it can be, and the other size is reported as one difference.
        ignore: differences that do not count: attributes such as "n_classes", "in_shape" or "epsilon", names
            of mistakes such as "one tower", or names of layers.
        also: what else counts, of "dropout", "initializers", "momentum", "names" and "regularizers".

    Returns:
        A report, which prints as text and shows in a notebook. Its verdict is "exact"; "equivalent", the same
        function written in another way; "same shapes", another function of equally shaped weights; or
        "different".

    Raises:
        ValueError: for what is no model, name or sound file, or a word in `ignore` or `also` that means
            nothing.
        OSError: if a file cannot be read.
    """
    from keras_cnns.comparison import compare_models

    yours = resolve("student", student)
    if not isinstance(reference, str) or reference not in catalog.list_models():
        return compare_models(yours, resolve("reference", reference), ignore=ignore, also=also)
    model = published(reference, yours)
    in_shape = catalog.find(reference).in_shape
    return compare_models(yours, model, ignore=ignore, also=also, in_shape=in_shape)


def assert_matches(
    student: keras.Model | str | PathLike[str],
    reference: keras.Model | str | PathLike[str],
    *,
    level: str = "equivalent",
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
) -> None:
    """Raise an AssertionError with the report unless a model is the one it should be; see `compare`.

    Args:
        student: a model, a `.keras` file, or a network's name.
        reference: the same.
        level: what is enough: "exact"; "equivalent", the same function; "same shapes", weights, inputs and
            outputs of the same shapes.
        ignore: differences that do not count.
        also: what else counts.

    Raises:
        AssertionError: if it is not; it reads as the report does.
        ValueError: as `compare` does, or for an unknown level.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}; got {level!r}.")
    report = compare(student, reference, ignore=ignore, also=also)
    if not reaches(report.verdict, level):
        raise AssertionError("\n" + report.text())


def reaches(verdict: str, level: str) -> bool:
    """Whether a verdict is as good as the level asks, or better."""
    return verdict in LEVELS and LEVELS.index(verdict) <= LEVELS.index(level)


def resolve(argument: str, source: keras.Model | str | PathLike[str]) -> keras.Model:
    """Return the model: as it is, from a file, or built by its name."""
    if not isinstance(source, (str, PathLike)):
        return source
    path = Path(source)
    if str(source) not in catalog.list_models() and (path.suffix or path.exists()):
        from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
        from keras_cnns.saved import load_architecture

        if not path.is_file():
            raise ValueError(
                f"{argument} must be a model, a network's name or a .keras file; {path} is no file."
            )
        return load_architecture(path)
    return catalog.without_weights(str(source))


def published(name: str, student: keras.Model) -> keras.Model:
    """Build a network for the student's images, or the paper's if it cannot take those."""
    from keras_cnns.graph import check_functional

    check_functional(student)
    shape = tuple(student.inputs[0].shape[1:])
    if len(student.inputs) == 1 and shape != catalog.find(name).in_shape:
        try:
            return catalog.without_weights(name, shape)
        except ValueError:  # the network says itself that it cannot take them
            pass
    return catalog.without_weights(name)
