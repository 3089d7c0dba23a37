"""The gallery: a picture of every network, and one page that shows and compares them."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns import backends
from keras_cnns.arguments import shown
from keras_cnns.atomic_write import checked_target, written_whole
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.output.scene_file import write_scene
from keras_cnns.gallery.page import TITLE, Card, by_date, page
from keras_cnns.gallery.recorded_pairs import recorded_pairs
from keras_cnns.gallery.section import Entry
from keras_cnns.gallery.share_card import share_card
from keras_cnns.gallery.starter import starter
from keras_cnns.precomputed import precomputed

if TYPE_CHECKING:
    import keras

    from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
    from keras_cnns.gallery.differences import Pair
    from keras_cnns.visualize import Diagram

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
CARD = "share.png"
SUFFIXES = (".svg", ".png", ".pdf", ".html", ".ipynb")


class Gallery:
    """Pictures in a folder, one network at a time, and at the end the page.

    Args:
        folder: where to; made, with the folders above it, when the first picture is written.
        networks: what is to be drawn.
        force: whether files of an earlier gallery may be replaced. Others are never touched.
        address: where on the web the folder will be, which those who show links to the page ask for.

    Raises:
        ValueError: if a file would have to be replaced without `force`, `folder` is a file, what would be
            replaced is not, or `address` is none.
        PermissionError: if no files can be made there.
    """

    def __init__(
        self, folder: Path, networks: Iterable[Network], force: bool = False, address: str | None = None
    ) -> None:
        self.folder = folder
        self.networks = in_order(networks)
        self.address = _checked_address(address)
        self.entries: list[Entry] = []
        self._graphs: dict[str, CanonicalGraph] = {}
        self.no_bitmaps: str | None = None  # why there are no PNG files, if so
        self.no_pdf: str | None = None
        names = [f"{network.name}{suffix}" for network in self.networks for suffix in SUFFIXES]
        names += [*{network.file.name: None for network in self.networks}, CARD, PAGE]
        nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        if not nearest.is_dir():
            raise ValueError(f"folder must be a folder, or the name of a new one; {nearest} is a file.")
        checked_target(nearest / ".keras-cnns", "folder")  # whether files can be made there
        there = [folder / name for name in names if (folder / name).exists()]
        for file in there:
            checked_target(file, "a file of the gallery")
        if there and not force:
            raise ValueError(f"{there[0]} is there already; give --force to replace it, or another folder.")

    def draw(self, network: Network) -> None:
        """Write NAME.html, .svg, .ipynb, the source file and, with what writes them installed, .png, .pdf."""
        from keras_cnns.gallery.pictures import pictures
        from keras_cnns.visualize import Diagram, plot_model

        self.folder.mkdir(parents=True, exist_ok=True)
        diagram = plot_model(precomputed(network.name) or built(network))
        assert isinstance(diagram, Diagram)
        diagram.save(self.folder / f"{network.name}.svg")
        explorer = f"{network.name}.html"
        with ThreadPoolExecutor(max_workers=1) as aside:
            # The engine is a program of its own: while it draws, the other files are made.
            if self.no_bitmaps is None:
                bitmap = aside.submit(_why_not_saved, diagram, self.folder / f"{network.name}.png")
            self.no_pdf = self.no_pdf or _why_not_saved(diagram, self.folder / f"{network.name}.pdf")
            self._write(explorer, diagram.html())
            self._write(f"{network.name}.ipynb", starter(network))
            self._write(network.file.name, network.file.read_text(encoding="utf-8"))
            drawn, outline = pictures(diagram.folded), diagram.outline()
        self.no_bitmaps = bitmap.result() if self.no_bitmaps is None else self.no_bitmaps
        missing = {"PNG": self.no_bitmaps, "PDF": self.no_pdf}
        kinds = [kind for kind in ("SVG", "PNG", "PDF") if not missing.get(kind)]
        links = [(kind, f"{network.name}.{kind.lower()}") for kind in kinds]
        links += [("Python", network.file.name), ("Notebook", f"{network.name}.ipynb")]
        self.entries.append(
            Entry(network, drawn.wide, drawn.narrow, outline, tuple(links), explorer, drawn.places)
        )

    def write_page(self) -> Path:
        """Write index.html with what was drawn so far, and return its path."""
        ten = [entry for entry in self.entries if entry.network.name in ARTICLE]
        others = [entry for entry in self.entries if entry.network.name not in ARTICLE]
        card = Card(self._write_card(), self.address)
        return self._write(PAGE, page(ten, others, card, self._pairs()))

    def _pairs(self) -> "list[Pair]":
        """Return what differs between any two of the networks drawn."""
        drawn = sorted(self.entries, key=lambda entry: by_date(entry.network))
        networks = [entry.network for entry in drawn]
        recorded = recorded_pairs(networks) if all(precomputed(each.name) for each in networks) else {}
        return [
            recorded.get((one.network.name, two.network.name)) or self._compared(one, two)
            for one, two in combinations(drawn, 2)
            if one.places and two.places
        ]

    def _compared(self, one: Entry, two: Entry) -> "Pair":
        from keras_cnns.gallery.pairs import pair

        assert one.places and two.places
        networks = one.network, two.network
        return pair(networks, (self._graph(networks[0]), self._graph(networks[1])), (one.places, two.places))

    def _graph(self, network: Network) -> "CanonicalGraph":
        from keras_cnns.comparison.canonical.canonicalize import canonicalize

        if network.name not in self._graphs:
            self._graphs[network.name] = canonicalize(built(network), ())
        return self._graphs[network.name]

    def _write_card(self) -> str | None:
        """Write the picture for links to the page, and return its name; None where there are no bitmaps."""
        if self.no_bitmaps is not None:
            return None
        networks = [entry.network for entry in self.entries]
        scene = share_card(networks, TITLE, f"{len(networks)} networks, each on one screen")
        write_scene(scene, self.folder / CARD, dpi=96)
        return CARD

    def _write(self, name: str, text: str) -> Path:
        with written_whole(self.folder / name) as file:
            file.write_text(text, encoding="utf-8")
        return self.folder / name


def _why_not_saved(diagram: "Diagram", path: Path) -> str | None:
    """Save a picture, or return why it cannot be."""
    try:
        diagram.save(path)
    except (ImportError, RuntimeError, ValueError) as error:
        return str(error)
    return None


def built(network: Network) -> "keras.Model":
    """Build a network without weights, with the lightest backend that there is."""
    backends.choose_lightest()
    return without_weights(network.name)


def _checked_address(address: str | None) -> str | None:
    if address is not None and not re.fullmatch(r"https?://[^\s\"'<>]+", address):
        raise ValueError(f"address must begin with https:// or http://; got {shown(address)}.")
    return address


def in_order(networks: Iterable[Network]) -> list[Network]:
    """Return the article's networks in its order, then the others in theirs."""
    places = {name: i for i, name in enumerate(ARTICLE)}
    return sorted(networks, key=lambda network: places.get(network.name, len(places)))
