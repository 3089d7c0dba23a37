"""What `keras_cnns.profile` returns: the totals, and a row for each call of a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path

from keras_cnns import tables
from keras_cnns.arguments import checked_flag, checked_width
from keras_cnns.diagram.output.notebook import page_with_frame
from keras_cnns.profiling.cost_rows import (
    Row,
    detailed_table,
    layer_table,
    notes_of,
    stage_table,
)
from keras_cnns.profiling.lesson_tables import form_table, steps_table
from keras_cnns.profiling.parameters import UNKNOWN
from keras_cnns.safe_text import one_line, shortened
from keras_cnns.tables import axes_text, count_text, memory_text, percent_text, shape_text

OWN = ("rows", "explored")  # what is not one of the totals
SCREEN = 30  # rows; of more layers only the stages are shown, unless asked for


@dataclass(frozen=True, repr=False)
class Profile:
    """The costs of a model; print it for the table, and see `profile` for how each is counted.

    Attributes:
        name: the model's.
        batch_size: images at once.
        rows: one for each call of a layer, in the order of computation.
        params: their number, each shared weight once.
        trainable_params: those of them that training changes.
        params_bytes: what the weights take, in memory and in a file.
        macs: multiply-adds for one image, without those of the layers in `uncounted`.
        activation_values: numbers in all tensors of one forward pass, for one image.
        before_activation_values: numbers that are kept as well if no activation function works in place.
        activation_bytes: all tensors of one forward pass.
        peak_bytes: the tensors alive at once, at most, when none is kept for training.
        kept_bytes: the tensors that the backward pass reads.
        gradient_bytes: the gradients of the trained weights.
        optimizer_bytes: the optimizer's state, such as momentum; None if it is unknown.
        training_bytes: the sum of these three and the weights.
        last_map: the shape of the last feature map, without the batch.
        receptive_field: pixels that one unit of it looks at; a tuple if the axes differ; None without a map.
        gates: how many squeeze-and-excitation gates there are. Each joins a map with what sees the whole
            input; the receptive field is counted without them.
        depth: weighted layers on the longest path.
        optimizer: the name of the one counted.
        explored: makes the picture for `page`, if the model is known.
    """

    name: str
    batch_size: int
    rows: tuple[Row, ...]
    params: int
    trainable_params: int
    params_bytes: int
    macs: int
    activation_values: int
    before_activation_values: int
    activation_bytes: int
    peak_bytes: int
    kept_bytes: int
    gradient_bytes: int
    optimizer_bytes: int | None
    last_map: tuple[int, ...] | None
    receptive_field: int | tuple[int, ...] | None
    gates: int
    depth: int
    optimizer: str
    explored: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    @property
    def flops(self) -> int:
        """Floating-point operations for one image: two for each multiply-add. Papers' "FLOPs" are MACs."""
        return 2 * self.macs

    @property
    def training_bytes(self) -> int:
        """Weights, gradients, the optimizer's state (if known) and what the backward pass needs."""
        return self.params_bytes + self.gradient_bytes + (self.optimizer_bytes or 0) + self.kept_bytes

    @property
    def uncounted(self) -> tuple[Row, ...]:
        """The rows whose multiply-adds are not in the total."""
        return tuple(row for row in self.rows if row.macs is None)

    def dominant(self) -> dict[str, Row]:
        """Return the row that takes most of "parameters", "multiply-adds" and "activation memory"."""
        return {what: max(self.rows, key=amount) for what, (amount, _) in self._shares().items()}

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Profile of {shortened(self.name)}: {self.params:,} parameters, {self.macs:,} MACs>"

    def _repr_html_(self) -> str:
        return self.html()

    def text(self, stages: bool | None = None, width: int = 80) -> str:
        """Return the table as text.

        Args:
            stages: a row for each stage, or one for each layer, with formulas; None takes stages for networks
                whose layers do not fit a screen.
            width: in columns.
        """
        width = checked_width(width)
        by_stage = len(self.rows) > SCREEN if stages is None else checked_flag("stages", stages)
        table = stage_table if by_stage else layer_table
        return table(self.rows, self._title(), self.summary()).text(width)

    def csv(self) -> str:
        """Return a line for each layer, comma-separated, with exact numbers."""
        return tables.as_csv([row.record() for row in self.rows])

    def json(self) -> str:
        """Return totals and rows as a JSON object, with exact numbers."""
        totals = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in OWN}
        totals |= {"flops": self.flops, "training_bytes": self.training_bytes}
        totals |= {
            "uncounted": [row.name for row in self.uncounted],
            "rows": [vars(row) for row in self.rows],
        }
        return tables.as_json(totals)

    def markdown(self) -> str:
        """Return the table of layers in Markdown."""
        return detailed_table(self.rows, self._title(), self.summary()).markdown()

    def html(self) -> str:
        """Return the table of layers as a piece of HTML, which a notebook shows."""
        return detailed_table(self.rows, self._title(), self.summary()).html()

    def page(self) -> str:
        """Return an HTML page of its own: the picture, coloured by multiply-adds, above the table.

        The picture opens box by box, and can be coloured by parameters or memory instead. It counts one
        image.
        """
        return page_with_frame(self._title(), self.explored() if self.explored else "", self.html())

    def save(self, path: str | Path) -> None:
        """Write the table; the suffix says how: .csv, .json, .md, .html, .tex or .txt. As .html it is `page`.

        Raises:
            ValueError: for any other suffix, or where no file can be, such as a device.
            OSError: if it cannot be written; a file that was there is unchanged.
        """
        writers = {".csv": self.csv, ".json": self.json, ".md": self.markdown, ".html": self.page}
        tables.save(path, writers | {".tex": self.latex, ".txt": self.text})

    def latex(self) -> str:
        """Return the table of layers as a LaTeX `tabular`, which needs no package."""
        return layer_table(self.rows, self._title(), ()).latex()

    def steps(self) -> tables.Table:
        """Return how each figure is worked out by hand; `text`, `markdown`, `html` or `latex` write it."""
        return steps_table(self.rows, self._title(), self.batch_size)

    def form(self, blanks: bool = True) -> tables.Table:
        """Return a form for an exam: of each layer what is given, and room for what is asked.

        Args:
            blanks: whether the figures are left out; without them it is the key.
        """
        return form_table(self.rows, self._title(), checked_flag("blanks", blanks))

    def summary(self) -> list[tuple[str, str]]:
        """Return the totals in words: for each a heading, and a sentence that says what is counted."""
        images = "1 image" if self.batch_size == 1 else f"{self.batch_size} images"
        without = sum(row.params_formula == UNKNOWN for row in self.rows)
        lines = [
            (
                "parameters",
                f"{self.params:,}, of which {self.trainable_params:,} are trained; "
                f"{memory_text(self.params_bytes)} in memory and in a file"
                + (f"; without those of {without} unknown layer{'s' * (without > 1)} *" if without else ""),
            ),
            ("MACs", f"{self.macs:,} multiply-adds ({count_text(self.flops, 'FLOP')}) per image"),
            (
                "memory",
                f"{memory_text(self.activation_bytes)} for all activations of {images}, "
                f"at most {memory_text(self.peak_bytes)} of it at once",
            ),
            ("training", f"{memory_text(self.training_bytes)} for {images}: {self._training_parts()}"),
            *([] if self.receptive_field is None else [("field", self._field())]),
            *self._padding_only(),
            ("depth", f"{self.depth} weighted layers on the longest path"),
            ("dominant", "; ".join(self._dominant_parts())),
        ]
        lines += [("* not counted", note) for note in notes_of(self.rows, counted=False)]
        return lines + [("assumed", note) for note in notes_of(self.rows, counted=True)]

    def _padding_only(self) -> list[tuple[str, str]]:
        names = [one_line(row.name) for row in self.rows if row.sees_padding_only]
        if not names:
            return []
        return [("1×1", f"from {names[0]} on maps are 1×1: windows see one value and only padding around it")]

    def _title(self) -> str:
        inputs = [shape_text(row.shape) for row in self.rows if row.kind == "InputLayer"]
        return f"{one_line(self.name)}: {', '.join(inputs)}"

    def _training_parts(self) -> str:
        state = "unknown" if self.optimizer_bytes is None else memory_text(self.optimizer_bytes)
        return (
            f"weights {memory_text(self.params_bytes)}, gradients {memory_text(self.gradient_bytes)}, "
            f"optimizer state ({self.optimizer}) {state}, activations kept {memory_text(self.kept_bytes)}"
        )

    def _field(self) -> str:
        gates = ""
        if self.gates:
            several = "gate, which sees" if self.gates == 1 else "gates, which see"
            gates = f", not counting {self.gates} squeeze-and-excitation {several} the whole input"
        field = axes_text(self.receptive_field)
        return f"{field} pixels for a unit of the last map, {axes_text(self.last_map)}{gates}"

    def _shares(self) -> dict[str, tuple[Callable[[Row], int], int]]:
        """For each thing that a row takes a share of, the row's amount and the total."""
        return {
            "parameters": (lambda row: row.params, self.params),
            "multiply-adds": (lambda row: row.macs or 0, self.macs),
            "activation memory": (lambda row: row.activation_bytes, self.activation_bytes),
        }

    def _dominant_parts(self) -> list[str]:
        parts = []
        for what, row in self.dominant().items():
            amount, total = self._shares()[what]
            place = "" if row.stage == row.name else f" in {row.stage}"
            if total:
                parts.append(
                    f"{one_line(row.name)}{place} has {percent_text(amount(row) / total)} of the {what}"
                )
        return parts
