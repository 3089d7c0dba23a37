"""Pictures for print: exactly as wide as asked, nothing outside, text of 8 to 9 points."""

from xml.etree import ElementTree

import numpy as np
import pytest
from keras import Input, Model, Sequential, layers
from PIL import Image
from support.models import residual
from support.scene_reader import differences
from support.sizes import weightless

from keras_cnns.arguments import checked_length
from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Text
from keras_cnns.visualize import plot_model

NETWORKS = ["lenet_5", "resnet50"]


def sides(svg):
    return svg.get("width"), svg.get("height")


@pytest.mark.parametrize(
    "given, pixels, unit",
    [
        ("2.54cm", 96, "cm"),
        (" 25.4 mm", 96, "mm"),
        ("3.5in", 336, "in"),
        ("72pt", 96, "pt"),
        ("600px", 600, "px"),
        ("600", 600, "px"),
        (600, 600, "px"),
        (np.float32(600.5), 600.5, "px"),
    ],
)
def test_lengths(given, pixels, unit):
    assert checked_length("width", given) == (pytest.approx(pixels), unit)


NO_LENGTHS = ["", "cm", "9 miles", "-1cm", "0cm", "1e3cm", "٣cm", 0, -1, float("nan"), float("inf"), True]
NO_LENGTHS += [[9], np.array([9, 9]), 10**400, 1j, "9" * 99 + "cm"]


@pytest.mark.parametrize("given", NO_LENGTHS, ids=range(len(NO_LENGTHS)))
def test_what_is_no_length(given):
    with pytest.raises(
        ValueError, match='^width must be a length such as "8.9cm", in cm, mm, in, pt, px, or'
    ):
        checked_length("width", given)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("rankdir, width", [("LR", "8.9cm"), ("RL", "182mm"), ("TB", "5in"), ("BT", 700)])
def test_all_is_inside_and_text_has_8_to_9_points(name, rankdir, width):
    model = weightless(name)
    scene = plot_model(model, rankdir=rankdir, width=width).scene
    assert scene.width == pytest.approx(checked_length("width", width)[0])
    points = [shape.size * 72 / 96 for shape in scene.shapes if isinstance(shape, Text)]
    assert 8 <= min(points) < max(points) <= 9
    for shape in scene.shapes:
        left, top, right, bottom = bounds(shape)
        assert 0 <= left <= right <= scene.width and 0 <= top <= bottom <= scene.height, shape


@pytest.mark.parametrize("name", NETWORKS)
def test_letters_keep_to_their_boxes_and_one_another(name):
    """Letters that are set larger than they were laid out for."""
    scene = plot_model(weightless(name), width="18cm", show_shapes=True).scene
    texts = [bounds(shape) for shape in scene.shapes if isinstance(shape, Text)]
    for i, one in enumerate(texts):
        for other in texts[:i]:
            apart = one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
            assert apart, (one, other)


def test_the_picture_is_true_in_rows_too():
    model = weightless("resnet50")
    assert len(rows(plot_model(model).scene)) < len(rows(plot_model(model, width="8.9cm").scene))
    assert not differences(model, plot_model(model, width="18cm").scene)


def rows(scene):
    return {round(bounds(shape)[1]) for shape in scene.shapes if getattr(shape, "tooltip", "")}


def test_size_in_an_svg():
    model = weightless("lenet_5")
    picture = plot_model(model, width="8.9cm")
    svg = ElementTree.fromstring(picture.svg())
    width, height = sides(svg)
    assert width == "8.9cm" and height.endswith("cm")
    _, _, across, down = map(float, svg.get("viewBox").split())
    assert across * 2.54 / 96 == pytest.approx(8.9, abs=0.001)
    assert down / across == pytest.approx(float(height.removesuffix("cm")) / 8.9, rel=1e-3)
    assert sides(ElementTree.fromstring(plot_model(model, width=600).svg()))[0] == "600"


@pytest.mark.parametrize("dpi", [100, 300])
def test_size_in_a_bitmap(tmp_path, dpi):
    plot_model(weightless("lenet_5"), tmp_path / "a.png", width="8.9cm", dpi=dpi)
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == pytest.approx(8.9 / 2.54 * dpi, abs=1)
        assert image.width / image.info["dpi"][0] * 2.54 == pytest.approx(8.9, abs=0.03)


def test_too_narrow_says_what_would_do():
    model = Sequential([Input((8, 8, 3)), layers.Conv2D(3, 3, padding="same", name="first")])
    with pytest.raises(ValueError, match=r"^width must be at least ([\d.]+)cm for .*; got 1cm\.$") as raised:
        plot_model(model, width="1cm")
    least = float(str(raised.value).split("least ")[1].split("cm")[0])
    plot_model(model, width=f"{least}cm")
    with pytest.raises(ValueError, match="width must be at least"):
        plot_model(model, width=f"{least - 0.2}cm")


def test_a_panel_that_is_too_wide_is_drawn_from_top_to_bottom():
    x = y = Input((8, 8, 3))
    for _ in range(3):
        y = residual(y)
    model = Model(x, y)
    for width in ("8cm", "25cm"):
        scene = plot_model(model, width=width).scene
        ground = next(shape for shape in scene.shapes if getattr(shape, "stroke", "") is None)
        assert (ground.height > ground.width) == (width == "8cm")


def test_layers_have_no_width():
    with pytest.raises(ValueError, match='width must be None with detail="layers"'):
        plot_model(weightless("lenet_5"), detail="layers", width="9cm")
