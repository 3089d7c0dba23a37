"""The text of a network's page, from the catalogue, its file and its model."""

import inspect
import re
from dataclasses import dataclass
from pathlib import Path

from keras_cnns.catalog import facts as catalog
from keras_cnns.catalog.facts import Network
from keras_cnns.catalog.papers import Paper
from keras_cnns.catalog.text import bibtex, choices
from keras_cnns.cli.weights import percent, summary
from keras_cnns.network_costs import NetworkCosts
from keras_cnns.tables import axes_text, count_text, memory_text
from keras_cnns.weights import SETS, WeightSet
from keras_cnns.weights.matching.layouts import LAYOUTS

DECISIONS = Path(__file__).parents[1] / "decisions.md"


@dataclass(frozen=True)
class Portrait:
    """A network, what it costs, and its picture as an `<svg>` element and as text."""

    network: Network
    costs: NetworkCosts
    svg: str
    outline: str


def page(portrait: Portrait) -> str:
    """Return the Markdown of `networks/NAME.md`; the picture is beside it as NAME.svg."""
    network = portrait.network
    sections = [
        heading(network),
        picture(portrait),
        facts(portrait),
        build(network),
        options(network),
        weights(network),
        decided(network),
        relatives(network),
        cite(network),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def heading(network: Network) -> str:
    """The title, what was new, and who published it where."""
    paper = network.paper
    description = quoted(f"{network.title} in Keras: {network.introduced}")
    return (
        f"---\ndescription: {description}\nhide: [toc]\n---\n\n"
        f"# {network.title} {{ #{network.name} }}\n\n"
        f"{crossed(network.introduced)}\n\n"
        f"{paper.authors}. [*{paper.title}*]({paper.url}). {published(paper)}."
    )


def published(paper: Paper) -> str:
    """Where and when, with the year in which it was public first if that is another."""
    if str(paper.year) in paper.venue:
        return paper.venue
    return f"{paper.venue}, {'first on arXiv in ' if paper.venue[-4:].isdigit() else ''}{paper.year}"


def picture(portrait: Portrait) -> str:
    """The picture, linked to itself at full size, and the same as text, folded away."""
    name, title = portrait.network.name, portrait.network.title
    alternative = f"{title} drawn as a lane of boxes from input to softmax; the same as text is below"
    text = "\n".join(f"    {line}" for line in ["``` {.text .wrap}", *portrait.outline.splitlines(), "```"])
    return (
        f'[![{alternative}]({name}.svg)]({name}.svg "Full size"){{ .picture }}\n\n'
        f'??? note "The picture as text"\n\n{text}'
    )


def facts(portrait: Portrait) -> str:
    """The counts, and the source that confirms them."""
    network, costs = portrait.network, portrait.costs
    size = f"{'×'.join(map(str, network.in_shape))}, at least {network.smallest}×{network.smallest}"
    if network.sensible:
        size += f" (windows see more than padding from {network.sensible}×{network.sensible} on)"
    rows = {
        "Input": f"{size}; {network.n_classes:,} classes",
        "Parameters": f"{network.trainable:,} trainable, {network.non_trainable:,} not",
        "Checked against": crossed(network.checked_against),
        "Multiply-adds": f"{network.macs:,} ({count_text(network.macs)}) for one image",
        "Feature maps": f"{memory_text(costs.activation_bytes)} for one image, in single precision",
        "Depth": f"{costs.depth} weighted layers on the longest path",
        "Receptive field": f"{axes_text(costs.receptive_field)} pixels, of a unit of the last map",
    }
    if network.n_classes == 1000:
        rows["Accuracy on ImageNet"] = accuracy(network)
    lines = [f"| {key} | {value} |" for key, value in rows.items()]
    return "\n".join(["## Facts", "", "| | |", "|---|---|", *lines])


def accuracy(network: Network) -> str:
    """Accuracies with their source, if there are any."""
    if network.top1 is None:
        return "none known for this very network"
    figures = [f"top-1 {network.top1:.1f} %"]
    figures += [] if network.top5 is None else [f"top-5 {network.top5:.1f} %"]
    return f"{', '.join(figures)}; {network.top1_source}"


def build(network: Network) -> str:
    """How to build it: the signature, and a few lines of code."""
    return f"## Build it\n\n```python\n{code(network)}\n```"


def code(network: Network) -> str:
    """Code that builds the paper's network, draws it, and builds one for other images."""
    name, (side, _, channels) = network.name, network.in_shape
    size, half = "×".join(map(str, network.in_shape)), max(network.smallest, side // 2)
    return (
        f"from keras_cnns.architectures import {name}\n"
        f"from keras_cnns.visualize import plot_model\n\n"
        f"model = {name}()  # the paper's: {size}, {network.n_classes:,} classes\n"
        f'plot_model(model, "{name}.svg")\n\n'
        f'mine = {name}(in_shape=({half}, {half}, {channels}), n_classes=7, opt="adam")  # then mine.fit(…)'
    )


def options(network: Network) -> str:
    """The signature, and the options that the factory takes after input, classes and optimizer."""
    signature = str(inspect.signature(network.factory)).replace("'", '"')
    signature = re.sub(r"-> keras\.[\w.]+\.Model$", "-> keras.Model", signature)
    lines = [f"`{network.name}{signature}`", "", "`opt` is an optimizer or its name, as for `Model.compile`."]
    lines += [f"`{option}`: {catalog.OPTIONS[option]}" for option in network.options]
    return "\n\n".join(line for line in lines if line)


def weights(network: Network) -> str:
    """The published weights."""
    rows = [row for row in SETS if row.network == network.name]
    if not rows and network.name in LAYOUTS:
        return (
            "## Published weights\n\nNone are listed: published files state no digest or pad maps otherwise. "
            f'A file that you have is loaded from its path: `create("{network.name}", weights="FILE")`. '
            "See [Start from published weights](../how-to/load-weights.md)."
        )
    if not rows:
        return "## Published weights\n\nNone are known for this network as the paper has it."
    first = rows[0]
    call = ", ".join([f'"{network.name}"', f'weights="{first.source}"', *given(first)])
    table = [
        "| source | options | MB | licence | top-1 | top-5 | preprocessing |",
        "|---|---|---:|---|---:|---:|---|",
        *map(weights_row, rows),
    ]
    return "\n".join(
        [
            "## Published weights",
            "",
            f"```python\nimport keras_cnns\n\ntrained = keras_cnns.create({call})\n```",
            "",
            *table,
            "",
            "See [Start from published weights](../how-to/load-weights.md).",
        ]
    )


def weights_row(row: WeightSet) -> str:
    """One set of weights."""
    source = f'[`{row.source}`]({row.file.url} "{row.file.name}")'
    settings = ", ".join(f"`{setting}`" for setting in given(row))
    cells = [source, settings, f"{row.file.size / 1e6:.0f}", row.licence]
    cells += [percent(row.top1), percent(row.top5), summary(row.preprocessing)]
    return f"| {' | '.join(cells)} |"


def given(row: WeightSet) -> list[str]:
    """The options of the network that was trained, as arguments."""
    return [f"{name}={value!r}" for name, value in row.options.items()]


def decided(network: Network) -> str:
    """The paragraph of the file's docstring on what had to be decided."""
    paragraph = choices(network.file).removeprefix("Choices: ")
    text = f"## Choices\n\n{crossed(paragraph[0].upper() + paragraph[1:])}"
    if f"{{ #{network.module} }}" in DECISIONS.read_text(encoding="utf-8"):
        text += f"\n\nMore on who says what: [Decisions](../decisions.md#{network.module})."
    return text


def relatives(network: Network) -> str:
    """How to copy the file, and which other networks are in it."""
    command = f"`keras-cnns copy {network.name}` writes `{network.file.name}`, which needs only Keras"
    others = [row for row in catalog.NETWORKS if row.module == network.module and row is not network]
    if not others:
        return f"## Copy the file\n\n{command}."
    links = ", ".join(f"[{row.title}]({row.name}.md)" for row in others)
    return f"## Copy the file\n\n{command}; it also has {links}."


def cite(network: Network) -> str:
    """The paper in BibTeX."""
    return f"## Cite\n\n```bibtex\n{bibtex(network.paper)}\n```"


def crossed(text: str) -> str:
    """Write 3x3 as 3×3, but not inside a name such as stride_in_3x3."""
    return re.sub(r"(?<![\w])\d+(?:x\d+)+", lambda size: size[0].replace("x", "×"), text)


def quoted(text: str) -> str:
    """A string as YAML takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
