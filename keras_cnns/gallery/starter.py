"""A notebook to start from: a network built, drawn and counted."""

import json

from keras_cnns.catalog.facts import Network
from keras_cnns.safe_text import markdown_text


def starter(network: Network) -> str:
    """Return the notebook of a network as JSON, in Jupyter's format 4.5, without outputs."""
    paper = network.paper
    cells = [
        _cell("markdown", f"# {markdown_text(network.title)}"),
        _cell(
            "markdown",
            f"{markdown_text(paper.authors)}. [{markdown_text(paper.title)}]({paper.url}). "
            f"{markdown_text(paper.venue)}.\n\n{markdown_text(network.see)}",
        ),
        _cell(
            "code", f'from keras_cnns import create, plot_model, profile\n\nmodel = create("{network.name}")'
        ),
        _cell("code", "plot_model(model)"),
        _cell("code", "profile(model)"),
    ]
    book = {
        "cells": [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, text: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
