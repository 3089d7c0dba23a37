"""Pictures of networks: a whole model on one screen, for ours and for any Keras model.

from keras_cnns.visualize import plot_model
plot_model(model, "model.svg")
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from keras_cnns import graph
from keras_cnns.arguments import (
    checked_choice,
    checked_flag,
    checked_int,
    checked_length,
    checked_path,
    shown,
)
from keras_cnns.atomic_write import checked_target, written_whole
from keras_cnns.diagram.draw import palettes
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.look import Look
from keras_cnns.diagram.draw.print_width import Length
from keras_cnns.diagram.draw.styles import STYLES, drawn_in
from keras_cnns.diagram.output import graphviz_engines, notebook
from keras_cnns.diagram.output import outline as text
from keras_cnns.diagram.output.pydot_graph import to_dot
from keras_cnns.diagram.output.scene_file import DPI, PAGES, check_suffix, write_scene
from keras_cnns.diagram.output.svg import to_svg
from keras_cnns.precomputed import Precomputed
from keras_cnns.safe_text import html_text, visible

if TYPE_CHECKING:
    import pydot
    from keras import Model

    from keras_cnns.diagram.draw.scene import Scene
    from keras_cnns.diagram.fold.parts import Folded

PAGE_COLOURS = ("kind", "parameters", "multiply-adds", "memory")
DIRECTIONS = ("LR", "RL", "TB", "BT")
# The shape of an input without the batch, or shapes of several.
InShape = Sequence[int] | Sequence[Sequence[int]] | dict[str, Sequence[int]]


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What a picture was made from, and how."""

    model: Model | Precomputed
    look: Look
    expand_nested: bool
    in_shape: InShape | None


@dataclass(frozen=True, eq=False, repr=False)
class Diagram:
    """A picture of a model, which a notebook shows by itself: as the page of `html`, within the cell.

    Where a viewer runs no scripts, and where the page has more than half a million letters, it shows the
    image. `IPython.display.SVG(picture.svg())` shows only the image anywhere.

    `why_flat` is a sentence if volumes were asked for and the model cannot be drawn so, otherwise empty.
    """

    folded: Folded
    scene: Scene
    why_flat: str = ""
    source: Source | None = None

    def __repr__(self) -> str:
        return f"<Diagram of {self.scene.title}, {self.scene.width:.0f}×{self.scene.height:.0f} pixels>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = self._explored() if notebook.html_is_shown() else None
        inner = shown.html() if shown else self._repr_html_()
        return {"text/html": inner, "image/svg+xml": self._repr_svg_(), "text/plain": repr(self)}

    def _repr_svg_(self) -> str:
        return notebook.fitting(self.svg())

    def _repr_html_(self) -> str:
        return notebook.image(self.svg(), self.scene.title)

    def _explored(self) -> notebook.Explorable | None:
        """The page as a notebook shows it; None if there is none, or it is too large for a notebook."""
        if not self.source or len(self.svg()) > notebook.LARGEST_PICTURE:
            return None
        shown = self.explore(notebook.frame_height(self.scene.width, self.scene.height))
        return shown if len(shown.page) <= notebook.LARGEST_PAGE else None

    def svg(self) -> str:
        """Return the picture as an `<svg>` element, for a page or a file of its own."""
        return to_svg(self.scene)

    def html(self, colour: str = "kind") -> str:
        """Return the picture as a page of its own, in which a reader opens what is folded.

        It is one text that works offline: boxes and repeats open in their place down to single layers, a card
        says what each costs, boxes are coloured by what they cost, layers are found by name. Without scripts
        it shows the picture. It is as wide as the screen, whatever `width` the picture has on paper.
        A ValueError says if the picture is not flat, or was not drawn from a model alone, as that of a
        comparison is not.

        Args:
            colour: by what boxes are coloured at first, "kind", "parameters", "multiply-adds" or "memory".
        """
        checked_choice("colour", colour, PAGE_COLOURS)
        if not self.source:
            raise ValueError(
                "only the flat picture that plot_model draws can be a page; this one has marks or volumes."
            )
        from keras_cnns.explorer import explorable, explored

        source = self.source
        if isinstance(source.model, Precomputed):
            return explored(self.folded, source.model.profile(), source.look, colour)
        return explorable(
            source.model, self.folded, source.look, source.expand_nested, source.in_shape, colour
        )

    def explore(self, height: int = 480) -> notebook.Explorable:
        """Return what a notebook shows as the page of `html`, within the cell and `height` pixels high.

        A notebook does so by itself with a picture, in a height that suits it. Where a viewer runs no scripts
        it is the image. A notebook that is saved with it becomes larger by the page, some 60 to 130 kB.
        """
        height = checked_int("height", height, 100)
        return notebook.Explorable(self.html(), self.svg(), self.scene.title, height)

    def dot(self) -> pydot.Dot:
        """Return the picture as a pydot graph with every shape in its place; needs pydot."""
        return to_dot(self.scene)

    def unopened(self) -> list[str]:
        """Return a line for each layer of your own that is one box: why its `call` cannot be followed."""
        return list(dict.fromkeys(v.why_closed for v in self.folded.vertices if v.why_closed))

    def outline(self) -> str:
        """Return the same as text: the lane, what leaves it, and the modules, one line each."""
        return text.outline(self.folded)

    def save(self, path: str | Path, dpi: int = DPI) -> None:
        """Write the picture; the suffix says how: .svg, with fpdf2 .pdf, with Graphviz .png, .jpg, .dot.

        To edit it there are .drawio, for draw.io, and, with python-pptx, .pptx: boxes with their text,
        connectors that stay at them, a group for each module. For LaTeX there are .tex, a document, and
        .tikz, the picture in it. As .html it is the page that `html` returns.

        `dpi` is the resolution of a bitmap, 96 for one pixel of the picture each; see `plot_model`. The file
        carries it, so a document places the picture at its size. A PDF has its fonts in it. A ValueError says
        what is missing if no engine that is installed can write this format; a file is written whole or not
        at all.
        """
        target = picture_path("path", path, transparent=not self.scene.ground)
        dpi = checked_int("dpi", dpi)
        if target.suffix.lower() not in PAGES:
            write_scene(self.scene, target, dpi)
            return
        page = self.html()
        with written_whole(target) as file:
            file.write_text(page, encoding="utf-8")


@dataclass(frozen=True, eq=False, repr=False)
class LayersDiagram:
    """Keras' own picture of a model, a box for each layer, drawn by Graphviz."""

    graph: pydot.Dot

    def __repr__(self) -> str:
        return f"<LayersDiagram of {len(self.graph.get_nodes())} nodes>"

    def _repr_svg_(self) -> str:
        return notebook.fitting(self.svg())

    def _repr_html_(self) -> str:
        return notebook.image(self.svg(), repr(self))

    def svg(self) -> str:
        """Return the picture as SVG; needs a Graphviz engine."""
        return graphviz_engines.picture(self.graph, "layers.svg").decode()

    def dot(self) -> pydot.Dot:
        """Return the graph, which Graphviz has still to lay out."""
        return self.graph

    def save(self, path: str | Path, dpi: int = DPI) -> None:
        """Write the picture; see `Diagram.save`. All formats but .dot need a Graphviz engine."""
        target, dpi = picture_path("path", path), checked_int("dpi", dpi)
        graphviz_engines.render(self.graph, target, dpi)


def plot_model(
    model: Model | Precomputed,
    to_file: str | Path | None = None,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str | None = None,
    expand_nested: bool = False,
    dpi: int = DPI,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    *,
    detail: str = "compact",
    show_params: bool = False,
    names: dict[str, str] | None = None,
    legend: bool = True,
    background: str = "white",
    palette: str = "article",
    width: str | float | None = None,
    in_shape: InShape | None = None,
    style: str = "flat",
) -> Diagram | LayersDiagram:
    """Draw a model on one screen: a lane of boxes, repeats as ×N, modules explained once below.

    It takes the place of `keras.utils.plot_model`, whose parameters come first. Convolutions carry their
    kernel size, activations and normalizations stand in circles on the corners of what they follow; filters,
    strides, padding, dropout and flattening are left out, as in Raimi Karim's "Illustrated: 10 CNN
    Architectures" (2019).

    Args:
        model: a functional, Sequential or subclassed model; nothing in it is computed or changed. Where it is
            code, the `call` of a subclassed model or of a layer of your own, that is called on symbolic
            tensors; what these cannot go through is drawn as one box.
        to_file: where to write the picture: .svg, .html, .png, .jpg, .pdf or .dot, or to edit it .drawio,
            .pptx, .tex or .tikz; None only returns it.
        show_shapes: write each output's shape, without the batch, under its box; a box that stands for
            several layers has the first and the last.
        show_dtype: write the type of each output.
        show_layer_names: write the layers' names.
        rankdir: where the lane runs, "LR", "RL", "TB" or "BT"; by default LR, and TB with detail="layers".
        expand_nested: draw the layers of a model inside the model in its place; by default it is a module.
        dpi: pixels to the inch in a .png or .jpg; the picture itself has 96. By default 144: text, which is
            printed at 7.5 to 10.5 points, is sharp on screens, also at 150 percent. Print asks for 300.
        show_layer_activations: with detail="layers", name the activations; the compact picture always does.
        show_trainable: write whether weights are trainable or frozen.
        detail: "compact", or "layers" for a box for each layer, as Keras draws it.
        show_params: write the number of parameters; of a box that stands for several, fewest and most.
        names: other names for modules, by those in the picture: {"Inception-A": "35×35 module"}.
        legend: explain colours and badges below.
        background: "white", "transparent" for a light page or slide, or "dark", with light lines and text.
        palette: "article" for the colours of the article's figures, "grey" for printing without colour, or
            "colour-blind" for colours that all kinds of colour vision tell apart.
        width: how wide the picture is on paper, such as "8.9cm" (cm, mm, in, pt, px, or a number of pixels,
            96 to the inch); its lane is broken into rows so that text has 8 to 9 points. By default as wide
            as a screen shows well.
        in_shape: the shape of the input without the batch, for a model that has none yet: one that is
            subclassed, or Sequential, and not built; a list or dict of shapes for several inputs.
        style: "flat", or "volumes" for solids in perspective, as in many papers. Heights and depths grow as
            the square root of a map's sides, widths as that of its channels, the bars of vectors as that of
            their units. In a long network a pooling is a thin slab on the map that it makes smaller.
            Residual blocks are drawn layer by layer with the skip above, other modules as one solid. Of
            layers in two or three groups, and of what these read, a short network has a stack for each
            group. A sequence is a plate whose height stands for its steps; of a video the last two sides are
            drawn. Sides that are not known are drawn as if the input had 224. A network that is not one
            chain, as with several outputs or NASNet's cells, is drawn flat; the legend and `Diagram.why_flat`
            say why.

    Returns:
        The picture, which a notebook shows; see `Diagram`.

    Raises:
        ValueError: if `model` is not functional or not built, an argument is not one of its choices, `names`
            has what the picture has not, a part is wider than `width`, no installed engine can write the
            file, or `to_file` is no place for a file, such as a device.
        OSError: if the file cannot be written; one that was there is unchanged.
        ImportError: if pydot is needed and missing.
    """
    checked_choice("rankdir", rankdir, (None, *DIRECTIONS))
    checked_choice("detail", detail, ("compact", "layers"))
    checked_choice("background", background, palettes.BACKGROUNDS)
    checked_choice("palette", palette, palettes.NAMES)
    checked_choice("style", style, STYLES)
    printed = None if width is None else Length(*checked_length("width", width))
    if detail == "layers":
        _check_for_compact(
            background=(background, "white"),
            palette=(palette, "article"),
            width=(width, None),
            style=(style, "flat"),
        )
    if style == "volumes" and rankdir not in (None, "LR"):
        raise ValueError(f'rankdir must be "LR" with style="volumes"; got {shown(rankdir)}.')
    if style == "volumes" and to_file is not None and checked_path("to_file", to_file).suffix in PAGES:
        raise ValueError(f'style must be "flat" for a page; got {shown(str(to_file))}.')
    dpi = checked_int("dpi", dpi)
    _check_flags(
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        expand_nested=expand_nested,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        show_params=show_params,
        legend=legend,
    )
    names = _checked_names(names)
    transparent = background == "transparent"
    target = None if to_file is None else picture_path("to_file", to_file, transparent)
    if target and detail == "layers":
        graphviz_engines.check(target.name)
    picture: Diagram | LayersDiagram
    if detail == "layers":
        picture = _layers_diagram(
            model,
            in_shape,
            show_shapes=show_shapes,
            show_dtype=show_dtype,
            show_layer_names=show_layer_names,
            rankdir=rankdir or "TB",
            expand_nested=expand_nested,
            show_layer_activations=show_layer_activations,
            show_trainable=show_trainable,
        )
    else:
        folded = _folded(model, expand_nested, names, in_shape)
        options = CaptionOptions(show_shapes, show_params, show_layer_names, show_dtype, show_trainable)
        look = Look(options, rankdir or "LR", legend, palette, background)
        colours = palettes.palette(palette, background)
        scene, why_flat = drawn_in(style, folded, options, look.rankdir, legend, colours, printed)
        source = Source(model, look, expand_nested, in_shape)
        has_volumes = style == "volumes" and not why_flat
        picture = Diagram(folded, scene, why_flat, None if has_volumes else source)
    if target:
        picture.save(target, dpi)
    return picture


def _folded(
    model: Model | Precomputed, expand_nested: bool, names: dict[str, str], in_shape: InShape | None
) -> Folded:
    if isinstance(model, Precomputed):  # it has no models inside
        return model.folded(names)
    from keras_cnns.diagram.fold.fold import fold

    with graph.readable(model, in_shape):
        return fold(model, expand_nested, names)


def _layers_diagram(
    model: Model | Precomputed, in_shape: InShape | None, **options: bool | str
) -> LayersDiagram:
    if isinstance(model, Precomputed):
        raise ValueError('model must be a Keras model with detail="layers", which Keras draws.')
    import keras

    with graph.readable(model, in_shape):
        return LayersDiagram(escaped(keras.utils.model_to_dot(model, **options), model))


def explored_costs(model: Model | Precomputed, in_shape: InShape | None = None) -> str:
    """Return the page of `Diagram.html` for a model, coloured by multiply-adds."""
    return cast(Diagram, plot_model(model, in_shape=in_shape)).html("multiply-adds")


def model_to_dot(
    model: Model | Precomputed,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str | None = None,
    expand_nested: bool = False,
    dpi: int = DPI,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    *,
    detail: str = "compact",
    show_params: bool = False,
    names: dict[str, str] | None = None,
    legend: bool = True,
    background: str = "white",
    palette: str = "article",
    width: str | float | None = None,
    in_shape: InShape | None = None,
    style: str = "flat",
) -> pydot.Dot:
    """Return the picture of a model as a pydot graph.

    In a compact picture every node and edge has its place already: draw it with the engine "nop2", which is
    what the graph asks for. The arguments and errors are those of `plot_model`, without `to_file`; `dpi` is
    checked and has no effect, since it only counts when a file is written.
    """
    picture = plot_model(
        model,
        None,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations,
        show_trainable,
        detail=detail,
        show_params=show_params,
        names=names,
        legend=legend,
        background=background,
        palette=palette,
        width=width,
        in_shape=in_shape,
        style=style,
    )
    return picture.dot()


def outline(
    model: Model,
    expand_nested: bool = False,
    names: dict[str, str] | None = None,
    *,
    in_shape: InShape | None = None,
) -> str:
    """Return the picture of a model as text.

    The first line is the model's name. Then come `lane: …`, `aux: …` for each auxiliary head, and a line for
    each module. Parts in series are joined by →; `[…]×N` is a repeat, `( … | … | – )` are branches, – a
    shortcut. After ` ·` stand a layer's badges (B batch norm, R ReLU, S softmax; those before a hyphen come
    first), and notes. What is "tapped" the next join in the series reads, too; of a repeat each copy. Where
    several joins follow, "tapped by join 1" says which.

    Args:
        model: as for `plot_model`.
        expand_nested: put the layers of a model inside the model in its place.
        names: other names for modules, by those in the picture.
        in_shape: as for `plot_model`.

    Raises:
        ValueError: as `plot_model` does.
    """
    _check_flags(expand_nested=expand_nested)
    names = _checked_names(names)
    return text.outline(_folded(model, expand_nested, names, in_shape))


def picture_path(argument: str, path: str | Path, transparent: bool = False) -> Path:
    """Return the path if a picture can be written there; a ValueError or PermissionError says why not."""
    target = checked_path(argument, path)
    if transparent and target.suffix.lower() in (".jpg", ".jpeg"):
        raise ValueError(
            f"{argument} must end in .png, .svg or .pdf for a transparent background, which a JPEG has not; "
            f"got {shown(str(path))}."
        )
    check_suffix(target, argument)
    checked_target(target, argument)
    return target


def escaped(dot: pydot.Dot, model: Model) -> pydot.Dot:
    """Make the names that Keras has put into its labels text that Graphviz can read and people can see."""
    vertices = (*graph.read(model).vertices, *graph.read(model, expand_nested=True).vertices)
    names = {vertex.name for vertex in vertices} | _names_of_models(model)
    marked = {name for name in names if html_text(name) != name or "\\" in name}
    if not marked:
        return dot
    raw = re.compile("|".join(map(re.escape, sorted(marked, key=len, reverse=True))))
    graphs: list[pydot.Graph] = [dot]
    for part_of in graphs:
        graphs += part_of.get_subgraphs()
        part_of.set_name(visible(part_of.get_name() or ""))
        for part in [part_of, *part_of.get_nodes()]:
            label = raw.sub(lambda found: html_text(visible(found[0])), part.get("label") or "")
            if label:  # a plain one, not HTML, has marks that begin with a backslash
                part.set("label", label if label.startswith("<") else label.replace("\\", "\\\\"))
    return dot


def _names_of_models(model: Model) -> set[str]:
    """The names of a model and of all models in it, at any depth."""
    from keras import Model

    found, waiting = {id(model): model}, [model]
    for each in waiting:
        inside = [layer for layer in each.layers if isinstance(layer, Model) and id(layer) not in found]
        found |= {id(layer): layer for layer in inside}
        waiting += inside
    return {each.name for each in waiting}


def _check_for_compact(**arguments: tuple[object, object]) -> None:
    """Refuse arguments, given with their defaults, that Keras' own picture has not."""
    for argument, (value, default) in arguments.items():
        if value != default:
            raise ValueError(
                f'{argument} must be {default!r} with detail="layers", which Keras draws; got {shown(value)}.'
            )


def _check_flags(**flags: bool) -> None:
    for argument, value in flags.items():
        checked_flag(argument, value)


def _checked_names(names: dict[str, str] | None) -> dict[str, str]:
    if names is None:
        return {}
    if not isinstance(names, dict) or not all(
        isinstance(word, str) for pair in names.items() for word in pair
    ):
        raise ValueError(f'names must be a dict such as {{"Inception-A": "my module"}}; got {shown(names)}.')
    return names
