"""A folded model as data: lists of the fields of its parts, the defaults at their ends left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from keras_cnns.diagram.fold import parts
from keras_cnns.diagram.fold.drawn_layer import Alone, Badge, DrawnLayer
from keras_cnns.diagram.fold.own_names import rename
from keras_cnns.diagram.fold.parts import Folded, Instance, Module, SideOutput
from keras_cnns.precomputed.columns import packed, unpacked

# The parts of a series, each with its name before its fields.
PARTS = {each.__name__: each for each in get_args(parts.Part)}


@dataclass(frozen=True, slots=True, eq=False)
class RecordedLayer:
    """A call of a layer as it was recorded; see `DrawnLayer`. All of its weights are trained."""

    call: int
    name: str
    kind: str
    landmark: str | None
    sources: tuple[int, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    dtypes: tuple[str, ...]
    parameters: dict[int, int]
    trained: tuple[frozenset[int], frozenset[int]]
    window: tuple[int, ...]
    alone: Alone
    data_format: str | None = None  # channels are last in all of them
    why_closed: str = ""
    inside: None = None

    def side_factors(self, rank: int) -> tuple[float, ...]:
        """None is asked for: all sides are known."""
        return (1.0,) * rank


def diagram_data(folded: Folded) -> dict[str, Any]:
    """Return a folded model as `as_folded` reads it, but for what the rows of its profile say."""
    writer = _Writer([id(module) for module in folded.modules])
    layers = folded.vertices
    several = {"outputs": packed([len(layer.shapes) for layer in layers])}
    return {
        "names": [module.name for module in folded.modules],
        "lane": writer.plain(folded.lane),
        "side_outputs": writer.plain(folded.side_outputs),
        "modules": [writer.fields(module) for module in folded.modules],
        "layers": {
            "landmarks": packed([layer.landmark is not None for layer in layers]),
            "reads": packed([[i - source for source in layer.sources] for i, layer in enumerate(layers)]),
            "dtype": packed([layer.dtypes[0] for layer in layers]),
            "window": packed([layer.window for layer in layers]),
            "alone": packed([writer.plain(folded.alone(i)) for i in range(len(layers))]),
            **(several if any(len(layer.shapes) > 1 for layer in layers) else {}),
        },
        "badges": [[badge.letters, badge.name, badge.activates] for badge in writer.badges],
    }


def as_folded(data: dict[str, Any], names: Mapping[str, str]) -> Folded:
    """Return the folded model, its modules with other names if `names` has any."""
    badges = [
        Badge(letters, name, activates, i) for i, (letters, name, activates) in enumerate(data["badges"])
    ]
    modules = [Module("", "") for _ in data["modules"]]
    reader = _Reader(badges, modules)
    for module, values in zip(modules, data["modules"]):
        for field, value in zip(fields(Module), values):
            setattr(module, field.name, reader.built(_hints(Module)[field.name], value))
    rename(modules, names)
    return Folded(
        data["totals"]["name"],
        _layers(data["layers"], data["rows"], reader),
        reader.built(list[parts.Part], data["lane"]),
        reader.built(list[SideOutput], data["side_outputs"]),
        modules,
        _look,
    )


def _look(layer: DrawnLayer) -> Alone:
    assert isinstance(layer, RecordedLayer)
    return layer.alone


def _layers(data: dict[str, Any], rows: dict[str, Any], reader: _Reader) -> list[RecordedLayer]:
    """The layers, of which the profile has rows, too."""
    columns = {key: unpacked(column) for key, column in data.items()}
    columns |= {key: unpacked(rows[key]) for key in ("name", "kind", "shape", "params", "trainable_params")}
    found = []
    for i, values in enumerate(zip(*columns.values(), strict=True)):
        of = dict(zip(columns, values))
        kind, words, badges = of["alone"]
        weights = frozenset([i] if of["trainable_params"] else [])
        layer = RecordedLayer(
            call=i,
            name=of["name"],
            kind=of["kind"],
            landmark=of["name"] if of["landmarks"] else None,
            sources=tuple(i - distance for distance in of["reads"]),
            shapes=(of["shape"],) * of.get("outputs", 1),
            dtypes=(of["dtype"],) * of.get("outputs", 1),
            parameters={i: of["params"]} if of["params"] else {},
            trained=(weights, weights),
            window=of["window"],
            alone=(kind, words, tuple(reader.badges[badge] for badge in badges)),
        )
        found.append(layer)
    return found


class _Writer:
    """Makes lists of parts. A module is its number, and so is a badge, which `badges` has once."""

    def __init__(self, modules: Sequence[int]) -> None:
        self.modules = {module: number for number, module in enumerate(modules)}
        self.badges: dict[Badge, int] = {}

    def plain(self, value: Any) -> Any:
        if isinstance(value, Badge):
            return self.badges.setdefault(value, len(self.badges))
        if isinstance(value, Module):
            return self.modules[id(value)]
        if isinstance(value, (list, tuple)):
            return [self.plain(each) for each in value]
        if isinstance(value, dict):
            return [[self.plain(key), self.plain(each)] for key, each in value.items()]
        if isinstance(value, (Instance, SideOutput)):
            return self.fields(value)
        name = type(value).__name__
        return [name, *self.fields(value)] if name in PARTS else value

    def fields(self, value: Any) -> list[Any]:
        """The fields, without the last ones if these are what they are by default."""
        known = fields(value)
        while known and getattr(value, known[-1].name) == _default(known[-1]):
            known = known[:-1]
        return [self.plain(getattr(value, field.name)) for field in known]


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@dataclass(frozen=True)
class _Reader:
    """Makes parts of lists, each as the type of its field says; nothing else can be made."""

    badges: list[Badge]
    modules: list[Module]

    def built(self, hint: Any, value: Any) -> Any:
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            return self._one_of(get_args(hint), value)
        if origin in (list, tuple):
            each = get_args(hint)
            same = origin is list or each[-1] is Ellipsis
            hints = [each[0]] * len(value) if same else each
            return origin(self.built(hint, one) for hint, one in zip(hints, value, strict=True))
        if origin is dict:
            of_key, of_value = get_args(hint)
            return {self.built(of_key, key): self.built(of_value, each) for key, each in value}
        if hint is Badge:
            return self.badges[value]
        if hint is Module:
            return self.modules[value]
        return self._filled(hint, value) if hint in (Instance, SideOutput) else value

    def _one_of(self, hints: Sequence[Any], value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list) and value and value[0] in PARTS:
            return self._filled(PARTS[value[0]], value[1:])
        (hint,) = (each for each in hints if each is not type(None))
        return self.built(hint, value)

    def _filled(self, kind: Any, values: list[Any]) -> Any:
        hints = _hints(kind)
        return kind(
            *(
                self.built(hints[field.name], value)
                for field, value in zip(fields(kind), values, strict=False)
            )
        )


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
