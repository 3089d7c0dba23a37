"""Checksums in a `.keras` file: Keras reads it as before, and what is changed afterwards is found."""

import hashlib
import json
import zipfile

import keras
import numpy as np
import pytest

from keras_cnns.keras_files import checksums


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """The members of a file that Keras has written, and its model."""
    path = tmp_path_factory.mktemp("sound") / "model.keras"
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return model, {name: archive.read(name) for name in archive.namelist()}


def archived(folder, parts):
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return folder / "model.keras"


def check(path):
    with zipfile.ZipFile(path) as archive:
        checksums.check(archive)


@pytest.fixture
def marked(contents, tmp_path):
    path = archived(tmp_path, contents[1])
    checksums.add_checksums(path)
    return path


def test_the_file_has_one_member_more(contents, marked):
    parts = contents[1]
    with zipfile.ZipFile(marked) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    sums = json.loads(found.pop("checksums.json"))
    assert found == parts
    digests = {name: hashlib.sha256(parts[name]).hexdigest() for name in ("config.json", "model.weights.h5")}
    assert sums == {"sha256": digests}
    assert [path.name for path in marked.parent.iterdir()] == [marked.name]


def test_keras_reads_it(contents, marked):
    loaded = keras.models.load_model(marked)
    assert all(map(np.array_equal, contents[0].get_weights(), loaded.get_weights()))


def test_not_twice(marked):
    before = marked.read_bytes()
    with pytest.raises(ValueError, match="must be without checksums"):
        checksums.add_checksums(marked)
    check(marked)
    assert marked.read_bytes() == before


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_change_is_found(marked, tmp_path, name):
    check(marked)
    with zipfile.ZipFile(marked) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])
    with pytest.raises(ValueError, match=rf"model\.keras was damaged or changed .*: {name} is not the same"):
        check(archived(tmp_path, parts))


@pytest.mark.parametrize(
    "sums", [b"", b"\xff", b"[]", b"1", b'{"sha256": 1}', b'{"sha256": {}}', b"[" * 9000]
)
def test_checksums_that_cannot_be_read(contents, tmp_path, sums):
    path = archived(tmp_path, contents[1] | {"checksums.json": sums})
    with pytest.raises(ValueError, match=r"checksums\.json cannot be read"):
        check(path)


@pytest.mark.parametrize(
    ("name", "packing"),
    [
        ("config.json", zipfile.ZIP_LZMA),
        ("checksums.json", zipfile.ZIP_BZIP2),
        ("config.json", zipfile.ZIP_DEFLATED),
        ("checksums.json", zipfile.ZIP_DEFLATED),
    ],
)
def test_what_grows_when_it_is_read(marked, tmp_path, name, packing):
    with zipfile.ZipFile(marked) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w") as archive:
        for each, content in parts.items():
            if each == name:
                archive.writestr(each, bytes(2 << 24), packing)
            else:
                archive.writestr(each, content)
    with pytest.raises(
        ValueError, match=rf"bomb\.keras was .*: {name} is packed in another way, or too large"
    ):
        check(tmp_path / "bomb.keras")


def test_a_file_without_checksums_is_accepted(contents, tmp_path):
    check(archived(tmp_path, contents[1]))


def test_what_is_no_model_is_not_changed(tmp_path):
    path = archived(tmp_path, {"metadata.json": b"{}"})
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"it has no config\.json, model\.weights\.h5"):
        checksums.add_checksums(path)
    assert path.read_bytes() == before
