"""The catalogue's networks side by side: what each cost, and how well it did, in the order of publication."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns import tables
from keras_cnns.arguments import checked_int, checked_path, checked_strings, checked_width
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS, Network, find_network, list_models
from keras_cnns.diagram.output.notebook import fitting
from keras_cnns.precomputed import precomputed
from keras_cnns.tables import Table, axes_text, count_text, memory_text

if TYPE_CHECKING:
    import keras

    from keras_cnns.diagram.draw.scene import Scene
    from keras_cnns.profiling.result import Profile

HEADINGS = ("network", "year", "parameters", "MACs", "memory", "depth", "field", "top-1, 5")


@dataclass(frozen=True)
class NetworkCosts:
    """One network at the paper's input size; for the meaning of the figures see `keras_cnns.profile`.

    `top1` and `top5` are accuracies on ImageNet in per cent for one central crop; `top1_source` says whose.
    """

    name: str
    title: str
    year: int
    in_shape: tuple[int, int, int]
    params: int
    trainable_params: int
    macs: int
    activation_bytes: int
    training_bytes: int
    receptive_field: int | tuple[int, ...] | None
    depth: int
    top1: float | None
    top1_source: str | None
    top5: float | None


@dataclass(frozen=True, repr=False)
class CostComparison:
    """Networks in the order of publication; print it for the table, `save` it for the chart."""

    rows: tuple[NetworkCosts, ...]
    batch_size: int

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<CostComparison of {len(self.rows)} networks>"

    def _repr_html_(self) -> str:
        return self.html()

    def _table(self) -> Table:
        """Return the table, a row for each network, and what its figures mean."""
        return Table(
            HEADINGS, [_cells(row) for row in self.rows], notes=[("", note) for note in self._notes()]
        )

    def text(self, width: int = 80) -> str:
        """Return the table as text, no line longer than `width` columns."""
        return self._table().text(checked_width(width))

    def csv(self) -> str:
        """Return a line for each network, comma-separated, with exact numbers."""
        return tables.as_csv([asdict(row) for row in self.rows])

    def json(self) -> str:
        """Return a JSON object with the batch size and a list of the networks, with exact numbers."""
        return tables.as_json({"batch_size": self.batch_size, "networks": [asdict(row) for row in self.rows]})

    def markdown(self) -> str:
        """Return the table in Markdown."""
        return self._table().markdown()

    def html(self) -> str:
        """Return the chart, and the table below it, as a piece of HTML."""
        return fitting(self.svg()) + self._table().html()

    def scene(self) -> Scene:
        """Return the chart as shapes: bars for parameters, multiply-adds, memory and accuracy."""
        from keras_cnns.profiling.cost_chart import Panel, bars

        rows = self.rows
        parameters = [row.trainable_params for row in rows]
        macs = [row.macs for row in rows]
        memory = [row.activation_bytes for row in rows]
        accuracies = [_accuracy(row, " / ") or "–" for row in rows]
        panels = [
            Panel("parameters", parameters, list(map(count_text, parameters))),
            Panel("multiply-adds for an image", macs, list(map(count_text, macs))),
            Panel(f"activation memory for {self._images()}", memory, list(map(memory_text, memory))),
            Panel("top-1 / top-5 accuracy, %", [row.top1 for row in rows], accuracies),
        ]
        years = [str(row.year) for row in rows]
        return bars("What the networks cost", [row.title for row in rows], years, panels)

    def svg(self) -> str:
        """Return the chart as an `<svg>` element."""
        from keras_cnns.diagram.output.svg import to_svg

        return to_svg(self.scene())

    def save(self, path: str | Path, dpi: int = 144) -> None:
        """Write the chart as `Diagram.save` does, such as .svg or .pdf, or the table, .csv, .json or .md.

        Raises:
            ValueError: for any other suffix, or if no engine that is installed can write this format.
        """
        writers = {".svg": self.svg, ".csv": self.csv, ".json": self.json, ".md": self.markdown}
        target, dpi = checked_path("path", path), checked_int("dpi", dpi)
        if target.suffix.lower() in writers:
            tables.save(target, writers)
            return
        from keras_cnns.diagram.output.scene_file import check_suffix, write_scene

        check_suffix(target, "path")
        write_scene(self.scene(), target, dpi)

    def _images(self) -> str:
        return "an image" if self.batch_size == 1 else f"{self.batch_size} images"

    def _notes(self) -> list[str]:
        sources = sorted({row.top1_source for row in self.rows if row.top1_source})
        notes = [f"MACs for an image, memory of all activations for {self._images()}, field in pixels."]
        if sources:
            notes.append(
                f"Top-1 and top-5 accuracy on ImageNet, %, one crop, as published: {', '.join(sources)}."
            )
        return notes


def chosen(names: Iterable[str] | None) -> Sequence[Network]:
    """Return the catalogue's rows of these names, in its order."""
    asked = list_models() if names is None else checked_strings("names", names, NETWORKS[0].name)
    wanted = {find_network(name, "names").name for name in asked}
    if not wanted:
        raise ValueError("names must have at least one name; got none.")
    return [network for network in NETWORKS if network.name in wanted]


def network_costs(
    network: Network, batch_size: int = 1, optimizer: str | keras.Optimizer | None = None
) -> NetworkCosts:
    """Count what a network costs; it is built, without weights, only for an optimizer's state."""
    counted = _profile(network, batch_size, optimizer)
    return NetworkCosts(
        name=network.name,
        title=network.title,
        year=network.paper.year,
        in_shape=network.in_shape,
        params=counted.params,
        trainable_params=counted.trainable_params,
        macs=counted.macs,
        activation_bytes=counted.activation_bytes,
        training_bytes=counted.training_bytes,
        receptive_field=counted.receptive_field,
        depth=counted.depth,
        top1=network.top1,
        top1_source=network.top1_source,
        top5=network.top5,
    )


def _profile(network: Network, batch_size: int, optimizer: str | keras.Optimizer | None) -> Profile:
    known = None if optimizer else precomputed(network.name)
    if known:
        return known.profile(batch_size)
    from keras_cnns.profiling.profile_model import profile_model

    return profile_model(without_weights(network.name), batch_size, optimizer=optimizer)


def _cells(row: NetworkCosts) -> list[str]:
    return [
        row.name,
        str(row.year),
        count_text(row.trainable_params),
        count_text(row.macs),
        memory_text(row.activation_bytes),
        str(row.depth),
        axes_text(row.receptive_field),
        _accuracy(row, " "),
    ]


def _accuracy(row: NetworkCosts, between: str) -> str:
    """Top-1 and top-5 accuracy, as far as they are known."""
    return between.join(f"{figure:.1f}" for figure in (row.top1, row.top5) if figure is not None)
