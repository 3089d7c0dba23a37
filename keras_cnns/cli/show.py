"""`keras-cnns show`: what is known about one network."""

from rich.markup import escape
from rich.table import Table

from keras_cnns.catalog.facts import find_network
from keras_cnns.catalog.text import bibtex, choices
from keras_cnns.cli.common import Name, console, network_model
from keras_cnns.precomputed import precomputed


def show_command(name: Name) -> None:
    """Show a network's facts, what was new, the choices its file makes, how to cite it, and its outline.

    The outline is the picture of `keras-cnns draw NAME` as text.
    """
    from keras_cnns.weights.published import SETS

    row = find_network(name)
    paper = row.paper
    console.print(f"[bold]{row.name}[/]  {escape(row.introduced)}\n")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row(
        "paper", f"{escape(paper.title)}\n{escape(paper.authors)}\n{paper.venue} ({paper.published})"
    )
    table.add_row("", paper.url)
    least = f"at least {row.smallest}×{row.smallest}"
    if row.sensible:
        least += f" (windows see more than padding from {row.sensible}×{row.sensible} on)"
    table.add_row("input", f"{row.in_shape}, {least}; {row.n_classes} classes")
    table.add_row("parameters", f"{row.trainable:,} trainable, {row.non_trainable:,} not")
    table.add_row("MACs", f"{row.macs:,}")
    table.add_row("checked against", escape(row.checked_against))
    table.add_row("file", f"keras_cnns/architectures/{row.file.name}")
    if sources := [weights.source for weights in SETS if weights.network == row.name]:
        table.add_row("weights", ", ".join(sources))
    console.print(table)
    console.print(f"\n{escape(choices(row.file))}\n", highlight=False)
    console.print(bibtex(paper) + "\n", highlight=False, markup=False, soft_wrap=True)
    from keras_cnns.visualize import outline

    console.print(
        outline(precomputed(row.name) or network_model(row, False)),
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
