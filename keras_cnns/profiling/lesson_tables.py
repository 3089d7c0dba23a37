"""Tables for a lecture and an exam: how each figure is worked out, and a form to be filled in."""

from __future__ import annotations

from collections.abc import Sequence

from keras_cnns.profiling.cost_rows import Row
from keras_cnns.tables import Cell, Span, Table, axes_text, memory_text, shape_text

BLANK = "_" * 8


def steps_table(rows: Sequence[Row], title: str, batch_size: int) -> Table:
    """Return how each figure is worked out, a line for each."""
    cells: list[tuple[Cell, Cell]] = []
    for row in rows:
        size = row.activation_bytes // (row.values * batch_size) if row.values else 0
        memory = "·".join(map(str, (*([batch_size] if batch_size > 1 else []), *row.shape[1:], size)))
        lines = {
            "output": row.size_formula,
            "parameters": row.params_formula and f"{row.params_formula} = {row.params:,}",
            "connections": row.connections_formula and f"{row.connections_formula} = {row.connections:,}",
            "MACs": row.macs_formula and f"{row.macs_formula} = {row.macs:,}",
            "memory": memory + f" B = {memory_text(row.activation_bytes)}" if size else "",
            "field r": row.field_formula,
            "stride j": row.stride_formula,
        }
        written: list[tuple[Cell, Cell]] = [(f"– {what}", how) for what, how in lines.items() if how]
        if written:
            shape = Span(shape_text(row.shape) + (f", {row.given}" if row.given else ""), "strong")
            cells += [(Span(row.name, "strong"), shape), *written]
    notes = [
        ("output", "⌊(n + 2p − k)/s⌋ + 1 of a map with n units a side, window k, stride s, padding p"),
        ("connections", "what all units read, biases included"),
        ("field", "r ← r + (k − 1)·j pixels, then j ← j·s pixels from one unit to the next"),
    ]
    return Table(("layer", "output, and how each figure is found"), cells, (0, 1), title, notes)


def form_table(rows: Sequence[Row], title: str, blanks: bool) -> Table:
    """Return a line for each layer with what is given and what is asked, filled in unless `blanks`."""

    def cell(text: str) -> str:
        return BLANK if blanks and text else text

    cells = [
        (
            row.name,
            row.kind,
            row.given or (shape_text(row.shape) if row.kind == "InputLayer" else ""),
            shape_text(row.shape) if row.kind == "InputLayer" else cell(shape_text(row.shape)),
            cell(f"{row.params:,}" if row.params else ""),
            cell(f"{row.connections:,}" if row.connections else ""),
            cell(f"{row.macs:,}" if row.macs else ""),
            cell(axes_text(row.receptive_field) if row.field_formula else ""),
            cell(axes_text(row.stride) if row.field_formula else ""),
        )
        for row in rows
    ]
    headings = ("layer", "kind", "given", "output", "parameters", "connections", "MACs", "field", "stride")
    return Table(headings, cells, (0, 1, 2), title)
