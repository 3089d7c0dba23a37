"""How a call is drawn: as a box, as a badge on another's, or with one, unseen."""

from dataclasses import field
from functools import lru_cache

from keras import Layer, Model, Operation, layers

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold import layer_notes
from keras_cnns.diagram.fold.badges import activation, badge
from keras_cnns.diagram.fold.drawn_layer import Alone, Badge
from keras_cnns.diagram.fold.layer_notes import combined
from keras_cnns.diagram.fold.layer_words import SHUFFLE, in_words, kind_and_words
from keras_cnns.diagram.fold.note_words import Notes
from keras_cnns.graph import Vertex
from keras_cnns.graph.shuffles import groups_shuffled
from keras_cnns.records import record
from keras_cnns.safe_text import shortened

# Regularizers and rearrangements that the article's figures leave out, and keras.applications' own names.
OMITTED = (
    "Dropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "Flatten",
    "Masking",
    "StochasticDepth",
    "DropPath",
    "LayerScale",
)
PADDINGS = ("ZeroPadding", "Cropping")
LONGEST_NAME = 24


@record(frozen=True, slots=True)
class Description:
    """How a call is drawn: `role` is box, badge, omitted or padding; `kind` is what the legend calls it."""

    role: str
    kind: str = ""
    label: str = ""
    badges: tuple[Badge, ...] = ()
    notes: Notes = field(default_factory=dict)


def describe(vertex: Vertex) -> Description:
    """Say how a call is drawn."""
    if vertex.inside:
        notes = {"called": _given_name(vertex)}
        if layer_kinds.wrapped(vertex.operation):
            notes |= layer_notes.of_wrapper(vertex.operation)
        return Description("box", "model", vertex.inside.name, notes=notes)
    return _described(vertex, vertex.operation)


def alone(vertex: Vertex) -> Alone:
    """Say how a call looks that is drawn alone, whatever it is drawn with in a picture."""
    found = describe(vertex)
    if found.role == "box":
        return found.kind, found.label, found.badges
    kind, _ = kind_and_words(vertex.operation, len(vertex.sources))
    return kind, found.label or in_words(vertex.operation), ()


def _given_name(vertex: Vertex) -> str:
    """The name that a person gave what is inside a box; Keras' own numbers say nothing."""
    layer = layer_kinds.wrapped(vertex.operation) or vertex.operation
    return "" if layer_kinds.has_automatic_name(layer) else vertex.inside.name if vertex.inside else ""


def _described(vertex: Vertex, operation: Operation) -> Description:
    """How the call of a vertex is drawn if it is of `operation`, perhaps wrapped in the layer called."""
    inner = _only_wrapped(operation)
    if inner is not None:
        found = _described(vertex, inner)
        if found.role == "box":
            notes = combined(found.notes, layer_notes.of_wrapper(operation))
            return Description("box", found.kind, found.label, found.badges, notes)
        if isinstance(operation, (layers.TimeDistributed, layers.SpectralNormalization)):
            return found
    if len(vertex.sources) == 1 and not isinstance(operation, Model):
        minor = _minor(operation)
        if minor:
            return minor
    return _box(vertex, operation)


def _only_wrapped(operation: Operation) -> Layer | None:
    """The layer inside a wrapper, Keras' or a person's own; None if there is more inside, or a model."""
    inner = None if isinstance(operation, layers.RNN) else layer_kinds.wrapped(operation)
    if inner is None or isinstance(inner, Model):
        return None
    wrapper = isinstance(operation, (layers.Wrapper, layers.Bidirectional))
    return inner if wrapper or layer_kinds.inner_layers(operation) == [inner] else None


def _minor(operation: Operation) -> Description | None:
    """What is no box of its own, if it has a neighbour; None for a box."""
    name = type(operation).__name__
    role = _role_of_class(name)
    if role == "padding":
        return Description("padding")
    if role == "omitted" or _flattens(operation):
        return Description("omitted")
    if name == "Rescaling":
        return Description("omitted", notes={"scaled": layer_notes.scaling(operation)})
    found = badge(operation)
    if found:
        return Description("badge", "other", in_words(operation), (found,))
    return Description("omitted") if isinstance(operation, layers.Activation) else None


@lru_cache(maxsize=1024)
def _role_of_class(name: str) -> str:
    """What the name of a class says of how it is drawn; empty if nothing."""
    if name.startswith(PADDINGS):
        return "padding"
    return "omitted" if any(word in name for word in OMITTED) else ""


def _box(vertex: Vertex, operation: Operation) -> Description:
    kind, label = kind_and_words(operation, len(vertex.sources))
    has_badge = kind in ("conv", "dense") or isinstance(operation, layers.EinsumDense)
    found = activation(operation) if has_badge else None
    notes = layer_notes.notes_of(vertex, operation, kind)
    if groups := groups_shuffled(vertex):
        label = SHUFFLE
        notes |= {"words": f"{groups} groups"} if groups > 2 else {}
    defined_by_keras = layer_kinds.is_keras_class(operation) or layer_kinds.is_from_applications(operation)
    if kind != "other" and not defined_by_keras:
        notes["own"] = layer_notes.of_own_class(operation, kind)
    if isinstance(operation, layers.Lambda):
        notes["called"] = shortened(_name_of_lambda(operation), LONGEST_NAME)
    return Description("box", kind, label, (found,) if found else (), notes)


def _name_of_lambda(operation: layers.Lambda) -> str:
    """The name that a person gave the layer, or else its function."""
    if not layer_kinds.has_automatic_name(operation):
        return operation.name
    name = layer_kinds.function_name(operation.function)
    return "Lambda" if name == "<lambda>" else name


def _flattens(operation: Operation) -> bool:
    """A Reshape that only drops or adds axes of length one, or makes a vector, moves nothing."""
    if type(operation).__name__ != "Reshape":
        return False
    shape = getattr(operation, "target_shape", None) or getattr(operation, "newshape", None) or ()
    return sum(n != 1 for n in tuple(shape) if isinstance(n, int)) <= 1
