"""The page with all networks, in the order of publication."""

from collections.abc import Sequence

from network_pages import Portrait

from keras_cnns.catalog.text import surnames
from keras_cnns.network_costs import CostComparison
from keras_cnns.tables import axes_text, count_text

INTRODUCTION = """\
---
hide: [toc]
---

# Networks

{count} networks of {papers} papers, in the order of publication. Parameters are the trainable ones,
multiply-adds (MACs) those of convolution and dense kernels for one image, both at the paper's input
and number of classes; depth is the number of weighted layers on the longest path, the field how
many pixels a unit of the last map looks at. Accuracies are top-1 on ImageNet's validation images
for one central crop, as published: each network's page says by whom.
"""


def page(portraits: Sequence[Portrait]) -> str:
    """Return the Markdown of `networks/index.md`; the chart is beside it as costs.svg."""
    papers = {portrait.network.paper for portrait in portraits}
    lines = [
        INTRODUCTION.format(count=len(portraits), papers=len(papers)),
        "| network | paper | input | parameters | MACs | depth | field | top-1 |",
        "|---|---|---|---:|---:|---:|---:|---:|",
        *map(row, portraits),
        "",
        "## What they cost",
        "",
        "[![Bars for parameters, multiply-adds, memory and accuracy of each network](costs.svg)]"
        '(costs.svg "Full size"){ .picture }',
    ]
    return "\n".join(lines) + "\n"


def row(portrait: Portrait) -> str:
    """A network's line."""
    network, costs = portrait.network, portrait.costs
    cells = [
        f"[{network.title}]({network.name}.md)",
        f"[{surnames(network.paper)}, {network.paper.year}]({network.paper.url})",
        "×".join(map(str, network.in_shape)),
        count_text(network.trainable),
        count_text(network.macs),
        str(costs.depth),
        axes_text(costs.receptive_field),
        "" if network.top1 is None else f"{network.top1:.1f} %",
    ]
    return f"| {' | '.join(cells)} |"


def chart(portraits: Sequence[Portrait]) -> str:
    """What the networks cost, as an `<svg>` element."""
    return CostComparison(tuple(portrait.costs for portrait in portraits), batch_size=1).svg()
