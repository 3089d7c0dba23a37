"""From a network's name, a file or a model to a Keras model, without weights where no weights are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.arguments import checked_flag, checked_loss, checked_path, shown
from keras_cnns.backends import require_backend
from keras_cnns.catalog.facts import Network, find_network, is_network
from keras_cnns.catalog.habits import here
from keras_cnns.keras_files.recognition import what_else
from keras_cnns.tables import shape_text

if TYPE_CHECKING:
    import keras

InShape = tuple[int | None, int | None, int]


def with_weights(
    network: Network,
    in_shape: InShape | None,
    n_classes: int | None,
    opt: str | keras.Optimizer,
    options: dict[str, object],
    loss: Any = None,
) -> keras.Model:
    """Build a network of the catalogue with random weights, to be used: grouped convolutions are fast.

    A loss other than the factory's is for all outputs; it is that of the file of the network if None.
    """
    check_options(network, options)
    check_optimizer(opt)
    if loss is not None:
        checked_loss("loss", loss)
    from keras_cnns.grouped_convolution import fast
    from keras_cnns.submodels.compiling import recompile
    from keras_cnns.submodels.label_errors import explain_labels

    shape, classes = sizes(network, in_shape, n_classes)
    try:
        model = explain_labels(fast(network.factory(shape, classes, opt, **options)))
    except ValueError as error:
        if way := way_out(network, shape, classes, options):
            raise ValueError(f"{error} {way}") from None
        raise
    return model if loss is None else recompile(model, loss=loss)


def way_out(network: Network, in_shape: Any, n_classes: Any, options: dict[str, object]) -> str:
    """Say how to get what was asked for, where a network with a classifier cannot be like that."""
    if type(n_classes) is int and n_classes == 1:
        return f'with_classifier(create("{network.name}"), 1, activation="sigmoid") gives one probability.'
    *sides, channels = in_shape if isinstance(in_shape, (tuple, list)) and in_shape else (0,)
    known = [side for side in sides if side is not None]
    right = all(type(side) is int and side >= network.smallest for side in known) and len(sides) == 2
    if not right or len(known) == 2 or type(channels) is not int or channels < 1:
        return ""
    if options.get("aux"):
        return "The auxiliary classifiers flatten their maps; without aux=True any size will do."
    return (
        "Its classifier flattens the last map. Without it any size will do: "
        f'backbone("{network.name}", in_shape={(None, None, channels)}).'
    )


def sizes(network: Network, in_shape: InShape | None, n_classes: int | None) -> tuple[InShape, int]:
    """Return the input shape and the number of classes; the paper's where None is given."""
    return (
        network.in_shape if in_shape is None else in_shape,
        network.n_classes if n_classes is None else n_classes,
    )


def without_weights(
    name: str, in_shape: InShape | None = None, n_classes: int | None = None, **options: object
) -> keras.Model:
    """Build a network by its name, to look at: its variables have shapes but no values, and take no memory.

    Args:
        name: one of `list_models()`.
        in_shape: (height, width, channels); the paper's if None.
        n_classes: number of classes; the paper's if None.
        **options: the factory's own, such as `aux=True`.

    Returns:
        The compiled model, which can be counted, drawn and summarised, but not used.

    Raises:
        ValueError: for an unknown name, or an argument that this network cannot take.
    """
    network = find_network(name)
    check_options(network, options)
    import keras

    from keras_cnns.weightless import build_weightless

    return build_weightless(
        network.factory, *sizes(network, in_shape, n_classes), keras.optimizers.SGD(), **options
    )


def check_optimizer(opt: Any) -> None:
    """Raise a ValueError for what is no optimizer, before a network is built for it."""
    require_backend()
    import keras

    try:
        keras.optimizers.get(opt)
    except Exception:  # whatever Keras stumbles over
        raise ValueError(
            f'opt must be a Keras optimizer or the name of one, such as "sgd" or "adam"; got {shown(opt)}.'
        ) from None


def check_options(network: Network, options: dict[str, object]) -> None:
    """Raise a ValueError unless the factory takes every option, with a value of that kind."""
    unknown = set(options) - set(network.options) if options else None
    if unknown:
        known = ", ".join(network.options) or "none"
        ways = "".join(f" {each}: {way}." for each in sorted(unknown) if (way := here(each)))
        raise ValueError(
            f"{network.name} takes no option {', '.join(sorted(unknown))}; those that it takes: {known}."
            f"{ways}"
        )
    for option, value in options.items():
        if isinstance(network.defaults[option], bool):
            checked_flag(option, value)


def is_file(source: str | PathLike[str]) -> bool:
    """Whether a name or path means a file: it is no network's name, and has a suffix or exists."""
    return not is_network(str(source)) and (bool(Path(source).suffix) or Path(source).exists())


def resolve(argument: str, source: keras.Model | str | PathLike[str]) -> keras.Model:
    """Return the model: as it is, from a file, or built by its name, the last two without weights."""
    if not isinstance(source, (str, PathLike)):
        from keras_cnns.graph import check_readable

        check_readable(source, argument)
        return source
    known = checked_source(argument, source)
    if isinstance(known, Network):
        return without_weights(known.name)
    try:
        return saved(known)
    except ValueError as error:
        raise ValueError(f"{argument}: {error}") from None


def checked_source(argument: str, source: str | PathLike[str]) -> Network | Path:
    """Return the network of this name, or the path of a file that is there; Keras is not needed for that."""
    path = checked_path(argument, source)
    if not is_file(source):
        return find_network(str(source), argument)
    if path.is_dir() and (words := what_else(path)):
        raise ValueError(f"{argument}: {path} {words}")
    if not path.is_file():
        raise ValueError(f"{argument} must be a model, a network's name or a .keras file; {path} is no file.")
    return path


def saved(path: Path, no_limit: bool = False) -> keras.Model:
    """Return the architecture of a `.keras` file; one that takes long to build only with `no_limit`."""
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.keras_files.architecture import load_architecture

    return load_architecture(path, None) if no_limit else load_architecture(path)


@dataclass(frozen=True)
class NamedReference:
    """A network of the catalogue, built to be compared with a model.

    Attributes:
        model: for the images of the model that it is compared with, if the network can take those.
        in_shape: what the images should be; None if their size does not count.
        notes: sentences about what was made equal because it does not count.
    """

    model: keras.Model
    in_shape: tuple[int | None, ...] | None
    notes: tuple[str, ...]


def reference_for(
    name: str,
    student: keras.Model,
    in_shape: InShape | None = None,
    n_classes: int | None = None,
    ignore: Collection[str] = (),
) -> NamedReference:
    """Build a network as what a student's model should be.

    What follows from another size of images is no second difference, so it is built for the student's.

    Args:
        name: the network's.
        student: the model.
        in_shape: what the images should be; the paper's if None.
        n_classes: how many classes there should be; the paper's if None.
        ignore: with "in_shape" or "n_classes" in it the student's do not count.

    Raises:
        ValueError: for an unknown name, or sizes that this network cannot take.
    """
    network = find_network(name, "reference")
    wanted, n_wanted = sizes(network, in_shape, n_classes)
    images, classes = _sizes_of(student)
    classes = classes if "n_classes" in ignore else n_wanted
    model = _first_that_fits(network, [(images, classes), (wanted, classes), (images, n_wanted)])
    model = model or without_weights(name, wanted, n_wanted)
    notes = []
    if model.output_shape[-1] == classes != n_wanted:
        notes.append(f"the number of classes: {classes:,}, in the original {n_wanted:,}")
    if "in_shape" in ignore and model.input_shape[1:] == images != wanted:
        yours, theirs = (shape_text((None, *shape)) for shape in (images or (), wanted))
        notes.append(f"the size of the images: {yours}, in the original {theirs}")
    return NamedReference(model, None if "in_shape" in ignore else wanted, tuple(notes))


def _first_that_fits(network: Network, all_sizes: Iterable[tuple[Any, Any]]) -> keras.Model | None:
    """The network for the first of these images and classes that it takes."""
    for images, classes in all_sizes:
        if images and classes:
            with suppress(ValueError):
                return without_weights(network.name, images, classes)
    return None


def _sizes_of(model: keras.Model) -> tuple[tuple[int | None, ...] | None, int | None]:
    """What images a network reads once they are prepared, None if it has several inputs, and its last axis.

    The axis is that of the first output.
    """
    from keras_cnns.graph import read
    from keras_cnns.graph.preparation import prepared_shapes

    graph = read(model, expand_nested=True, own_layers=False)
    images = prepared_shapes(graph)[0][1:] if len(graph.inputs) == 1 else None
    place = graph.output_places[0]
    return images, graph.vertices[graph.outputs[0]].shapes[place][-1]
