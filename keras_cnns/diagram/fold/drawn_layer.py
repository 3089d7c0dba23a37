"""What a picture knows of a layer, and the letters that stand on its box: plain facts, without Keras."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from dataclasses import field
from typing import Any, Protocol

from keras_cnns.records import record


@record(frozen=True, slots=True)
class Badge:
    """A letter or two in a circle: a normalization or, if it `activates`, an activation.

    Two are equal if they compute the same; `defined` is what tells apart those of one name.
    """

    letters: str
    name: str
    activates: bool
    defined: Hashable = field(default=(), hash=False)  # which is long, and seldom tells apart


# How a layer looks that is drawn alone: the kind of its box, the words in it, the badges on it.
Alone = tuple[str, str, tuple[Badge, ...]]


class DrawnLayer(Protocol):
    """A call of a layer as pictures read it: a vertex of a graph, or what was recorded of one.

    Attributes:
        name: the layer's.
        kind: its class.
        landmark: its name, if a person gave it and it tells no place within what another layer names.
        sources: the calls it reads.
        shapes: its outputs', with the batch, and `dtypes` their types.
        parameters: how many there are in each weight that it computes with, by what identifies the weight.
        trained: the weights that training changes unless they are frozen, and those that it changes.
        data_format: where it has the channels, if it says so.
        window: the sides of the window that it reads at once, gaps included; none if that is one value.
        why_closed: why it is one box although a person wrote it, if so.
        call: what two vertices have in common that are the same call.
        inside: the graph that the call computes, if it is a model's.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def landmark(self) -> str | None: ...
    @property
    def sources(self) -> tuple[int, ...]: ...
    @property
    def shapes(self) -> tuple[tuple[int | None, ...], ...]: ...
    @property
    def dtypes(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> Mapping[int, int]: ...
    @property
    def trained(self) -> tuple[Set[int], Set[int]]: ...
    @property
    def data_format(self) -> str | None: ...
    @property
    def window(self) -> tuple[int, ...]: ...
    @property
    def why_closed(self) -> str: ...
    @property
    def call(self) -> Any: ...
    @property
    def inside(self) -> Any: ...

    def side_factors(self, rank: int) -> tuple[float, ...]:
        """By what it multiplies each of the sides of what it reads, as its strides say."""
