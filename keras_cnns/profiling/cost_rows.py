"""The costs of single layer calls, and tables of them: one row per call, or one per stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from keras_cnns.profiling.parameters import UNKNOWN
from keras_cnns.profiling.stages import folded
from keras_cnns.tables import Table, axes_text, count_text, memory_text, percent_text, shape_text

if TYPE_CHECKING:
    from keras_cnns.graph import Shape

FIGURES = ("output", "parameters", "MACs", "", "memory", "field", "stride")
DETAILED = ("layer", "kind", "output", "parameters", "", "MACs", "", "% of MACs", "memory", "field", "stride")


@dataclass(frozen=True)
class Row:
    """The costs of one call of a layer. Bytes are for the whole batch, all else is for one example.

    Attributes:
        name: the layer's.
        kind: its class.
        stage: the part of the network that it belongs to.
        shape: the output's, with the batch.
        params: the parameters that no earlier call uses.
        params_formula: where their number comes from, as in `3·3·64·128 + 128`; "unknown" if a file does not
            say what the layer is.
        trainable_params: those of them that training changes.
        shared: whether the call also uses parameters of an earlier one.
        macs: multiply-adds; None where they cannot be counted, and `note` says why.
        macs_formula: where their number comes from.
        macs_share: their part of the total, 0 to 1.
        values: values stored for the output; 0 for what works in place.
        activation_bytes: what they take.
        kept_bytes: what training keeps of the call for the backward pass.
        receptive_field: in pixels, a tuple if the axes differ; "all" is the whole input; None for what is no
            map, or if it is unknown.
        stride: pixels from one unit of a map to the next, a tuple if the axes differ.
        note: what was assumed, or why the multiply-adds are not counted.
        given: what one must know to work the figures out by hand: window, maps, stride, padding.
        size_formula: of the output's height and width, as in ⌊(227 − 11)/4⌋ + 1 = 55.
        connections: what all units read, biases included (LeCun et al. 1998); 0 without a window or kernel.
        connections_formula: where their number comes from.
        field_formula: of the receptive field, r + (k − 1)·j.
        stride_formula: of the stride, j·s.
        sees_padding_only: whether a window larger than 1 slides over a map of 1×1.
    """

    name: str
    kind: str
    stage: str
    shape: Shape
    params: int
    params_formula: str
    trainable_params: int
    shared: bool
    macs: int | None
    macs_formula: str
    macs_share: float
    values: int
    activation_bytes: int
    kept_bytes: int
    receptive_field: int | tuple[int, ...] | str | None
    stride: int | float | tuple[int | float, ...] | None
    note: str
    given: str = ""
    size_formula: str = ""
    connections: int = 0
    connections_formula: str = ""
    field_formula: str = ""
    stride_formula: str = ""
    sees_padding_only: bool = False

    def record(self) -> dict[str, object]:
        """Return all of it by name, with the shape as text."""
        return asdict(self) | {"shape": shape_text(self.shape)}


def layer_table(rows: Sequence[Row], title: str, notes: Sequence[tuple[str, str]]) -> Table:
    """Return a row for each call, and the formulas of its numbers as details."""
    cells = [
        (
            row.name,
            shape_text(row.shape),
            _parameters(row),
            "? *" if row.macs is None else f"{row.macs:,}" if row.macs else "",
            percent_text(row.macs_share),
            memory_text(row.activation_bytes) if row.activation_bytes else "–",
            axes_text(row.receptive_field),
            axes_text(row.stride),
        )
        for row in rows
    ]
    return Table(("layer", *FIGURES), cells, (0, 1), title, notes, [_formulas(row) for row in rows])


def detailed_table(rows: Sequence[Row], title: str, notes: Sequence[tuple[str, str]]) -> Table:
    """Return a row for each call, with its class and the formulas in columns of their own."""
    cells = [
        (
            row.name,
            row.kind,
            shape_text(row.shape),
            _parameters(row),
            row.params_formula,
            "not counted" if row.macs is None else f"{row.macs:,}" if row.macs else "",
            row.macs_formula,
            percent_text(row.macs_share),
            memory_text(row.activation_bytes) if row.activation_bytes else "",
            axes_text(row.receptive_field),
            axes_text(row.stride),
        )
        for row in rows
    ]
    return Table(DETAILED, cells, (0, 1, 4, 6), title, notes)


def stage_table(rows: Sequence[Row], title: str, notes: Sequence[tuple[str, str]]) -> Table:
    """Return a row for each stage, and one for stages in a row that are alike."""
    figures = [(row.kind, row.shape, row.params, row.macs, row.values) for row in rows]
    cells = []
    for stage in folded([row.stage for row in rows], figures):
        calls = [rows[i] for i in stage.calls]
        last = rows[stage.last]
        params, macs = sum(row.params for row in calls), sum(row.macs or 0 for row in calls)
        size = sum(row.activation_bytes for row in calls)
        uncounted = " *" if any(row.macs is None for row in calls) else ""
        cells.append(
            (
                stage.name,
                f"{stage.times}×" if stage.times > 1 else "",
                shape_text(last.shape),
                f"{params:,}" if params else "",
                (count_text(macs) if macs else "") + uncounted,
                percent_text(stage.times * sum(row.macs_share for row in calls)),
                memory_text(size) if size else "",
                axes_text(last.receptive_field),
                axes_text(last.stride),
            )
        )
    if any(row[1] for row in cells):
        alike = "Where stages are alike, figures are for each, per cent of the MACs for all."
        notes = [("", alike), *notes]
    return Table(("stage", "", *FIGURES), cells, (0, 1), title, notes)


def notes_of(rows: Sequence[Row], counted: bool) -> list[str]:
    """Return each note once, with the names of its layers: those that are counted, or the others."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.note and (row.macs is not None) == counted:
            names.setdefault(row.note, []).append(row.name)
    return [f"{_some(these)}: {note}" for note, these in names.items()]


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} and {len(names) - 2} more"


def _parameters(row: Row) -> str:
    if row.params_formula == UNKNOWN:
        return "? *"
    return f"{row.params:,}" if row.params else "shared" if row.shared else ""


def _formulas(row: Row) -> str:
    """Where the numbers of a layer come from."""
    formulas = {"parameters": row.params_formula, "MACs": row.macs_formula}
    parts = [f"{heading} {formula}" for heading, formula in formulas.items() if formula]
    return f"{row.kind}: {', '.join(parts)}" if parts else ""
