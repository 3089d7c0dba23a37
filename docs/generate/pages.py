"""The site before it is built: a folder of Markdown, pictures and notebooks, and the navigation."""

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import benchmark_tables
import formulas
import mistakes_page
import network_pages
import notebook_pages
import overview
import proof_table

from keras_cnns.building import without_weights
from keras_cnns.catalog import facts

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PLACE_OF_PROOF = "<!-- the table of proof.csv -->"
PLACE_OF_NAVIGATION = "nav = []\n"
# What of docs/ is no page.
NOT_PAGES = ("generate", "benchmarks", "proof.csv", "zensical.toml", "__pycache__")


def notebooks() -> list[Path]:
    """The notebooks of the site, in their order."""
    return sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def navigation() -> list[dict[str, str | list[str]]]:
    """The tabs of the site with their pages."""
    names = [f"networks/{name}.md" for name in facts.list_models()]
    stories = [f"notebooks/{path.stem}.md" for path in notebooks()]
    how_to = [
        "copy-a-file",
        "draw-my-model",
        "load-weights",
        "cut-and-extend",
        "check-an-assignment",
        "what-compare-cannot-know",
        "what-does-it-cost",
        "train",
        "train-on-many-machines",
        "export",
    ]
    recipes = [
        "grad-cam",
        "filters",
        "deep-dream",
        "style-transfer",
        "fine-tuning",
        "u-net",
        "feature-pyramid",
        "segmentation",
        "siamese",
        "two-streams",
        "distillation",
        "weight-decay",
        "classifiers",
        "mixed-precision",
        "export",
        "int8",
        "keras-applications",
    ]
    api = ["architectures", "visualize", "costs", "compare", "weights", "training", "inference"]
    return [
        {"Start": "index.md"},
        {"Networks": ["networks/index.md", *names]},
        {"How to": ["how-to/index.md", *(f"how-to/{name}.md" for name in how_to)]},
        {"Recipes": ["recipes/index.md", *(f"recipes/{name}.md" for name in recipes)]},
        {"Notebooks": ["notebooks/index.md", *stories]},
        {"Mistakes": "mistakes.md"},
        {"Decisions": "decisions.md"},
        {"Proof": "proof.md"},
        {"Benchmarks": "benchmarks.md"},
        {"API": ["api/index.md", *(f"api/{name}.md" for name in api)]},
        {"Design": ["design.md", "glossary.md"]},
    ]


def config() -> str:
    """The settings of `docs/zensical.toml` with the navigation in its place."""
    text = (DOCS / "zensical.toml").read_text(encoding="utf-8")
    before, place, after = text.partition(PLACE_OF_NAVIGATION)
    if not place:
        raise ValueError(f"docs/zensical.toml must have the line {PLACE_OF_NAVIGATION.strip()!r}.")
    tabs = []
    for entry in navigation():
        ((title, place),) = entry.items()
        tabs.append(f"  {{ {json.dumps(title)} = {json.dumps(place)} }},\n")
    return f"{before}nav = [\n{''.join(tabs)}]\n{after}"


def write(folder: Path) -> None:
    """Write the pages that are written by hand, and those that are made here."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns(*NOT_PAGES))
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text(encoding="utf-8").replace(PLACE_OF_PROOF, proof_table.table(DOCS / "proof.csv"))
        text = benchmark_tables.with_tables(text, DOCS / "benchmarks")
        path.write_text(formulas.with_mathml(text), encoding="utf-8")
    for address, content in made():
        path = folder / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def made() -> Iterator[tuple[str, str | bytes]]:
    """The address and the content of every file that is made here."""
    yield from network_files()
    yield from notebook_files()
    yield "mistakes.md", mistakes_page.page()


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
    shown = [notebook_pages.page(path) for path in notebooks()]
    for path, page in zip(notebooks(), shown):
        yield f"notebooks/{page.name}.md", page.text
        yield f"notebooks/{path.name}", path.read_bytes()
        for name, picture in page.pictures.items():
            yield f"notebooks/{name}", picture
    yield "notebooks/index.md", notebook_pages.index(shown)


@cache
def portraits() -> tuple[network_pages.Portrait, ...]:
    """Draw and count every network."""
    from keras_cnns.network_costs import network_costs
    from keras_cnns.precomputed import precomputed
    from keras_cnns.visualize import plot_model

    drawn = []
    for network in facts.NETWORKS:
        diagram = plot_model(precomputed(network.name) or without_weights(network.name))
        costs = network_costs(network)
        drawn.append(network_pages.Portrait(network, costs, diagram.svg(), diagram.outline()))
    return tuple(drawn)
