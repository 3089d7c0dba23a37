"""From a network's name, a file or a model to a Keras model, without weights where no weights are needed."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from keras_cnns.arguments import checked_flag, checked_path, shown
from keras_cnns.backends import require_backend
from keras_cnns.catalog.facts import Network, find_network, is_network
from keras_cnns.keras_files.recognition import what_else

if TYPE_CHECKING:
    import keras

InShape = tuple[int | None, int | None, int]


def with_weights(
    network: Network,
    in_shape: InShape | None,
    n_classes: int | None,
    opt: str | keras.Optimizer,
    options: dict[str, object],
) -> keras.Model:
    """Build a network of the catalogue with random weights."""
    check_options(network, options)
    check_optimizer(opt)
    return network.factory(*sizes(network, in_shape, n_classes), opt, **options)


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
        raise ValueError(
            f"{network.name} takes no option {', '.join(sorted(unknown))}; those that it takes: {known}."
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
    path = checked_path(argument, source)
    if not is_file(source):
        return without_weights(find_network(str(source), argument).name)
    if path.is_dir() and (words := what_else(path)):
        raise ValueError(f"{argument}: {path} {words}")
    if not path.is_file():
        raise ValueError(f"{argument} must be a model, a network's name or a .keras file; {path} is no file.")
    try:
        return saved(path)
    except ValueError as error:
        raise ValueError(f"{argument}: {error}") from None


def saved(path: Path, no_limit: bool = False) -> keras.Model:
    """Return the architecture of a `.keras` file; one that takes long to build only with `no_limit`."""
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.keras_files.architecture import load_architecture

    return load_architecture(path, None) if no_limit else load_architecture(path)


def reference_for(name: str, student: keras.Model) -> keras.Model:
    """Build a network for the student's images, or for the paper's if it cannot take those."""
    from keras_cnns.graph import read

    graph = read(student, own_layers=False)
    shape = cast("InShape", graph.vertices[graph.inputs[0]].shapes[0][1:])
    if len(graph.inputs) == 1 and shape != find_network(name).in_shape:
        try:
            return without_weights(name, shape)
        except ValueError:  # the network itself refuses that size
            pass
    return without_weights(name)
