"""A profile as text for a terminal: the table, the totals in words, what is not counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from keras_cnns.diagram.draw.style import shortened
from keras_cnns.profiling.numbers import axes_text, memory, percent, shape_text, short
from keras_cnns.profiling.stages import folded

if TYPE_CHECKING:
    from keras_cnns.profiling.result import Profile, Row

GAP = "  "
NARROWEST = 8  # columns of a name
SCREEN = 30  # rows; of more layers only the stages are shown, unless asked for


def table(profile: Profile, stages: bool | None = None, width: int = 80) -> str:
    """Return the table and the totals, no line longer than `width`."""
    by_stage = len(profile.rows) > SCREEN if stages is None else stages
    figures = ["output", "parameters", "MACs", "", "memory", "field", "jump"]
    if by_stage:
        rows = list(_by_stage(profile))
        page = printed(["stage", "", *figures], rows, width)
        if any(row[1] for row in rows):
            page += "\n\n" + fill(
                "Where stages are alike, figures are for each, per cent of the MACs for all.", width
            )
    else:
        page = printed(["layer", *figures], _by_layer(profile), width, map(_formulas, profile.rows))
    taken = [row for row in profile.rows if row.kind == "InputLayer"]
    title = f"{profile.name}: {', '.join(shape_text(row.shape) for row in taken)}"
    return f"{shortened(title, width)}\n\n{page}\n\n{in_words(summary(profile), width)}\n"


def printed(
    headings: list[str], rows: Iterable[list[str]], width: int, below: Iterable[str] = (), left: int = 2
) -> str:
    """Return a table as text: a line for each row, its first `left` columns flush left, others flush right.

    If it is too wide, the names in the first column give way, numbers never. `below` has a sentence for each
    row, which stands under it unless it is empty.
    """
    cells = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    names = width - sum(widths[1:]) - len(GAP) * (len(widths) - 1)
    widths[0] = max(min(widths[0], names), NARROWEST)
    lines = []
    for row in cells:
        placed = [
            cell.ljust(n) if i < left else cell.rjust(n) for i, (cell, n) in enumerate(zip(row, widths))
        ]
        placed[0] = _narrowed(placed[0], widths[0])
        lines.append(GAP.join(placed).rstrip())
    told = [lines[0], "─" * (sum(widths) + len(GAP) * (len(widths) - 1))]
    for line, sentence in zip_longest(lines[1:], below, fillvalue=""):
        told += [line, *wrap(sentence, width, initial_indent="  ", subsequent_indent="    ")]
    return "\n".join(told)


def _narrowed(name: str, width: int) -> str:
    """A name with its start and its end, which tells it from others, in exactly `width` columns."""
    plain = shortened(name, 1000)
    if len(plain) > width:
        plain = plain[: width // 2] + "…" + plain[len(plain) - (width - width // 2 - 1) :]
    return plain.ljust(width)


def in_words(lines: list[tuple[str, str]], width: int) -> str:
    """Return headings on the left, sentences in a block beside them."""
    indent = max(len(heading) for heading, _ in lines) + 2
    told = []
    for heading, sentence in lines:
        told += wrap(
            sentence,
            width,
            initial_indent=heading.ljust(indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
    return "\n".join(told)


def _by_layer(profile: Profile) -> Iterator[list[str]]:
    for row in profile.rows:
        yield [
            row.name,
            shape_text(row.shape),
            f"{row.params:,}" if row.params else ("shared" if row.shared else ""),
            "? *" if row.macs is None else f"{row.macs:,}" if row.macs else "",
            percent(row.macs_share),
            memory(row.activation_bytes) if row.activation_bytes else "–",
            axes_text(row.receptive_field),
            axes_text(row.stride),
        ]


def _formulas(row: Row) -> str:
    """Where the numbers of a layer come from."""
    parts = []
    if row.params_formula:
        parts.append(f"parameters {row.params_formula}")
    if row.macs_formula:
        parts.append(f"MACs {row.macs_formula}")
    return f"{row.kind}: {', '.join(parts)}" if parts else ""


def _by_stage(profile: Profile) -> Iterator[list[str]]:
    rows = profile.rows
    told = [(row.kind, row.shape, row.params, row.macs, row.values) for row in rows]
    for stage in folded([row.stage for row in rows], told):
        members = [rows[i] for i in stage.members]
        end = rows[stage.last]
        macs = sum(row.macs or 0 for row in members)
        yield [
            stage.name,
            f"{stage.times}×" if stage.times > 1 else "",
            shape_text(end.shape),
            f"{params:,}" if (params := sum(row.params for row in members)) else "",
            (short(macs) if macs else "") + _uncounted(members),
            percent(stage.times * sum(row.macs_share for row in members)),
            memory(size) if (size := sum(row.activation_bytes for row in members)) else "",
            axes_text(end.receptive_field),
            axes_text(end.stride),
        ]


def _uncounted(rows: list[Row]) -> str:
    return " *" if any(row.macs is None for row in rows) else ""


def summary(profile: Profile) -> list[tuple[str, str]]:
    """The totals, each a heading and a sentence that says what is counted."""
    images = "1 image" if profile.batch_size == 1 else f"{profile.batch_size} images"
    lines = [
        (
            "parameters",
            f"{profile.params:,}, of which {profile.trainable_params:,} are trained; "
            f"{memory(profile.params_bytes)} in memory and in a file",
        ),
        (
            "MACs",
            f"{profile.macs:,} multiply-adds of kernels for 1 image; at two each {short(profile.flops)}FLOP",
        ),
        (
            "memory",
            f"{memory(profile.activation_bytes)} for all activations of {images}, "
            f"at most {memory(profile.peak_bytes)} of it at once",
        ),
        ("training", _training(profile, images)),
    ]
    if profile.receptive_field is not None:
        field = axes_text(profile.receptive_field)
        past = f"; past {profile.gates} gates, which show it all of the input" if profile.gates else ""
        lines.append(("field", f"{field} pixels for a unit of the last map, {_by(profile.last_map)}{past}"))
    lines.append(("depth", f"{profile.depth} weighted layers on the longest path"))
    lines.append(("dominant", "; ".join(_dominant(profile))))
    lines += [("* not counted", note) for note in notes(profile, counted=False)]
    lines += [("assumed", note) for note in notes(profile, counted=True)]
    return lines


def _by(sizes: tuple[int, ...] | None) -> str:
    return "×".join(map(str, sizes or ()))


def _training(profile: Profile, images: str) -> str:
    slots = profile.optimizer_bytes
    kept = f"{profile.optimizer}'s averages " + ("(not known)" if slots is None else memory(slots))
    return (
        f"{memory(profile.training_bytes)} for {images}: weights {memory(profile.params_bytes)}, gradients "
        f"{memory(profile.gradient_bytes)}, {kept}, activations kept "
        f"{memory(profile.kept_bytes)}"
    )


def _dominant(profile: Profile) -> Iterator[str]:
    """Which layer takes most of what, and how much of it."""
    shares = {
        "parameters": (lambda row: row.params, profile.params),
        "multiply-adds": (lambda row: row.macs or 0, profile.macs),
        "activation memory": (lambda row: row.activation_bytes, profile.activation_bytes),
    }
    for what, row in profile.dominant().items():
        amount, whole = shares[what]
        if whole:
            place = "" if row.stage == row.name else f" in {row.stage}"
            yield f"{row.name}{place} has {percent(amount(row) / whole)} of the {what}"


def notes(profile: Profile, counted: bool) -> list[str]:
    """Each thing that the count says of a layer once, with the names of the layers."""
    names: dict[str, list[str]] = {}
    for row in profile.rows:
        if row.note and (row.macs is not None) == counted:
            names.setdefault(row.note, []).append(row.name)
    return [f"{_some(these)}: {note}" for note, these in names.items()]


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} and {len(names) - 2} more"
