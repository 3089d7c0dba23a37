"""The gallery: a picture of every network, and one page that shows and compares them."""

from collections.abc import Iterable
from pathlib import Path

from keras_cnns.atomic_write import checked_target, written_whole
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import Network
from keras_cnns.gallery.page import Entry, page

# The ten of "Illustrated: 10 CNN Architectures", in its order; its ninth is both Inception-ResNets.
ARTICLE = (
    "lenet_5",
    "alexnet",
    "vgg16",
    "inception_v1",
    "inception_v3",
    "resnet50",
    "xception",
    "inception_v4",
    "inception_resnet_v1",
    "inception_resnet_v2",
    "resnext50",
)
PAGE = "index.html"


class Gallery:
    """Pictures in a folder, one network at a time, and at the end the page.

    Args:
        folder: where to; made, with the folders above it, when the first picture is written.
        networks: what is to be drawn.
        force: whether files of an earlier gallery may be replaced. Others are never touched.

    Raises:
        ValueError: if a file would have to be replaced without `force`, `folder` is a file, or what would be
            replaced is not.
        PermissionError: if no files can be made there.
    """

    def __init__(self, folder: Path, networks: Iterable[Network], force: bool = False) -> None:
        self.folder = folder
        self.networks = in_order(networks)
        self.entries: list[Entry] = []
        self.no_bitmaps: str | None = None  # why there are no PNG files, if so
        names = [f"{network.name}.{kind}" for network in self.networks for kind in ("svg", "png")]
        nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        if not nearest.is_dir():
            raise ValueError(f"folder must be a folder, or the name of a new one; {nearest} is a file.")
        checked_target(nearest / ".keras-cnns", "folder")  # whether files can be made there
        there = [folder / name for name in (*names, PAGE) if (folder / name).exists()]
        for file in there:
            checked_target(file, "a file of the gallery")
        if there and not force:
            raise ValueError(f"{there[0]} is there already; give --force to replace it, or another folder.")

    def draw(self, network: Network) -> None:
        """Write NAME.svg and, where an engine is installed, NAME.png."""
        from keras_cnns.visualize import outline, plot_model

        self.folder.mkdir(parents=True, exist_ok=True)
        model = without_weights(network.name)
        diagram = plot_model(model)
        self.entries.append(Entry(network, diagram.svg(), outline(model)))
        diagram.save(self.folder / f"{network.name}.svg")
        if self.no_bitmaps is None:
            try:
                diagram.save(self.folder / f"{network.name}.png")
            except (ImportError, RuntimeError, ValueError) as error:
                self.no_bitmaps = str(error)

    def write_page(self) -> Path:
        """Write index.html with what was drawn so far, and return its path."""
        ten = [entry for entry in self.entries if entry.network.name in ARTICLE]
        others = [entry for entry in self.entries if entry.network.name not in ARTICLE]
        with written_whole(self.folder / PAGE) as file:
            file.write_text(page(ten, others), encoding="utf-8")
        return self.folder / PAGE


def in_order(networks: Iterable[Network]) -> list[Network]:
    """Return the article's networks in its order, then the others in theirs."""
    places = {name: i for i, name in enumerate(ARTICLE)}
    return sorted(networks, key=lambda network: places.get(network.name, len(places)))
