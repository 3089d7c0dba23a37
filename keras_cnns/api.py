"""The public functions that take a network's name, a file or a model: the one door to the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from keras_cnns import building
from keras_cnns.arguments import (
    checked_choice,
    checked_flag,
    checked_int,
    checked_name,
    checked_optimizer,
    checked_path,
    checked_strings,
    shown,
)
from keras_cnns.catalog.facts import find_network, is_network

if TYPE_CHECKING:
    import keras

    from keras_cnns.comparison.report.report import Report
    from keras_cnns.network_costs import CostComparison
    from keras_cnns.profiling.result import Profile


def create(
    network: str,
    /,
    in_shape: tuple[int | None, int | None, int] | None = None,
    n_classes: int | None = None,
    opt: str | keras.Optimizer = "sgd",
    weights: str | PathLike[str] | None = None,
    *,
    loss: Any = None,
    name: str | None = None,
    **options: Any,
) -> keras.Model:
    """Build a network by its name, with random or published weights.

    Args:
        network: one of `list_models()`.
        in_shape: (height, width, channels); the paper's if None.
        n_classes: number of classes; the paper's if None.
        opt: optimizer, as for `Model.compile`.
        weights: None for random ones; "imagenet" for the first that `keras_cnns.weights.SETS` lists for the
            network and its options and that the installed packages can read, or a source named there, such as
            "torchvision": they are downloaded once and verified; or the path of a file, see
            `keras_cnns.load_weights`. With another number of classes than the file's the classifier keeps its
            random weights, and a warning says so.
        loss: of Keras, its name, or a function, in place of categorical cross-entropy, which is for one-hot
            labels; for labels that are ints "sparse_categorical_crossentropy". It is for all outputs, whose
            losses keep their weights.
        name: of the model; the network's if None. Of two networks in one model each needs its own. Keras
            keeps the name in files; `load_weights` knows a network by the name that it has if None.
        **options: the factory's own, such as `aux=True` or `stride_in_3x3=True`.

    Returns:
        The compiled model, with the loss for each output and accuracy; its grouped convolutions are made
        `keras_cnns.fast`. Labels that the loss cannot take are answered in `fit` with the ways to give them.

    Raises:
        ValueError: for an unknown name, an argument that this network cannot take, or weights that are not
            for this network.
        ImportError: if the package that reads the weights is missing.
        OSError: if the weights cannot be fetched or read.
    """
    found = find_network(network, "network")
    building.check_options(found, options)
    checked_name(name, found.name)
    building.require_backend()
    if weights is None:
        model = building.with_weights(found, in_shape, n_classes, opt, options, loss)
    else:
        from keras_cnns.weights.pretrained import restore, source_of

        source = source_of(found.name, weights, options)
        model = building.with_weights(found, in_shape, n_classes, opt, options, loss)
        restore(model, source, {**found.defaults, **options})
    if name is not None:
        model.name = name
    return model


def profile(
    model: keras.Model | str | PathLike[str],
    batch_size: int = 1,
    *,
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None = None,
    optimizer: str | keras.Optimizer | None = None,
) -> Profile:
    """Count what a model costs, layer by layer, from its graph; nothing is computed, no weights are needed.

    Multiply-adds (MACs) are those of convolution, dense and recurrent kernels and of attention's products,
    for one image, as papers count them: no bias, normalization, activation function or pooling. A weight
    counts as often as there are positions in the output, padding or not; a transposed convolution's, in the
    input. Layers that cannot be counted are in `uncounted`, and named below the table.

    Activation memory is the sum of all tensors of one forward pass with the input: the outputs of layers,
    where an activation function works in place, and flattening, reshaping and dropout give no new tensor.
    Of VGG-16 that is 15,237,608 values or 60.95 MB an image. The 93 or 96 MB that course notes give ("24M * 4
    bytes") are not the sum of their own rows; nor do they come out if the 13,555,712 values before each
    activation function (`before_activation_values`) are kept, too: 28,793,320 values or 115.2 MB in all.
    `peak_bytes` is less: what must be alive at once, if no tensor is kept longer than needed.

    Training memory is the weights, their gradients, the optimizer's state, and those tensors that the
    backward pass reads: a kernel's input, what is before a normalization, what comes out of a ReLU and is in
    and out of a maximum, dropout's masks, the gates of recurrent layers; where weights are frozen, less.
    Not in it: gradients of activations and workspace, which the backend takes and gives back as it goes.

    The receptive field is the theoretical one of a unit of the last feature map, in pixels. Depth is the
    number of weighted layers on the longest path, a separable convolution being one.

    Args:
        model: a functional, Sequential or subclassed model, with what is inside it; a file that Keras saved,
            `.keras`, `.h5` or `.json`, of which only the architecture is read; or a network's name, built
            without weights.
        batch_size: images at once, for the memory.
        in_shape: the input's shape without the batch, for a model that takes any size or is not built; one
            for each input.
        optimizer: for its state, by name or itself; None takes the one that the model is compiled with, or
            plain SGD.

    Returns:
        The result, which prints as a table.

    Raises:
        ValueError: for an unknown name, a model that is no graph of layers or whose input size is not known,
            or a wrong argument.
    """
    if _is_named(model) and in_shape is None and optimizer is None:
        from keras_cnns.precomputed import precomputed

        batch_size = checked_int("batch_size", batch_size)
        if known := precomputed(find_network(model).name):
            return known.profile(batch_size)
    from keras_cnns.profiling.profile_model import profile_model

    if isinstance(model, (str, PathLike)):
        model = building.resolve("model", model)
    found = profile_model(model, batch_size, in_shape=in_shape, optimizer=optimizer)

    def explored() -> str:
        from keras_cnns.visualize import explored_costs

        return explored_costs(model, in_shape)

    return replace(found, explored=explored)


MOST_CLASSES = 1_000_000
COPY = "who wrote it: all names and settings of layers are those that keras_cnns itself gives"


def compare(
    student: keras.Model | str | PathLike[str],
    reference: keras.Model | str | PathLike[str],
    *,
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None = None,
    n_classes: int | None = None,
    prove: bool | None = None,
) -> Report:
    """Say how a model differs from the one it should be.

    Args:
        student: a functional, Sequential or subclassed model, a file that Keras saved, or a network's name.
        reference: the same. A network that is named is the paper's, with the paper's number of classes,
            unless `in_shape` or `n_classes` say otherwise; it is built for the student's images if it can be,
            and the other size is reported as one difference.
        ignore: differences that do not count: attributes such as "n_classes", "in_shape" or "epsilon", names
            of mistakes such as "one tower", or names of layers. With "n_classes" a network that is named is
            built with the student's number of classes.
        also: what else counts, of "dropout", "initializers", "momentum", "names" and "regularizers".
        in_shape: the input's shape without the batch, for models that are not built, one for each input, and
            for a reference that is named.
        n_classes: how many classes a reference that is named should have; the paper's if None.
        prove: whether numbers must bear out that both compute the same. Both are run with equal random
            weights on the same random inputs, their own weights are untouched. None does it where it takes
            less than about two seconds, True whatever it takes, False never. With True, "exact" and
            "equivalent" are given only where numbers show it.

    Returns:
        A report, which prints as text and shows in a notebook. Its verdict is "exact"; "equivalent", the same
        function written differently; "same shapes", a different network with weights of the same shapes;
        "different"; or "unknown", where nothing differs that can be seen, and what a layer does is not known
        or the proof that was asked for could not be run. It says whether the numbers were asked; where they
        disagree, the verdict is "different".

    Raises:
        ValueError: for what is no model, name or sound file, a word in `ignore` or `also` that means
            nothing, or sizes that the reference cannot have.
        OSError: if a file cannot be read.
    """
    from keras_cnns.comparison.compare_models import compare_models
    from keras_cnns.comparison.own_build import is_word_for_word
    from keras_cnns.graph import built_for

    ignore = checked_strings("ignore", ignore, "n_classes")
    if prove is not None:
        checked_flag("prove", prove)
    is_named = isinstance(reference, str) and is_network(reference)
    classes = _checked_classes(n_classes, is_named, ignore)
    with built_for(student, in_shape, "student"), built_for(reference, in_shape, "reference"):
        yours = building.resolve("student", student)
        is_word = isinstance(student, (str, PathLike)) and not building.is_file(student)
        if not is_named:
            theirs = building.resolve("reference", reference)
            report = compare_models(yours, theirs, ignore=ignore, also=also, prove=prove)
            model, name = _asked_for(report, student, reference)
            return replace(report, is_word=is_word, model=model, reference=name)
        images = None if in_shape is None else _image_shape(in_shape)
        named = building.reference_for(str(reference), yours, images, classes, ignore)
        report = compare_models(
            yours, named.model, ignore=ignore, also=also, in_shape=named.in_shape, prove=prove
        )
        is_copy = report.verdict == "exact" and not is_word and is_word_for_word(yours, named.model)
        notes = *report.notes, *named.notes, *([COPY] if is_copy else [])
        model, name = _asked_for(report, student, reference)
        return replace(report, notes=notes, is_word=is_word, is_copy=is_copy, model=model, reference=name)


def _asked_for(report: Report, student: object, reference: object) -> tuple[str, str]:
    """The models' names; where both have one, those of the networks that were asked for."""
    if report.model != report.reference:
        return report.model, report.reference
    names = [find_network(word).name if _is_named(word) else "" for word in (student, reference)]
    return names[0] or report.model, names[1] or report.reference


def _is_named(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and is_network(given)


def _checked_classes(n_classes: int | None, is_named: bool, ignore: list[str]) -> int | None:
    """The number of classes, if it is one that can be asked for."""
    if n_classes is None:
        return None
    if not is_named:
        raise ValueError("n_classes is for a reference that is a network's name; a model has its own.")
    if "n_classes" in ignore:
        raise ValueError("n_classes is given, so it counts; take it out of ignore, or give no n_classes.")
    if checked_int("n_classes", n_classes, 2) > MOST_CLASSES:
        raise ValueError(f"n_classes must be at most {MOST_CLASSES:,}; got {shown(n_classes)}.")
    return int(n_classes)


def _image_shape(in_shape: Any) -> tuple[int | None, int | None, int]:
    """The shape of images that a named reference should take."""
    shape = tuple(in_shape) if isinstance(in_shape, (tuple, list)) else ()
    if len(shape) != 3 or not all(size is None or isinstance(size, int) for size in shape):
        raise ValueError(f"in_shape must be (height, width, channels) of a network; got {shown(in_shape)}.")
    return cast("tuple[int | None, int | None, int]", shape)


def assert_matches(
    student: keras.Model | str | PathLike[str],
    reference: keras.Model | str | PathLike[str],
    *,
    level: str = "equivalent",
    ignore: Iterable[str] = (),
    also: Iterable[str] = (),
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None = None,
    n_classes: int | None = None,
) -> None:
    """Raise an AssertionError with the report unless a model is the one it should be; see `compare`.

    Args:
        student: a model, or the path of a file that Keras saved. A network's name is refused: it would be
            its own answer.
        reference: a model, a file that Keras saved, or a network's name.
        level: what is enough: "exact"; "equivalent", the same function; "same shapes", weights, inputs and
            outputs of the same shapes. What is unknown is not enough for the first two.
        ignore: differences that do not count.
        also: what else counts.
        in_shape: what images the network that is named should take; see `compare`.
        n_classes: how many classes it should have; the paper's if None.

    Raises:
        AssertionError: if it is not; it reads as the report does.
        ValueError: as `compare` does, for a student that is a network's name, or for an unknown level.
    """
    __tracebackhide__ = True  # pytest and IPython show the call, not what is inside
    from keras_cnns.comparison.report.report import LEVELS

    checked_choice("level", level, LEVELS)
    if isinstance(student, (str, PathLike)):
        student = _handed_in_file(student)
    report = compare(student, reference, ignore=ignore, also=also, in_shape=in_shape, n_classes=n_classes)
    if not report.reaches(level):
        error = AssertionError("\n" + report.text())
        # IPython asks an error how it reads; if it cannot say, it shows the line of ours and its file, too.
        error._render_traceback_ = partial(_shown_in_notebook, report.text())  # type: ignore[attr-defined]
        raise error from None


def _shown_in_notebook(text: str) -> list[str]:
    return ["AssertionError:", *text.splitlines()]


def _handed_in_file(student: Any) -> Path:
    """The path of a file that was handed in; a word that only names a network is none."""
    path = checked_path("student", student)
    if not path.suffix or is_network(path.name):
        raise ValueError(
            f"student must be a model or the path of a file that Keras saved, such as handed_in.keras; got "
            f"{shown(str(path))}."
        )
    return path


def compare_costs(
    names: Iterable[str] | None = None,
    batch_size: int = 1,
    *,
    optimizer: str | keras.Optimizer | None = None,
) -> CostComparison:
    """Count what networks of the catalogue cost, each at its paper's size; no weights are made.

    Args:
        names: which, of `keras_cnns.list_models()`; None takes all.
        batch_size: images at once, for the memory.
        optimizer: for the training memory, see `keras_cnns.profile`.

    Returns:
        The networks in the order of publication; it prints as a table and saves as a chart.

    Raises:
        ValueError: for an unknown name or no name, or a wrong argument of `profile`.
    """
    from keras_cnns.network_costs import CostComparison, chosen, network_costs

    networks, batch_size = chosen(names), checked_int("batch_size", batch_size)
    optimizer = None if optimizer is None else checked_optimizer("optimizer", optimizer)
    return CostComparison(
        tuple(network_costs(network, batch_size, optimizer) for network in networks), batch_size
    )
