"""What mkdocs calls while it builds the site: here the pages come in that are not written by hand."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import backend  # noqa: F401  before those that import Keras
import formulas
import network_pages
import notebook_pages
import overview
import proof_table
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from keras_cnns.building import without_weights
from keras_cnns.catalog import facts

ROOT = Path(__file__).parents[2]
PROOF = ROOT / "docs" / "proof.csv"
PLACE_OF_PROOF = "<!-- the table of proof.csv -->"


def on_config(config: MkDocsConfig) -> None:
    """Put the pages that are made here into the navigation, and watch what they are made from."""
    names = {"Networks": facts.list_models(), "Notebooks": [path.stem for path in notebooks()]}
    for entry in config.nav:
        for title, folder in (("Networks", "networks"), ("Notebooks", "notebooks")):
            if title in entry:
                entry[title] = [f"{folder}/index.md", *(f"{folder}/{name}.md" for name in names[title])]
    config.watch += [str(PROOF), *map(str, notebooks())]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages of networks and notebooks, and their pictures."""
    for address, content in (*network_files(), *notebook_files()):
        files.append(File.generated(config, address, content=content))


def on_page_markdown(markdown: str, page: Page, **_) -> str:
    """Put the table of measured differences into its place."""
    return markdown.replace(PLACE_OF_PROOF, proof_table.table(PROOF))


def on_page_content(html: str, **_) -> str:
    """Make formulas visible without a script."""
    return formulas.as_mathml(html)


def network_files() -> Iterator[tuple[str, str]]:
    """A page and a picture for each network, and the overview."""
    drawn = portraits()
    for portrait in drawn:
        yield f"networks/{portrait.network.name}.md", network_pages.page(portrait)
        yield f"networks/{portrait.network.name}.svg", portrait.svg
    yield "networks/index.md", overview.page(drawn)
    yield "networks/costs.svg", overview.chart(drawn)


def notebook_files() -> Iterator[tuple[str, str | bytes]]:
    """A page for each notebook with its pictures, the notebook itself, and the page that lists them."""
    pages = [notebook_pages.page(path) for path in notebooks()]
    for path, page in zip(notebooks(), pages):
        yield f"notebooks/{page.name}.md", page.text
        yield f"notebooks/{path.name}", path.read_bytes()
        for name, picture in page.pictures.items():
            yield f"notebooks/{name}", picture
    yield "notebooks/index.md", notebook_pages.index(pages)


def notebooks() -> list[Path]:
    """The notebooks that were run, in their order."""
    return sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@cache
def portraits() -> tuple[network_pages.Portrait, ...]:
    """Draw and count every network, once for all builds of `mkdocs serve`."""
    from keras_cnns.network_costs import network_costs
    from keras_cnns.visualize import plot_model

    drawn = []
    for network in facts.NETWORKS:
        diagram = plot_model(without_weights(network.name))
        costs = network_costs(network)
        drawn.append(network_pages.Portrait(network, costs, diagram.svg(), diagram.outline()))
    return tuple(drawn)
