"""Bitmaps say how large they are on paper, as another library reads it."""

import io
import zlib

import pytest
from PIL import Image
from test_graphviz import SCENE, engine  # noqa: F401

from keras_cnns.diagram.draw.scene import Scene
from keras_cnns.diagram.output.density import with_density
from keras_cnns.diagram.output.graphviz_engines import render
from keras_cnns.diagram.output.pydot_graph import to_dot


def bitmap(kind, **options):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, kind, **options)
    return data.getvalue()


def read(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.size, image.convert("RGB").tobytes(), image.info.get("dpi")


@pytest.mark.parametrize("kind", ["png", "jpg", "jpeg"])
@pytest.mark.parametrize("dpi", [96, 200])
def test_a_picture_is_as_large_on_paper_as_its_scene(engine, tmp_path, kind, dpi):  # noqa: F811
    render(to_dot(SCENE), tmp_path / f"a.{kind}", dpi)
    size, _, density = read((tmp_path / f"a.{kind}").read_bytes())
    assert density == pytest.approx((dpi, dpi), abs=0.02)
    inches = [pixels / per_inch for pixels, per_inch in zip(size, density)]
    # Graphviz 2 rounds to whole points.
    assert inches == pytest.approx([SCENE.width / 96, SCENE.height / 96], abs=1.5 / 72)


def test_density_of_a_bitmap_at_a_lower_resolution(tmp_path):
    with pytest.warns(UserWarning, match="drawn at 78 dpi"):
        render(to_dot(Scene("", 40_000, 4, ())), tmp_path / "a.png", dpi=200)
    assert read((tmp_path / "a.png").read_bytes())[2] == pytest.approx((78, 78), abs=0.02)


@pytest.mark.parametrize("kind", ["png", "jpeg"])
@pytest.mark.parametrize("options", [{}, {"dpi": (300, 150)}], ids=["none before", "another before"])
def test_pixels_stay(kind, options):
    before = bitmap(kind, **options)
    after = with_density(before, 200)
    assert read(after)[:2] == read(before)[:2]
    assert read(after)[2] == pytest.approx((200, 200), abs=0.02)
    assert with_density(after, 200) == after


def test_png_has_it_once_before_the_pixels_with_its_checksum():
    png = with_density(bitmap("png", dpi=(300, 300)), 200)
    at = png.index(b"pHYs")
    assert png.count(b"pHYs") == 1 and at < png.index(b"IDAT")
    assert png[at + 4 : at + 13] == (7874).to_bytes(4, "big") * 2 + b"\1"
    assert int.from_bytes(png[at + 13 : at + 17], "big") == zlib.crc32(png[at : at + 13])


def test_jpeg_without_a_head():
    """Such as one that begins with what a camera says."""
    exif = Image.Exif()
    exif[0x010E] = "words"
    whole = bitmap("jpeg", exif=exif)
    headless = whole[:2] + whole[whole.index(b"\xff\xe1") :]
    after = with_density(headless, 200)
    with Image.open(io.BytesIO(after)) as image:
        image.load()
        assert image.info["dpi"] == (200, 200) and image.getexif()[0x010E] == "words"


def test_other_bytes_are_let_alone():
    assert with_density(b"<svg/>", 200) == b"<svg/>"
