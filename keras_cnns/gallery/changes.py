"""From one network to the next: the later one's picture with what `compare` finds changed framed on it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keras_cnns.catalog.facts import Network

if TYPE_CHECKING:
    import keras

# Pairs that differ in few decisions, the earlier network first.
PAIRS = (
    ("lenet_5", "lenet_caffe"),
    ("alexnet", "alexnet_owt"),
    ("vgg16", "vgg19"),
    ("inception_v1", "inception_net"),
    ("resnet50", "resnext50"),
)


@dataclass(frozen=True)
class Change:
    """Two networks, and the second's picture, an `<svg>` element, with what differs from the first marked."""

    one: Network
    two: Network
    svg: str


def change(one: Network, two: Network, models: dict[str, "keras.Model"]) -> Change:
    """Compare two networks, given with their models by name, and return what changed."""
    from keras_cnns.api import compare
    from keras_cnns.comparison.report.marked_diagram import marked_diagram
    from keras_cnns.diagram.output.svg import to_svg
    from keras_cnns.gallery.dark import DARK, LIGHT, two_coloured

    found = compare(models[two.name], models[one.name], prove=False).differences
    light, dark = (marked_diagram(models[two.name], found, palette).scene for palette in (LIGHT, DARK))
    return Change(one, two, to_svg(replace(two_coloured(light, dark), css="marked")))
