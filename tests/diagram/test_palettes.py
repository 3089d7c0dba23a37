"""Colours: text can be read, lines are seen, and kinds are told apart, in print and by all eyes."""

from itertools import combinations
from xml.etree import ElementTree

import pytest
from keras import Input, Model, Sequential, layers
from PIL import Image
from support.models import conv, residual

from keras_cnns.diagram.draw.palettes import BACKGROUNDS, NAMES, palette
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Text
from keras_cnns.visualize import model_to_dot, plot_model

BY_ALL = [(name, background) for name in NAMES for background in BACKGROUNDS]
# What people see who lack one of the three kinds of cones, in linear RGB: Machado, Oliveira and Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), table 1, severity 1.0.
SEEN = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long waves": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no middle waves": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no short waves": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour):
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]


def contrast(one, other):
    """WCAG 2.2, success criterion 1.4.3."""
    dark, light = sorted(
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x))) for x in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """CIE L*a*b* under D65."""
    red, green, blue = (min(1.0, max(0.0, c)) for c in rgb)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def as_seen(colour, matrix):
    return lab([sum(m * c for m, c in zip(row, linear(colour))) for row in matrix])


def distance(one, other, matrix):
    return sum((a - b) ** 2 for a, b in zip(as_seen(one, matrix), as_seen(other, matrix))) ** 0.5


def colourful():
    """A model with all kinds of boxes, several sorts of modules, badges of two sorts, and a merge."""
    x = Input((32, 32, 3))
    y = layers.AveragePooling2D(2)(layers.UpSampling2D()(conv(x)))
    inner = Sequential([layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization()], name="inner")
    y = inner(y)
    for _ in range(3):
        y = residual(y)
    y = layers.Dense(9, activation="relu")(layers.GlobalAveragePooling2D()(y))
    return Model(x, layers.Dense(4, activation="softmax")(y), name="colourful")


def ground_below(scene, x, y):
    """The colour on which a text at (x, y) stands: that of the last filled shape there."""
    colour = scene.ground or "#ffffff"  # a transparent picture is for a light page
    for shape in scene.shapes:
        if isinstance(shape, Rectangle) and shape.fill:
            if shape.x <= x <= shape.x + shape.width and shape.y <= y <= shape.y + shape.height:
                colour = shape.fill
        elif isinstance(shape, Circle) and (x - shape.x) ** 2 + (y - shape.y) ** 2 <= shape.radius**2:
            colour = shape.fill
    return colour


@pytest.fixture(scope="module")
def model():
    return colourful()


@pytest.mark.parametrize("name, background", BY_ALL)
def test_text_is_read_and_lines_are_seen(name, background, model):
    scene = plot_model(model, palette=name, background=background, show_shapes=True).scene
    seen = {type(shape) for shape in scene.shapes}
    assert seen == {Rectangle, Circle, Line, Text}
    for shape in scene.shapes:
        if isinstance(shape, Text):
            below = ground_below(scene, shape.x, shape.y)
            assert contrast(shape.colour, below) >= 4.5, (shape.string, shape.colour, below)
        elif isinstance(shape, Line):
            for x, y in shape.points:
                below = ground_below(scene, x, y)
                # Where a line meets a box, the box lies on it.
                assert below not in grounds(name, background) or contrast(shape.colour, below) >= 3
        elif shape.stroke:
            assert contrast(shape.stroke, scene.ground or "#ffffff") >= 3


def grounds(name, background):
    colours = palette(name, background)
    return {colours.ground or "#ffffff", *colours.panels.values()}


@pytest.mark.parametrize("name, background", BY_ALL)
def test_every_colour_of_a_table(name, background):
    """Of those, too, that no one model has."""
    colours = palette(name, background)
    for fill in (*colours.kinds.values(), *colours.modules.values(), colours.activation, colours.function):
        assert contrast(colours.text_on(fill), fill) >= 4.5
    for ground in grounds(name, background):
        assert contrast(colours.ink, ground) >= 4.5


def boxes(name, background):
    colours = palette(name, background)
    modules = {kind: fill for kind, fill in colours.modules.items() if kind != "projection"}
    assert colours.modules["projection"] == colours.modules["stem"]
    return colours.kinds | modules


@pytest.mark.parametrize("background", ["white", "dark"])
@pytest.mark.parametrize("eyes", SEEN)
def test_kinds_are_told_apart_by_all_eyes(background, eyes):
    for one, other in combinations(boxes("colour-blind", background).items(), 2):
        assert distance(one[1], other[1], SEEN[eyes]) >= 15, (one, other)


def test_the_article_is_not_for_all_eyes():
    """The measure tells: green modules and red convolutions are alike to some, so the palette has a use."""
    fills = boxes("article", "white")
    assert distance(fills["reduction"], fills["module"], SEEN["no long waves"]) < 10


@pytest.mark.parametrize("background", ["white", "dark"])
def test_grey_is_grey_in_steps(background):
    colours = palette("grey", background)
    fills = boxes("grey", background)
    for fill in (*fills.values(), *colours.panels.values(), colours.activation, colours.function):
        assert fill[1:3] == fill[3:5] == fill[5:7]
    for group, least in ((fills, 5.5), (colours.kinds, 11)):
        lightness = sorted(lab(linear(fill))[0] for fill in group.values())
        assert min(b - a for a, b in zip(lightness, lightness[1:])) >= least
    assert abs(lab(linear(colours.activation))[0] - lab(linear(colours.function))[0]) >= 14


@pytest.mark.parametrize(
    "background, ground", [("white", (255,) * 4), ("transparent", None), ("dark", (30, 30, 30, 255))]
)
def test_ground_of_a_bitmap(background, ground, tmp_path, model):
    plot_model(model, tmp_path / "a.png", dpi=48, background=background)
    with Image.open(tmp_path / "a.png") as image:
        corner = image.convert("RGBA").getpixel((2, 2))
    assert corner == ground if ground else corner[3] == 0


def test_ground_of_an_svg(model):
    for background, ground in (("white", "#ffffff"), ("dark", "#1e1e1e"), ("transparent", None)):
        svg = ElementTree.fromstring(plot_model(model, background=background).svg())
        assert (svg[1].get("fill") if svg[1].tag.endswith("rect") else None) == ground


def test_jpeg_is_not_transparent(tmp_path, model):
    for call in (
        lambda path: plot_model(model, path, background="transparent"),
        lambda path: plot_model(model, background="transparent").save(path),
    ):
        with pytest.raises(
            ValueError, match=r"must end in \.png, \.svg or \.pdf for a transparent background"
        ):
            call(tmp_path / "a.JPG")
    assert not list(tmp_path.iterdir())


def test_dot_has_the_colours(model):
    text = model_to_dot(model, background="dark", palette="grey").to_string()
    assert '"#1e1e1e"' in text and '"#f0f0f0"' in text and "#ffffff" not in text and "#000000" not in text


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"background": "black"}, "background must be one of 'white', 'transparent', 'dark'; got 'black'"),
        ({"palette": "gray"}, "palette must be one of 'article', 'grey', 'colour-blind'; got 'gray'"),
        ({"palette": "grey", "detail": "layers"}, "palette must be 'article' with detail=\"layers\""),
        ({"background": "dark", "detail": "layers"}, "background must be 'white' with detail=\"layers\""),
    ],
)
def test_what_is_no_choice(arguments, words, model):
    with pytest.raises(ValueError, match=words):
        plot_model(model, **arguments)
