"""Which layer of a file goes to which of a network: all are accounted for, or an error says why not."""

from dataclasses import dataclass

import keras

from keras_cnns.weightless import build_weightless
from keras_cnns.weights.formats.tensors import PARTS, Tensors
from keras_cnns.weights.matching.conversion import shapes_in_file
from keras_cnns.weights.matching.layouts import LAYOUTS, OTHERS, Layout
from keras_cnns.weights.matching.weighted_layers import Weighted, weighted_layers

COUNTERS = ".num_batches_tracked"


class Misfit(ValueError):
    """A file does not have a layout; `distance` tells how far it is from it."""

    def __init__(self, message: str, distance: int):
        super().__init__(message)
        self.distance = distance


@dataclass(frozen=True)
class Place:
    """A layer of ours, its name in the file, and what the file's network adds to a variance there."""

    item: Weighted
    name: str
    epsilon: float


@dataclass(frozen=True)
class Match:
    """How a file fits a model.

    `places` are the layers to fill, `new` the names of those that the file has nothing for. `left_out` are
    tensors that are not used, `background` whether the first of the classifier's classes is among them.
    """

    tensors: Tensors
    layout: Layout
    places: list[Place]
    new: tuple[str, ...]
    left_out: tuple[str, ...]
    background: bool


def match_layers(model: keras.Model, tensors: Tensors, options: dict[str, object]) -> Match:
    """Find the layout of a file and the place of every layer in it.

    Args:
        model: a network of this package.
        tensors: the file.
        options: those that the network's factory was given.

    Raises:
        ValueError: if the model is none of ours, or the file has not the weights of this very network.
    """
    for name, tell, difference in OTHERS:
        if name == model.name and any(tell in tensor for tensor in tensors):
            raise ValueError(f"{tensors.path} is for another network than {name}: {difference}.")
    misfits = []
    for layout in layouts_for(model, tensors):
        try:
            places, unfilled_layers = places_in(model, layout, tensors)
            check_names(places, tensors)
        except Misfit as misfit:
            misfits.append(misfit)
            continue
        match = fitted(places, unfilled_layers, layout, tensors)
        check_network(model, options, layout, tensors)
        check_settings(places, tensors)
        return match
    nearest = min(misfits, key=lambda misfit: misfit.distance)
    raise ValueError(f"{tensors.path} does not have the weights of {model.name}: {nearest}.")


def layouts_for(model: keras.Model, tensors: Tensors) -> list[Layout]:
    """The layouts that files of this kind may have."""
    known = LAYOUTS.get(model.name, ())
    suffix = tensors.path.suffix.lower()
    layouts = [layout for layout in known if suffix in layout.suffixes]
    if not layouts:
        others = sorted({ending for layout in known for ending in layout.suffixes})
        raise ValueError(
            f"no {suffix} file is known that has the weights of {model.name}; got {tensors.path}. For this "
            f"network the package reads {', '.join([*others, '.weights.h5', '.keras'])}."
        )
    return layouts


def places_in(model: keras.Model, layout: Layout, tensors: Tensors) -> tuple[list[Place], list[Weighted]]:
    """Pair our layers with the file's; return the pairs and our layers that the source's network has not."""
    if layout.authority:
        return places_by_order(model, layout, tensors)
    names = layout.names()
    items = weighted_layers(model, set(names))
    places, others = [], []
    queues = {landmark: iter(listed) for landmark, listed in names.items()}
    for item in items:
        name = next(queues[item.landmark], None) if item.landmark else None
        if name is None:
            others.append(item)
        else:
            places.append(Place(item, name, layout.epsilon))
    return places, others


def places_by_order(
    model: keras.Model, layout: Layout, tensors: Tensors
) -> tuple[list[Place], list[Weighted]]:
    """Pair through the model of `keras.applications` whose order the file has.

    The file's k-th layer is the k-th with weights in `model.layers` there, as Keras itself loads it; that
    layer is found in the graph, read in the same order as ours.
    """
    authority = build_weightless(getattr(keras.applications, layout.authority), weights=None)
    order = [layer.name for layer in authority.layers if layer.weights]
    if len(tensors.layers) != len(order):
        raise Misfit(
            f"it has {len(tensors.layers)} layers with weights, keras.applications' {layout.authority} "
            f"{len(order)}",
            abs(len(tensors.layers) - len(order)),
        )
    for name, wanted in zip(tensors.layers, order):
        if name != wanted and name in order and not name.rpartition("_")[2].isdigit():
            raise Misfit(f"its layer {name!r} is where {wanted!r} belongs", 1)
    in_file = dict(zip(order, tensors.layers))
    theirs, ours = weighted_layers(authority), weighted_layers(model)
    assert [item.kind for item in theirs] == [item.kind for item in ours[: len(theirs)]]
    places = [
        Place(item, in_file[their.layer.name], getattr(their.layer, "epsilon", layout.epsilon))
        for item, their in zip(ours, theirs)
    ]
    return places, ours[len(theirs) :]


def check_names(places: list[Place], tensors: Tensors) -> None:
    """Every part that a layer of ours has must be in the file."""
    wanted = [
        (place, part)
        for place in places
        for part in PARTS[place.item.kind]
        if part != "gamma" and getattr(place.item.layer, part, None) is not None
    ]
    missing = [
        f"{part} of {place.name!r}"
        for place, part in wanted
        if part not in tensors.parts(place.name, place.item.kind)
    ]
    if len(missing) == len(wanted):
        some = ", ".join(repr(name[:60]) for name in list(tensors)[:3])
        raise Misfit(f"its tensors have other names, such as {some}", len(missing))
    if missing:
        raise Misfit(f"{len(missing)} tensors are missing, such as the {missing[0]}", len(missing))


def check_network(model: keras.Model, options: dict, layout: Layout, tensors: Tensors) -> None:
    """Refuse a file whose network has the same weights as ours and computes something else with them."""
    wrong = {key: value for key, value in layout.options.items() if options.get(key) != value}
    if wrong:
        needed = ", ".join(f"{key}={value!r}" for key, value in wrong.items())
        raise ValueError(
            f"{tensors.path} is for another network than this {model.name}: {layout.difference}. "
            f"Build it with {needed}."
        )
    if layout.pools_padded_alike:
        check_odd_maps(model, layout, tensors)


def check_settings(places: list[Place], tensors: Tensors) -> None:
    """Compare the strides and groups of convolutions, if the file tells them."""
    for place in places:
        parts = tensors.parts(place.name, place.item.kind)
        told = tensors.settings(parts["kernel"]) if place.item.kind == "convolution" else {}
        for setting, value in told.items():
            if getattr(place.item.layer, setting) != value:
                raise ValueError(
                    f"{tensors.path} is for another network: {place.name!r} has {setting}={value}, our layer "
                    f"{place.item.layer.name!r} {getattr(place.item.layer, setting)}."
                )


def check_odd_maps(model: keras.Model, layout: Layout, tensors: Tensors) -> None:
    """Windows of stride 2 that are padded on both sides lie elsewhere than ours on maps of even size."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.MaxPooling2D):
            height, width = layer.input.shape[1:3]
            if not (height and width and height % 2 and width % 2):
                raise ValueError(
                    f"{tensors.path} is for another network than this {model.name}: {layout.source} pools "
                    "are padded on both sides, which differs on maps of even size, here "
                    f"{height}x{width} in {layer.name!r}. Take Keras' weights, or an in_shape whose maps are "
                    "odd, such as (295, 295, 3)."
                )


def fitted(places: list[Place], others: list[Weighted], layout: Layout, tensors: Tensors) -> Match:
    """Check all shapes, settle what is new in the model, and that nothing of the file is left over."""
    unfit = [place for place in places if not fits(place, layout, tensors)]
    classifier = places[-1]
    classes, wanted = classes_in(classifier, tensors), classifier.item.layer.units
    background = layout.background and classes == wanted + 1 and unfit == [classifier]
    head: list[Place] = []
    if unfit and not background:
        first = places.index(unfit[0])
        if classes == wanted or any(place.item.kind != "dense" for place in places[first:]):
            raise ValueError(unfit_message(unfit[0], layout, tensors))
        head = places[first:]
    used = {name for place in places for name in tensors.parts(place.name, place.item.kind).values()}
    surplus = [name for name in tensors if name not in used and not name.endswith(COUNTERS)]
    if surplus:
        raise ValueError(
            f"{tensors.path} does not have the weights of this network alone: {len(surplus)} of its tensors "
            f"have no place, such as {surplus[0][:80]!r}."
        )
    idle = [name for place in head for name in tensors.parts(place.name, place.item.kind).values()]
    idle += [name for name in tensors if name.endswith(COUNTERS)]
    if background:
        idle.append("the first class, for none of the others")
    new = [place.item.layer.name for place in head] + [item.layer.name for item in others]
    kept = places[: len(places) - len(head)]
    return Match(tensors, layout, kept, tuple(new), tuple(idle), background)


def fits(place: Place, layout: Layout, tensors: Tensors) -> bool:
    return not wrong_parts(place, layout, tensors)


def wrong_parts(place: Place, layout: Layout, tensors: Tensors) -> list[tuple[str, list]]:
    """The parts of a layer whose shape in the file is not one that fits ours, and those that would."""
    wrong = []
    for part, name in tensors.parts(place.name, place.item.kind).items():
        shapes = shapes_in_file(place.item, part, tensors.keras_order, layout.grouped_as_depthwise)
        if tensors.shapes[name] not in shapes:
            wrong.append((name, shapes))
    return wrong


def unfit_message(place: Place, layout: Layout, tensors: Tensors) -> str:
    name, shapes = wrong_parts(place, layout, tensors)[0]
    message = (
        f"{tensors.path} does not fit: {name!r} has shape {tensors.shapes[name]}, where layer "
        f"{place.item.layer.name!r} takes {shapes[0]}."
    )
    if place.item.kind == "dense":
        return message + " A dense layer after the maps fits only the in_shape that it was trained with."
    return message + " Has in_shape three channels?" if place.item.source is None else message


def classes_in(classifier: Place, tensors: Tensors) -> int:
    return tensors.shapes[tensors.parts(classifier.name, "dense")["bias"]][0]
