"""Files that Keras 3 saved, for a model that is not quite the one in the file.

It may have another number of classes or of channels, or the same layers inside a nested model.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import h5py
import keras
import numpy as np

from keras_cnns.keras_files.hdf5_strings import strings
from keras_cnns.submodels.heads import tail_of
from keras_cnns.submodels.places import outputs_of
from keras_cnns.weights.formats.keras3 import NOT_WEIGHTS, check_sound, load_checked, shape_mismatch
from keras_cnns.weights.matching.input_channels import adapted, can_be_adapted, readers_of_images, words

Shape = tuple[int, ...]


@dataclass(frozen=True)
class FileLayer:
    """A layer in a file that Keras 3 saved.

    Attributes:
        place: the group of it, such as "layers/functional/layers/conv2d_3".
        name: the layer's.
        shapes: of its tensors, in their order.
    """

    place: str
    name: str
    shapes: tuple[Shape, ...]

    @property
    def kind(self) -> str:
        """Its class as Keras writes it, such as "conv2d"."""
        word, _, number = self.place.rpartition("/")[2].rpartition("_")
        return word if number.isdigit() and word else self.place.rpartition("/")[2]

    @property
    def number(self) -> int:
        """Which of its kind it is, in the model that it is in."""
        number = self.place.rpartition("_")[2]
        return int(number) if number.isdigit() else 0

    @property
    def container(self) -> str:
        """The place of the model that it is in."""
        return self.place.rpartition("/")[0]


@dataclass(frozen=True)
class Fitted:
    """What was not loaded as it is: layers without weights in the file, and what was said of channels."""

    new: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def load_own_weights(model: keras.Model, file: Path, path: Path) -> Fitted:
    """Load an HDF5 file, which errors call `path`; if that fails, the model is unchanged.

    Raises:
        ValueError: if it does not fit, or fits in several ways.
    """
    check_sound(file, path)
    problem = shape_mismatch(model, file, path)
    if problem is None:
        with h5py.File(file, "r") as given:
            is_flat = len({one.container for one in layers_in(given, file)}) == 1
        try:
            load_checked(model, file, path)
            return Fitted()
        except ValueError:
            if is_flat and not any(isinstance(layer, keras.Model) for layer in model.layers):
                raise
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "model.weights.h5"
        model.save_weights(own)
        with h5py.File(file, "r") as given, h5py.File(own, "a") as wanted:
            here, there = layers_in(wanted, own), layers_in(given, file)
            pairs = pairs_of(here, there, path, problem or "its layers are in other models")
            fitted = Rewriting(model, given, wanted, path).fill(pairs)
        load_checked(model, own, path)
    return fitted


def layers_in(file: h5py.File, path: Path) -> list[FileLayer]:
    """List the layers with weights in a file, those of one kind in a model in their order."""
    found = []

    def visit(name: str, item: object) -> None:
        place, _, last = name.rpartition("/")
        if last != "vars" or not isinstance(item, h5py.Group) or set(name.split("/")) & NOT_WEIGHTS:
            return
        shapes = tuple(tuple(item[key].shape) for key in sorted(item, key=int))
        if shapes:
            called = strings(item, "name", path)[0] if "name" in item.attrs else ""
            found.append(FileLayer(place, called, shapes))

    file.visititems(visit)
    return sorted(found, key=lambda one: (one.container, one.kind, one.number))


Pairs = list[tuple[FileLayer, FileLayer]]


def pairs_of(here: list[FileLayer], there: list[FileLayer], path: Path, problem: str) -> Pairs:
    """Pair layers of the model with layers of the file: by place, by name, or by kind and order.

    A model of the same layers that stands inside another has them at another place; where it was built in
    another process their names have other numbers. Then the n-th of a kind is the n-th.

    Raises:
        ValueError: if none of the three tells.
    """
    for key in ("place", "name"):
        ours, theirs = ({(one.kind, getattr(one, key)): one for one in each} for each in (here, there))
        rest = [one for place, one in ours.items() if place not in theirs]
        others = [one for place, one in theirs.items() if place not in ours]
        pairs = [(one, theirs[place]) for place, one in ours.items() if place in theirs]
        if len(ours) < len(here) or len(theirs) < len(there):
            continue
        wrong = next((pair for pair in pairs if not fit(*pair)), None)
        if wrong and not rest and not others:
            first = next(pair for pair in pairs if fit(*pair) != "exactly")
            raise ValueError(f"{path} does not fit: {unfit(*first)}.")
        if wrong:
            continue
        if not rest and not others:
            return pairs
        if len(rest) == len(others) == 1 and rest[0].kind == others[0].kind and fit(rest[0], others[0]):
            return [*pairs, (rest[0], others[0])]
    return [pair for kind in dict.fromkeys(one.kind for one in [*here, *there])
            for pair in in_order(kind, here, there, path, problem)]  # fmt: skip


def in_order(kind: str, here: list[FileLayer], there: list[FileLayer], path: Path, problem: str) -> Pairs:
    """Pair the layers of one kind in their order, if only one order fits."""
    ours, theirs = ([one for one in each if one.kind == kind] for each in (here, there))
    if len(ours) != len(theirs):
        raise ValueError(
            f"{path} does not fit: {problem}. It has {len(theirs)} layers of the kind {kind} for {len(ours)}."
        )
    found = [
        list(zip(one, other))
        for one in orders(ours)
        for other in orders(theirs)
        if all(fit(*pair) for pair in zip(one, other))
    ]
    distinct = {frozenset((one.place, other.place) for one, other in pairs): pairs for pairs in found}
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    names = ", ".join(repr(one.name or one.place) for one in theirs[:4])
    if not found:
        raise ValueError(f"{path} does not fit: {problem}. No order of its {kind} layers, {names}, fits.")
    raise ValueError(
        f"{path} does not fit in one way only: {problem}, and its {kind} layers, {names}, fit in several "
        "orders. Give the layers the same names in both models."
    )


def orders(listed: list[FileLayer]) -> Iterator[list[FileLayer]]:
    """Give each order that layers of several models can have in one, those of a model staying in theirs."""
    models: dict[str, list[FileLayer]] = {}
    for one in listed:
        models.setdefault(one.container, []).append(one)
    if len(models) < 2:
        yield listed
        return
    first, *inner = sorted(models.values(), key=lambda each: each[0].container.count("/"))
    if len(inner) > 1:  # which of several models comes first cannot be seen
        for which in permutations([first, *inner]):
            yield [one for each in which for one in each]
        return
    for at in range(len(first) + 1):
        yield [*first[:at], *inner[0], *first[at:]]


def fit(one: FileLayer, other: FileLayer) -> str:
    """Say how the tensors of a file's layer fit: "exactly", or but for "classes" or "channels"; "" if not."""
    if one.shapes == other.shapes:
        return "exactly"
    if [len(shape) for shape in one.shapes] != [len(shape) for shape in other.shapes]:
        return ""
    if all(shape[:-1] == had[:-1] for shape, had in zip(one.shapes, other.shapes)):
        return "classes"
    (kernel, *rest), (had, *others) = one.shapes, other.shapes
    is_input = len(kernel) > 2 and rest == others and (*kernel[:-2], kernel[-1]) == (*had[:-2], had[-1])
    return "channels" if is_input and can_be_adapted(had[-2], kernel[-2]) else ""


def unfit(one: FileLayer, other: FileLayer) -> str:
    """Say that a layer of the file is not the model's."""
    return (
        f"layer {one.name!r} has weights of the shapes {list(one.shapes)}, and "
        f"{other.name or other.place!r} of the file {list(other.shapes)}"
    )


class Rewriting:
    """A file of the model's own values, in which those of another file take their places."""

    def __init__(self, model: keras.Model, given: h5py.File, wanted: h5py.File, path: Path) -> None:
        self.model, self.given, self.wanted, self.path = model, given, wanted, path
        self.classifiers: set[str] = set()
        with suppress(ValueError):
            self.classifiers = {tail_of(model, end)[0].operation.name for end in outputs_of(model)}
        self.readers = {layer.name for layer in readers_of_images(model)}
        self.new: list[str] = []
        self.left_out: list[str] = []
        self.said: list[str] = []

    def fill(self, pairs: Pairs) -> Fitted:
        """Write the file's values over the model's own, layer by layer."""
        for one, other in pairs:
            how = fit(one, other)
            if how == "classes" and one.name in self.classifiers:
                self.new.append(one.name)
                self.left_out += [f"{other.place}/vars/{i}" for i in range(len(other.shapes))]
                continue
            if how == "classes" or (how == "channels" and one.name not in self.readers):
                raise ValueError(f"{self.path} does not fit model {self.model.name!r}: {unfit(one, other)}.")
            for i, shape in enumerate(one.shapes):
                self.write(f"{one.place}/vars/{i}", self.given[f"{other.place}/vars/{i}"], shape)
            if how == "channels":
                had, now = other.shapes[0][-2], one.shapes[0][-2]
                self.said.append(words(self.path.name, self.model.name, one.name, had, now))
        return Fitted(tuple(self.new), tuple(self.left_out), tuple(self.said))

    def write(self, place: str, source: h5py.Dataset, shape: Shape) -> None:
        """Put a tensor of the file in the place of one of the model, whatever its numbers."""
        value = source[()]
        if value.shape != shape:
            value = adapted(np.asarray(value), shape[-2])
        attributes = dict(source.attrs)
        del self.wanted[place]
        made = self.wanted.create_dataset(place, data=value)
        for key, text in attributes.items():
            made.attrs[key] = text
