"""What `keras_cnns.profile` returns: the totals, and a row for each call of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from keras_cnns.atomic_write import written_whole
from keras_cnns.graph import Shape
from keras_cnns.profiling import formats, summary_text


@dataclass(frozen=True)
class Row:
    """One call of a layer. Bytes are for the whole batch, all else is for one example.

    `params` are those that no earlier call uses; `shared` says that others are. `macs` is None where they
    cannot be counted, and `note` says why; `macs_share` is their part of the total, 0 to 1. `values` are
    numbers that the output takes up memory with: none for what works in place. `receptive_field` and
    `stride` are in pixels, for each axis of a map; "all" is the whole input, None what is no map, or not
    known.
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
        macs: multiply-adds for one image; those of layers in `uncounted` are missing.
        activation_values: numbers in all tensors of one forward pass, for one image.
        before_activation_values: those besides that are kept if no activation function works in place.
        activation_bytes: all tensors of one forward pass.
        peak_bytes: the tensors alive at once, at most, when none is kept for training.
        kept_bytes: the tensors that the backward pass reads.
        gradient_bytes: the gradients of the trained weights.
        optimizer_bytes: the optimizer's slots; None if they are not known.
        training_bytes: the sum of these three and the weights.
        last_map: the shape of the last feature map, without the batch.
        receptive_field: pixels that one unit of it looks at; a tuple if the axes differ; None without a map.
        gates: how often a map is joined with what sees all of the input, past which the field is counted.
        depth: weighted layers on the longest path.
        optimizer: the name of the one counted.
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

    @property
    def flops(self) -> int:
        """Floating-point operations for one image: two for each multiply-add. Papers' "FLOPs" are MACs."""
        return 2 * self.macs

    @property
    def training_bytes(self) -> int:
        """Weights, gradients, the optimizer's slots (where known) and what the backward pass needs."""
        return self.params_bytes + self.gradient_bytes + (self.optimizer_bytes or 0) + self.kept_bytes

    @property
    def uncounted(self) -> tuple[Row, ...]:
        """The rows whose multiply-adds are not in the total."""
        return tuple(row for row in self.rows if row.macs is None)

    def dominant(self) -> dict[str, Row]:
        """Return the row that takes most of "parameters", "multiply-adds" and "activation memory"."""
        return {
            "parameters": max(self.rows, key=lambda row: row.params),
            "multiply-adds": max(self.rows, key=lambda row: row.macs or 0),
            "activation memory": max(self.rows, key=lambda row: row.activation_bytes),
        }

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Profile of {self.name}: {self.params:,} parameters, {self.macs:,} MACs>"

    def _repr_html_(self) -> str:
        return self.html()

    def text(self, stages: bool | None = None, width: int = 80) -> str:
        """Return the table as text.

        Args:
            stages: a row for each stage, or one for each layer, with formulas; None takes stages for networks
                whose layers do not fit a screen.
            width: in columns.
        """
        return summary_text.table(self, stages, width)

    def csv(self) -> str:
        """Return a line for each layer, comma-separated, with exact numbers."""
        return formats.csv(self)

    def json(self) -> str:
        """Return totals and rows as a JSON object, with exact numbers."""
        return formats.json(self)

    def markdown(self) -> str:
        """Return the table of layers in Markdown."""
        return formats.markdown(self)

    def html(self) -> str:
        """Return the table of layers as a piece of HTML, which a notebook shows."""
        return formats.html(self)

    def save(self, path: str | Path) -> None:
        """Write the table; the suffix says how: .csv, .json, .md, .html or .txt.

        Raises:
            ValueError: for any other suffix.
        """
        target = Path(path)
        ways = {
            ".csv": self.csv,
            ".json": self.json,
            ".md": self.markdown,
            ".html": self.html,
            ".txt": self.text,
        }
        if target.suffix.lower() not in ways:
            raise ValueError(f"path must end in {', '.join(ways)}; got {str(path)!r}.")
        with written_whole(target) as file:
            file.write_text(ways[target.suffix.lower()](), encoding="utf-8")
