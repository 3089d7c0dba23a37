"""Which layer of a file belongs to which layer of a network; an error says why if any is left over."""

from dataclasses import dataclass

import keras

from keras_cnns.weightless import build_weightless
from keras_cnns.weights.formats.tensors import PARTS, Shape, Tensors
from keras_cnns.weights.matching.conversion import shapes_in_file
from keras_cnns.weights.matching.input_channels import can_be_adapted, readers_of_images
from keras_cnns.weights.matching.layouts import LAYOUTS, LOOKALIKES, Layout
from keras_cnns.weights.matching.weighted_layers import WeightedLayer, weighted_layers

COUNTERS = ".num_batches_tracked"


class MismatchError(ValueError):
    """A file does not have a layout; `distance` is how much is wrong."""

    def __init__(self, message: str, distance: int):
        super().__init__(message)
        self.distance = distance


@dataclass(frozen=True)
class Pair:
    """A layer of the model and its layer in the file.

    Attributes:
        item: the model's layer.
        name: the file's layer.
        epsilon: what the file's network adds to a variance there.
    """

    item: WeightedLayer
    name: str
    epsilon: float


@dataclass(frozen=True)
class Match:
    """How a file fits a model.

    Attributes:
        tensors: the file.
        layout: how the file's source writes this network.
        pairs: the layers to fill.
        new: the names of the model's layers that the file has no weights for.
        left_out: the tensors that are not used.
        background: whether the file's classifier has an extra first class, which is left out.
        channels: the layers whose kernels are for images of another number of channels, with that number.
    """

    tensors: Tensors
    layout: Layout
    pairs: list[Pair]
    new: tuple[str, ...]
    left_out: tuple[str, ...]
    background: bool
    channels: tuple[tuple[keras.Layer, int], ...] = ()


def match_layers(model: keras.Model, tensors: Tensors, options: dict[str, object]) -> Match:
    """Find the layout of a file, and for every layer in it the layer of the model.

    Args:
        model: a network of this package.
        tensors: the file.
        options: the options of the network's factory.

    Raises:
        ValueError: if the file does not have the weights of this very network.
    """
    check_lookalikes(model, tensors)
    mismatches = []
    for layout in layouts_for(model, tensors):
        try:
            pairs, without_pair = paired(model, layout, tensors, options)
            check_names(pairs, tensors)
        except MismatchError as mismatch:
            mismatches.append(mismatch)
            continue
        match = with_shapes_checked(model, pairs, without_pair, layout, tensors)
        check_network(model, options, layout, tensors)
        check_settings(pairs, tensors)
        return match
    nearest = min(mismatches, key=lambda mismatch: mismatch.distance)
    raise ValueError(f"{tensors.path} does not have the weights of {model.name}: {nearest}.")


def check_lookalikes(model: keras.Model, tensors: Tensors) -> None:
    """Refuse the file of a network that is known to look like this one and to differ."""
    for network, fragment, difference in LOOKALIKES:
        if network == model.name and any(fragment in tensor for tensor in tensors):
            raise ValueError(f"{tensors.path} is for another network than {network}: {difference}.")


def layouts_for(model: keras.Model, tensors: Tensors) -> list[Layout]:
    """The layouts that files with this suffix may have."""
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


def paired(
    model: keras.Model, layout: Layout, tensors: Tensors, options: dict[str, object]
) -> tuple[list[Pair], list[WeightedLayer]]:
    """Pair the model's layers with the file's; return the pairs, and the layers that the file cannot have."""
    if layout.keras_model:
        shared = {key: value for key, value in options.items() if key in layout.shared}
        return paired_by_order(model, layout, layout.keras_model, tensors, shared)
    names = layout.names() if layout.names else {}
    pairs, without_pair = [], []
    queues = {landmark: iter(listed) for landmark, listed in names.items()}
    for item in weighted_layers(model, set(names)):
        name = next(queues[item.landmark], None) if item.landmark else None
        if name is None:
            without_pair.append(item)
        else:
            pairs.append(Pair(item, name, layout.epsilon))
    return pairs, without_pair


def paired_by_order(
    model: keras.Model, layout: Layout, keras_model: str, tensors: Tensors, options: dict[str, object]
) -> tuple[list[Pair], list[WeightedLayer]]:
    """Pair through the model of `keras.applications` whose order the file has.

    The file's k-th layer is the k-th with weights in that model's `layers`, as Keras itself loads it; that
    layer is found in the graph, which is read in the same order as ours.
    """
    reference = build_weightless(getattr(keras.applications, keras_model), weights=None, **options)
    layers = [layer for layer in reference.layers if layer.weights]
    order = [layer.name for layer in layers]
    if len(tensors.layers) != len(order):
        raise MismatchError(
            f"it has {len(tensors.layers)} layers with weights, keras.applications' {keras_model} "
            f"{len(order)}",
            abs(len(tensors.layers) - len(order)),
        )
    for name, wanted in zip(tensors.layers, order):
        if name != wanted and name in order and not name.rpartition("_")[2].isdigit():
            raise MismatchError(f"its layer {name!r} is where {wanted!r} belongs", 1)
    in_file = names_in_file(layers, tensors)
    theirs, ours = weighted_layers(reference), weighted_layers(model)
    if not all(map(can_hold, ours, theirs)) or len(theirs) > len(ours):
        raise ValueError(
            f"keras.applications' {layout.keras_model} of Keras {keras.__version__} has other layers than "
            f"this {model.name}, so that {tensors.path} cannot be matched."
        )
    pairs = [
        Pair(item, in_file[id(their.layer)], getattr(their.layer, "epsilon", layout.epsilon))
        for item, their in zip(ours, theirs)
    ]
    return pairs, ours[len(theirs) :]


def names_in_file(layers: list[keras.Layer], tensors: Tensors) -> dict[int, str]:
    """The name in the file of each layer of Keras' model, by the layer's identity.

    A nested model has one name, and its tensors follow each other. A layer that prepares images has no part
    in our networks: its tensors are set aside.
    """
    names: dict[int, str] = {}
    for layer, name in zip(layers, tensors.layers):
        names[id(layer)] = name
        if isinstance(layer, keras.layers.Normalization):
            tensors.prepares_images = tensors.parts(name, "images").values()
        if isinstance(layer, keras.Sequential):
            inside = [each for each in layer.layers if each.weights]
            divided = tensors.divide(name, [len(each.weights) for each in inside])
            if divided is None:
                raise MismatchError(f"its layer {name!r} has other tensors than {layer.name!r}", 1)
            names |= zip(map(id, inside), divided)
    return names


def can_hold(ours: WeightedLayer, theirs: WeightedLayer) -> bool:
    """Whether two layers are of one kind.

    A 1x1 convolution of means is a dense layer, and one with a group for each map is a depthwise one.
    """
    if ours.kind == "depthwise" and theirs.kind == "convolution":
        return theirs.layer.groups == theirs.layer.filters == ours.layer.kernel.shape[2]
    if ours.kind == "dense" and theirs.kind == "convolution":
        return theirs.layer.kernel_size == (1, 1)
    return ours.kind == theirs.kind


def check_names(pairs: list[Pair], tensors: Tensors) -> None:
    """Raise a MismatchError unless the file has every part that a layer of the model has."""
    wanted = [
        (pair, part)
        for pair in pairs
        for part in PARTS[pair.item.kind]
        if (part != "gamma" or pair.item.kind != "normalization")
        and getattr(pair.item.layer, part, None) is not None
    ]
    missing = [
        f"{part} of {pair.name!r}"
        for pair, part in wanted
        if part not in tensors.parts(pair.name, pair.item.kind)
    ]
    if len(missing) == len(wanted):
        some = ", ".join(repr(name[:60]) for name in list(tensors)[:3])
        raise MismatchError(f"its tensors have other names, such as {some}", len(missing))
    if missing:
        raise MismatchError(f"{len(missing)} tensors are missing, such as the {missing[0]}", len(missing))


def check_network(model: keras.Model, options: dict, layout: Layout, tensors: Tensors) -> None:
    """Refuse a file whose network has the same weights as the model and computes something else with them."""
    wrong = {key: value for key, value in layout.options.items() if options.get(key) != value}
    if wrong:
        needed = ", ".join(f"{key}={value!r}" for key, value in wrong.items())
        raise ValueError(
            f"{tensors.path} is for another network than this {model.name}: {layout.difference}. "
            f"Build it with {needed}."
        )
    if layout.odd_size:
        check_odd_maps(model, layout, tensors)


def check_settings(pairs: list[Pair], tensors: Tensors) -> None:
    """Compare the strides and groups of convolutions, if the file states them."""
    for pair in pairs:
        parts = tensors.parts(pair.name, pair.item.kind)
        stated = tensors.settings(parts["kernel"]) if pair.item.kind == "convolution" else {}
        for setting, value in stated.items():
            if getattr(pair.item.layer, setting) != value:
                raise ValueError(
                    f"{tensors.path} is for another network: {pair.name!r} has {setting}={value}, "
                    f"{pair.item.layer.name!r} of this model {getattr(pair.item.layer, setting)}."
                )


def check_odd_maps(model: keras.Model, layout: Layout, tensors: Tensors) -> None:
    """Refuse maps of even size, where windows of stride 2 padded on both sides sit elsewhere than ours."""
    for layer in model.layers:
        if is_padded_by_need(layer):
            height, width = layer.input.shape[1:3]
            if not (height and width and height % 2 and width % 2):
                what = "pools" if isinstance(layer, keras.layers.MaxPooling2D) else "strided convolutions"
                raise ValueError(
                    f"{tensors.path} is for another network than this {model.name}: {layout.source} {what} "
                    "are padded on both sides, which differs on maps of even size, here "
                    f"{height}x{width} in {layer.name!r}. Use weights of Keras, or an in_shape whose maps "
                    f"are odd, such as ({layout.odd_size}, {layout.odd_size}, 3)."
                )


def is_padded_by_need(layer: keras.Layer) -> bool:
    """Whether a layer's windows have a stride, and padding that depends on the size of the map."""
    kinds = (keras.layers.MaxPooling2D, keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    if not isinstance(layer, kinds) or layer.padding != "same":
        return False
    window = layer.pool_size if isinstance(layer, keras.layers.MaxPooling2D) else layer.kernel_size
    return max(layer.strides) > 1 and max(window) > 1


def with_shapes_checked(
    model: keras.Model,
    pairs: list[Pair],
    without_pair: list[WeightedLayer],
    layout: Layout,
    tensors: Tensors,
) -> Match:
    """Return the match if all shapes fit and no tensor of the file is left over."""
    mismatched = [pair for pair in pairs if wrong_shapes(pair, layout, tensors)]
    channels = other_channels(model, mismatched, layout, tensors) if mismatched else {}
    mismatched = [pair for pair in mismatched if pair.name not in channels]
    background = layout.background and has_background(pairs[-1], mismatched, tensors)
    new_head = [] if background or not mismatched else head_from(mismatched[0], pairs, layout, tensors)
    check_leftovers(pairs, tensors)
    left_out = [*names_of(new_head, tensors), *(name for name in tensors if name.endswith(COUNTERS))]
    left_out += tensors.prepares_images
    if background:
        left_out.append("the extra first class")
    new = [pair.item.layer.name for pair in new_head] + [item.layer.name for item in without_pair]
    filled = pairs[: len(pairs) - len(new_head)]
    kernels = tuple((pair.item.layer, channels[pair.name]) for pair in pairs if pair.name in channels)
    return Match(tensors, layout, filled, tuple(new), tuple(left_out), background, kernels)


def other_channels(
    model: keras.Model, mismatched: list[Pair], layout: Layout, tensors: Tensors
) -> dict[str, int]:
    """Return the file's layers that read images of another number of channels than the model, with it."""
    readers = readers_of_images(model)
    found = {}
    for pair in mismatched:
        wrong = wrong_shapes(pair, layout, tensors)
        if len(wrong) > 1 or not any(layer is pair.item.layer for layer in readers):
            continue
        name, (shape, *_) = wrong[0]
        axis, had = (2 if tensors.keras_order else 1), tensors.shapes[name]
        is_same = len(had) == len(shape) == 4 and (*had[:axis], *had[axis + 1 :]) == (
            *shape[:axis],
            *shape[axis + 1 :],
        )
        if is_same and can_be_adapted(had[axis], shape[axis]):
            found[pair.name] = had[axis]
    return found


def has_background(classifier: Pair, mismatched: list[Pair], tensors: Tensors) -> bool:
    """Whether nothing is wrong but one class too many in the file's classifier."""
    return mismatched == [classifier] and classes_in(classifier, tensors) == classifier.item.layer.units + 1


def head_from(first: Pair, pairs: list[Pair], layout: Layout, tensors: Tensors) -> list[Pair]:
    """Return the layers from the first mismatched one on, which a model with other classes keeps.

    Raises:
        ValueError: if the number of classes is the same, or these layers are no classifier: dense ones, or a
            last 1x1 convolution with a map for each class.
    """
    head = pairs[pairs.index(first) :]
    classifier = pairs[-1].item.layer
    n_classes = classifier.units if pairs[-1].item.kind == "dense" else classifier.filters
    same_classes = classes_in(pairs[-1], tensors) == n_classes
    is_map = head == pairs[-1:] and getattr(head[0].item.layer, "kernel_size", None) == (1, 1)
    if same_classes or not (is_map or all(pair.item.kind == "dense" for pair in head)):
        raise ValueError(shape_message(first, layout, tensors))
    return head


def check_leftovers(pairs: list[Pair], tensors: Tensors) -> None:
    """Refuse a file with a tensor that belongs to no layer."""
    used = {*names_of(pairs, tensors), *tensors.prepares_images}
    leftovers = [name for name in tensors if name not in used and not name.endswith(COUNTERS)]
    if leftovers:
        raise ValueError(
            f"{tensors.path} has more than the weights of this network: {len(leftovers)} of its tensors "
            f"belong to no layer, such as {leftovers[0][:80]!r}."
        )


def names_of(pairs: list[Pair], tensors: Tensors) -> list[str]:
    """The names of the tensors of these layers."""
    return [name for pair in pairs for name in tensors.parts(pair.name, pair.item.kind).values()]


def wrong_shapes(pair: Pair, layout: Layout, tensors: Tensors) -> list[tuple[str, list[Shape]]]:
    """The tensors of a layer whose shape does not fit, each with the shapes that would."""
    wrong = []
    for part, name in tensors.parts(pair.name, pair.item.kind).items():
        shapes = shapes_in_file(pair.item, part, tensors.keras_order, layout.grouped_as_depthwise)
        if tensors.shapes[name] not in shapes:
            wrong.append((name, shapes))
    return wrong


def shape_message(pair: Pair, layout: Layout, tensors: Tensors) -> str:
    name, shapes = wrong_shapes(pair, layout, tensors)[0]
    message = (
        f"{tensors.path} does not fit: {name!r} has shape {tensors.shapes[name]}, where layer "
        f"{pair.item.layer.name!r} needs {shapes[0]}."
    )
    if pair.item.kind == "dense":
        return message + " A dense layer after the maps fits only the in_shape that it was trained with."
    return message


def classes_in(classifier: Pair, tensors: Tensors) -> int:
    return tensors.shapes[tensors.parts(classifier.name, classifier.item.kind)["bias"]][0]
