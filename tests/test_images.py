"""The one reader of images: what it reads looks as it should; what it refuses is named and does no harm."""

import io
import os
import re
import socket
import struct
import subprocess
import warnings
import zlib
from collections import Counter

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image, ImageFile

from keras_cnns import images
from keras_cnns.cli import predict
from keras_cnns.training import pixels

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (12, 17, 3), dtype="uint8")
GREY = COLOURS[..., 0]
OPACITY = RANDOM.choice(np.array([0, 1, 100, 254, 255], "uint8"), GREY.shape)
DEEP = RANDOM.integers(0, 65536, GREY.shape, dtype="uint16")


def luma(colours):
    """ITU-R 601."""
    return np.round(colours @ [0.299, 0.587, 0.114])


def on_white(colours, opacity):
    share = opacity[..., None] / 255
    return np.round(colours * share + 255 * (1 - share))


def threefold(grey):
    return np.repeat(np.asarray(grey)[..., None], 3, axis=2)


def decoded(image, kind, **options):
    """What Pillow makes of the image after a lossy format."""
    stored = io.BytesIO()
    image.save(stored, kind, **options)
    return np.asarray(Image.open(stored)).astype(float)


def palette():
    """An image of 8 colours, their numbers, and the colours."""
    numbers, table = GREY % 8, RANDOM.integers(0, 256, (8, 3), dtype="uint8")
    image = Image.fromarray(numbers)
    image.putpalette(table.tobytes())
    return image, numbers, table.astype(float)


def ways():
    """Images in the ways that they come: a name, the image, how it is saved, and what is seen in colours."""
    indexed, numbers, table = palette()
    seen = table[numbers]
    opacities = np.array([0, 255, 128, 255, 7, 255, 255, 255])
    plain, grey = Image.fromarray(COLOURS), Image.fromarray(GREY)
    ink = decoded(plain.convert("CMYK"), "JPEG", quality=95)
    paper = (255 - ink[..., :3]) * (255 - ink[..., 3:]) / 255
    see_through = Image.merge("RGBA", [*plain.split(), Image.fromarray(OPACITY)])
    clear_grey, clear_colour, clear_deep = GREY[0, 0], COLOURS[0, 0], DEEP[0, 0]
    one_clear = np.where(clear_grey == GREY, 255, GREY)
    same = (clear_colour == COLOURS).all(axis=-1)
    deep_clear = np.where(clear_deep == DEEP, 255, DEEP / 257)
    yield "rgb.png", plain, {}, COLOURS
    yield "rgb.bmp", plain, {}, COLOURS
    yield "rgb.webp", plain, {"lossless": True}, COLOURS
    yield "rgb.jpg", plain, {}, decoded(plain, "JPEG")
    yield "grey.png", grey, {}, threefold(GREY)
    yield "grey.jpg", grey, {}, threefold(decoded(grey, "JPEG"))
    yield "one_bit.png", Image.fromarray(GREY > 99), {}, threefold(255 * (GREY > 99))
    yield "one_bit.bmp", Image.fromarray(GREY > 99), {}, threefold(255 * (GREY > 99))
    yield "deep.png", Image.fromarray(DEEP), {}, threefold(np.round(DEEP / 257))
    yield "deep_clear.png", Image.fromarray(DEEP), {"transparency": int(clear_deep)}, threefold(deep_clear)
    yield "cmyk.jpg", plain.convert("CMYK"), {"quality": 95}, paper
    yield "palette.png", indexed, {}, seen
    yield "palette.gif", indexed, {}, seen
    yield "palette_clear.gif", indexed, {"transparency": 3}, np.where(numbers[..., None] == 3, 255, seen)
    yield (
        "palette_alpha.png",
        indexed,
        {"transparency": bytes(opacities.tolist())},
        on_white(seen, opacities[numbers]),
    )
    yield "alpha.png", see_through, {}, on_white(COLOURS, OPACITY)
    yield "alpha.webp", see_through, {"lossless": True, "exact": True}, on_white(COLOURS, OPACITY)
    yield (
        "grey_alpha.png",
        Image.merge("LA", [grey, Image.fromarray(OPACITY)]),
        {},
        on_white(threefold(GREY), OPACITY),
    )
    yield "grey_clear.png", grey, {"transparency": int(clear_grey)}, threefold(one_clear)
    clear = {"transparency": tuple(clear_colour.tolist())}
    yield "colour_clear.png", plain, clear, np.where(same[..., None], 255, COLOURS)
    moving = {"save_all": True, "append_images": [Image.new("RGB", plain.size)]}
    yield "moving.png", plain, moving, COLOURS
    yield "moving.webp", plain, {**moving, "lossless": True}, COLOURS


def test_both_commands_see_what_a_viewer_shows(tmp_path):
    """Rounding apart: one level where opacity or ink is multiplied, or colours become grey."""
    for name, image, options, expected in ways():
        image.save(tmp_path / name, **options)
        seen = predict.read(tmp_path / name)
        assert (seen.shape, seen.dtype) == ((12, 17, 3), np.uint8), name
        loose = "alpha" in name or "cmyk" in name or "deep_clear" in name
        assert abs(seen - np.asarray(expected, float)).max() <= loose, name
        assert np.array_equal(np.round(pixels(tmp_path / name, (12, 17, 3)) * 255), seen), name
        grey = images.read(tmp_path / name, channels=1)
        assert grey.shape == (12, 17, 1)
        assert abs(grey[..., 0] - luma(seen)).max() <= 1, name
        assert np.array_equal(np.round(pixels(tmp_path / name, (12, 17, 1)) * 255), grey), name


# By the EXIF standard: the sides of the scene that the first row and the first column show.
FIRST_ROW_AND_COLUMN = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def as_stored(scene, orientation):
    """The pixels of an upright scene as a camera stores them that notes this orientation."""
    row_side, column_side = FIRST_ROW_AND_COLUMN[orientation]
    height, width = scene.shape[:2]
    lying = row_side in ("left", "right")
    stored = np.empty((width, height, 3) if lying else (height, width, 3), "uint8")
    for row in range(stored.shape[0]):
        for column in range(stored.shape[1]):
            down, across = (column, row) if lying else (row, column)
            if "bottom" in (row_side, column_side):
                down = height - 1 - down
            if "right" in (row_side, column_side):
                across = width - 1 - across
            stored[row, column] = scene[down, across]
    return stored


@pytest.mark.parametrize("suffix", ["png", "webp", "jpg"])
def test_upright(tmp_path, suffix):
    scene = (np.mgrid[:16, :24].transpose(1, 2, 0) * 10).astype("uint8")
    scene = np.concatenate([scene, 0 * scene[..., :1]], axis=-1)
    path, options = tmp_path / f"a.{suffix}", {"lossless": True} if suffix == "webp" else {}
    if suffix == "jpg":
        options = {"quality": 100, "subsampling": 0}
    for orientation in FIRST_ROW_AND_COLUMN:
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(as_stored(scene, orientation)).save(path, exif=exif, **options)
        seen = predict.read(path)
        assert abs(seen.astype(int) - scene).max() <= (4 if suffix == "jpg" else 0), orientation
        assert np.array_equal(np.round(pixels(path, (16, 24, 3)) * 255), seen), orientation


@pytest.mark.filterwarnings("ignore")
def test_an_orientation_that_cannot_be_read_counts_as_upright(tmp_path):
    for exif in (b"II*\0\xff\xff\xff\xff", b"nonsense", b""):
        Image.fromarray(COLOURS).save(tmp_path / "a.png", exif=b"Exif\0\0" + exif)
        assert np.array_equal(images.read(tmp_path / "a.png"), COLOURS)


def test_16_bit_grey_keeps_its_scale(tmp_path):
    Image.fromarray(np.arange(65536, dtype="uint16").reshape(256, 256)).save(tmp_path / "ramp.png")
    for ramp in (predict.read(tmp_path / "ramp.png") / 255, pixels(tmp_path / "ramp.png", (256, 256, 1))):
        assert (ramp.min(), ramp.max()) == (0, 1)
        assert ramp.mean() == pytest.approx(0.5, abs=1e-4)


def test_a_smaller_image_is_nearly_that_of_the_whole(tmp_path):
    """A JPEG of 640 pixels is decoded at an eighth for 32; the difference is a few of 255 levels."""
    scene = np.asarray(Image.fromarray(RANDOM.integers(0, 256, (15, 20, 3), "uint8")).resize((640, 480)))
    Image.fromarray(scene).save(tmp_path / "a.jpg", quality=95)
    assert images.picture(tmp_path / "a.jpg").size == (640, 480)
    assert images.picture(tmp_path / "a.jpg", at_least=60).size == (80, 60)
    assert images.picture(tmp_path / "a.jpg", at_least=61).size == (160, 120)
    whole = np.asarray(Image.open(tmp_path / "a.jpg").resize((32, 24)), float)
    assert abs(pixels(tmp_path / "a.jpg", (24, 32, 3)) * 255 - whole).max() < 8


def refusal(path, channels=3):
    """The reason why a file is not read, after its name in one printable line."""
    with pytest.raises(ValueError) as error:
        images.read(path, channels)
    message = str(error.value)
    assert message.isprintable()
    name, _, why = message.partition(f"{path.name}: ")
    assert name == f"{path.parent}/"
    return why


@pytest.fixture
def no_process(monkeypatch):
    """Fails where a program is started."""

    def started(*args, **_):
        raise AssertionError(f"a process was started: {args}")

    for place, names in ((subprocess, ["Popen"]), (os, ["system", "fork", "posix_spawn", "posix_spawnp"])):
        for name in names:
            monkeypatch.setattr(place, name, started)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", "gs")  # as if Ghostscript were there


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n{} loop\n"
OTHERS = {
    "postscript": POSTSCRIPT,
    "pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n",
    "photoshop": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 2, 2, 8, 3) + bytes(14),
    "fits": b"SIMPLE  =                    T".ljust(80) + b"END".ljust(2800),
    "metafile": struct.pack("<IHhhhhHIH", 0x9AC6CDD7, 0, 0, 0, 9, 9, 72, 0, 0).ljust(60, b"\0"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "html": b"<html><script>alert(1)</script></html>",
    "zip": b"PK\3\4" + bytes(40),
    "text": b"this is no image",
    "zeros": bytes(1000),
}


def test_postscript_would_start_a_program(no_process):
    """What the next test rules out does happen with Pillow's own choice of formats."""
    with pytest.raises(AssertionError, match="a process was started.*gs"):
        Image.open(io.BytesIO(POSTSCRIPT)).load()


def test_other_contents_are_refused_whatever_their_name(tmp_path, no_process):
    for name, content in OTHERS.items():
        (tmp_path / "cat.jpg").write_bytes(content)
        assert "not a BMP, GIF, JPEG, PNG or WebP image" in refusal(tmp_path / "cat.jpg"), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pillow_s_other_formats_are_refused_whatever_their_name(tmp_path, no_process):
    Image.init()
    refused = set()
    for kind in set(Image.SAVE) - {"BMP", "GIF", "JPEG", "PNG", "WEBP", "MPO"}:
        for mode in ("RGB", "L", "1", "F", "I"):
            stored = io.BytesIO()
            try:
                Image.new(mode, (16, 16)).save(stored, kind)
            except Exception:  # a format that has no such images, or is not built in
                continue
            (tmp_path / "cat.jpg").write_bytes(stored.getvalue())
            assert "not a BMP, GIF, JPEG, PNG or WebP image" in refusal(tmp_path / "cat.jpg")
            refused.add(kind)
    assert {"DIB", "EPS", "ICNS", "PPM", "TIFF", "TGA"} <= refused


def test_pictures_of_phones_with_two_images_are_jpeg(tmp_path):
    plain = Image.fromarray(COLOURS)
    plain.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", plain.size)])
    assert abs(images.read(tmp_path / "a.jpg") - decoded(plain, "JPEG")).max() == 0


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_only_regular_files_are_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle.png").symlink_to(tmp_path / "circle.png")
    (tmp_path / "endless.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        listening.bind("socket.png")
        (tmp_path / "link.png").symlink_to(tmp_path / "whole.png")
        Image.fromarray(COLOURS).save(tmp_path / "whole.png")
        opened = []
        monkeypatch.setattr(
            os, "open", lambda path, *_, really=os.open: opened.append(path) or really(path, *_)
        )
        reasons = {path.name: refusal(path) for path in tmp_path.iterdir() if path.name[0] not in "wl"}
        assert reasons.pop("circle.png")
        assert reasons == {
            "pipe.png": "this is a named pipe, not a file",
            "folder.png": "this is a folder, not a file",
            "nowhere.png": "there is no such file",
            "endless.png": "this is a device, not a file",
            "socket.png": "this is a socket, not a file",
        }
        assert opened == []
        assert images.listed(tmp_path)[0] == [tmp_path / "link.png", tmp_path / "whole.png"]
        assert images.listed(tmp_path)[1] == {"folders": 1, "not regular files": 5}
        assert np.array_equal(images.read(tmp_path / "link.png"), COLOURS)


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_file_that_becomes_a_pipe_before_it_is_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    checked = iter([True, False])
    check = images.check_file
    monkeypatch.setattr(images, "check_file", lambda status: next(checked) or check(status))
    assert refusal(tmp_path / "pipe.png") == "this is a named pipe, not a file"


def test_what_is_listed(tmp_path):
    for name in (
        "b.PNG",
        "a.JpEg",
        "._a.jpg",
        ".hidden.png",
        "c.tiff",
        "d.HEIC",
        "e.heic",
        "notes",
        "x.a\nb",
    ):
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    files, left_out = images.listed(tmp_path)
    assert [path.name for path in files] == ["a.JpEg", "b.PNG"]
    assert left_out == {".heic": 2, ".tiff": 1, "without suffix": 1, ".a b": 1, "folders": 1}
    line = images.left_out_text(left_out)
    assert line.startswith("left out: .heic (2), ")
    assert line.isprintable()
    many = Counter({f".{letter}": 1 for letter in "abcdefghij"})
    assert images.left_out_text(many) == (
        "left out: .a (1), .b (1), .c (1), .d (1), .e (1), .f (1), others (4); "
        "what is read ends in .bmp .gif .jpeg .jpg .png .webp"
    )


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, *chunks):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *chunks, chunk(b"IEND", b"")])


def test_bombs_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    """Too many pixels, a text that unpacks to more than it may, a file of more bytes than are read."""
    rows = chunk(b"IDAT", zlib.compress(bytes(100)))
    (tmp_path / "large.png").write_bytes(png(13_000, 13_000, rows))
    (tmp_path / "huge.png").write_bytes(png(2**31 - 1, 2**31 - 1, rows))
    (tmp_path / "text.png").write_bytes(
        png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**21))), rows)
    )
    (tmp_path / "bytes.png").touch()
    os.truncate(tmp_path / "bytes.png", images.MOST_BYTES + 1)
    decoded = []
    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded.append)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (
            refusal(tmp_path / "large.png")
            == "13,000 × 13,000 pixels are more than the 89,478,485 that are read"
        )
    assert "more pixels" in refusal(tmp_path / "huge.png")
    assert "Decompressed data too large" in refusal(tmp_path / "text.png")
    assert refusal(tmp_path / "bytes.png") == "357,913,941 bytes are more than the 357,913,940 that are read"
    assert decoded == []


def test_no_more_is_read_of_a_file_that_grows(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(bytes(5000))
    monkeypatch.setattr(images, "MOST_BYTES", 1000)
    monkeypatch.setattr(images, "check_file", lambda status: None)
    assert refusal(tmp_path / "a.png") == "it has more than 1,000 bytes"


def test_a_jpeg_of_many_scans_is_refused(tmp_path, monkeypatch):
    """Each scan of a few bytes makes the decoder pass over all pixels."""
    stored = io.BytesIO()
    Image.new("L", (64, 64)).save(stored, "JPEG", progressive=True)
    plain = stored.getvalue()
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    scans = plain.count(b"\xff\xda")
    path = tmp_path / "a.jpg"
    path.write_bytes(
        plain[:-2] + scan * (100 - scans) + plain[-2:] + scan * 500
    )  # what follows the end is not read
    assert images.read(path).shape == (64, 64, 3)
    path.write_bytes(plain[:-2] + scan * (101 - scans) + plain[-2:])
    assert refusal(path) == "a JPEG of more than 100 scans is not read"


def test_pixels_of_another_kind_are_refused_by_name(tmp_path, monkeypatch):
    """The five formats have none; floats and 32-bit integers would be clipped to black and white."""
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    for mode in ("F", "I;32", "LAB", "HSV"):
        with monkeypatch.context() as change:
            change.setattr(Image.Image, "mode", mode)
            assert (
                refusal(tmp_path / "a.png")
                == f"pixels of the kind {mode} are not read; 8-bit grey and RGB are"
            )
    for array in (np.zeros((8, 8), "float32"), np.zeros((8, 8), "int32"), np.zeros((8, 8, 4), "uint8")):
        with pytest.raises(ValueError, match=f"must be a file or 8-bit grey.*got {array.dtype}"):
            pixels(array, (8, 8, 1))


def test_whatever_a_decoder_raises(tmp_path, monkeypatch):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    for error in (RuntimeError("a\nb\x1b[2J"), MemoryError(), SyntaxError("x"), KeyError("y" * 999)):

        def broken(*_, error=error, **__):
            raise error

        monkeypatch.setattr(ImageFile.ImageFile, "load", broken)
        assert 1 <= len(refusal(tmp_path / "a.png")) <= 200


def test_ctrl_c_gets_through(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image, "open", interrupted)
    (tmp_path / "a.png").write_text("a")
    with pytest.raises(KeyboardInterrupt):
        images.read(tmp_path / "a.png")


def stored_images():
    """Small files of each format, some with metadata."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    indexed, _, _ = palette()
    noted = {"exif": exif, "icc_profile": b"profile", "xmp": b"<x/>"}
    for image, kind, options in (
        (Image.fromarray(COLOURS), "BMP", {}),
        (indexed, "BMP", {}),
        (indexed, "GIF", {"transparency": 3, "comment": "a comment"}),
        (Image.fromarray(COLOURS), "JPEG", {"exif": exif, "icc_profile": b"profile", "comment": "a"}),
        (Image.fromarray(COLOURS), "JPEG", {"progressive": True}),
        (indexed, "PNG", {"transparency": bytes(8), "exif": exif}),
        (Image.fromarray(DEEP), "PNG", {}),
        (Image.fromarray(COLOURS), "WEBP", noted),
        (Image.fromarray(COLOURS), "WEBP", {"lossless": True}),
    ):
        stored = io.BytesIO()
        image.save(stored, kind, **options)
        yield stored.getvalue()


@pytest.mark.filterwarnings("ignore")  # Pillow's remarks on what it can read all the same
def test_damaged_files_are_named_or_read(tmp_path):
    """45 flips of one to twenty bytes of each of nine files: pixels, or a ValueError with the name."""
    random, path = np.random.default_rng(7), tmp_path / "a damaged\nfile.jpg"
    line = re.compile(re.escape(str(tmp_path)) + "/a damaged.{1,4}file.jpg: .+")
    read = refused = 0
    for content in stored_images():
        for _ in range(45):
            flipped = np.frombuffer(content, "uint8").copy()
            places = random.integers(0, len(flipped), random.integers(1, 21))
            flipped[places] ^= random.integers(1, 256, len(places), dtype="uint8")
            path.write_bytes(flipped.tobytes())
            try:
                assert images.read(path).dtype == np.uint8
                read += 1
            except ValueError as error:
                assert line.fullmatch(str(error)) and str(error).isprintable()
                refused += 1
    assert read > 50 and refused > 150, (read, refused)


def test_files_that_break_off_are_refused(tmp_path):
    for number, content in enumerate(stored_images()):
        for length in (0, 1, 10, len(content) // 2, len(content) * 3 // 4):
            path = tmp_path / f"{number}.{length}.png"
            path.write_bytes(content[:length])
            assert refusal(path), (number, length)
            assert images.problem(path)
