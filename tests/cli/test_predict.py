"""From a photograph to the name of what is in it: labels, `keras-cnns weights` and `keras-cnns predict`."""

import csv
import hashlib
import importlib.util
import io
import json
import sys

import keras
import numpy as np
import pytest
from PIL import Image
from support import web as pages

import keras_cnns
from keras_cnns.cli import main, predict
from keras_cnns.weights import published
from keras_cnns.weights.download.files import File
from keras_cnns.weights.imagenet_classes import decode, imagenet_classes
from keras_cnns.weights.preprocessing import Preprocessing, apply

TENCH, CAT, TISSUE = 0, 285, 999


def test_the_classes_are_imagenet_s():
    classes = imagenet_classes()
    wnids, labels = zip(*classes)
    assert len(classes) == len(set(labels)) == 1000
    assert list(wnids) == sorted(set(wnids))
    assert classes[TENCH] == ("n01440764", "tench")
    assert classes[1] == ("n01443537", "goldfish")
    assert classes[CAT] == ("n02124075", "Egyptian cat")
    assert classes[TISSUE] == ("n15075141", "toilet tissue")
    assert [labels[i] for i in (134, 517, 638, 639)] == [
        "crane (bird)",
        "crane (machine)",
        "maillot",
        "tank suit",
    ]
    assert all(label == label.strip() != "" for label in labels)


@pytest.mark.peers
def test_torchvision_and_timm_have_the_same_classes_in_the_same_order():
    from support.torch_peers import import_torchvision, timm

    import_torchvision()
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    wnids, labels = zip(*imagenet_classes())
    assert list(wnids) == timm.data.ImageNetInfo().label_names()
    differ = [i for i, theirs in enumerate(_IMAGENET_CATEGORIES) if labels[i] != theirs]
    assert differ == [134, 517, 639]


def likely(*pairs):
    """Probabilities of one image: those given, the rest spread over the others."""
    row = np.zeros(1000)
    for number, probability in pairs:
        row[number] = probability
    return row + (1 - row.sum()) / 1000


def test_decode():
    rows = np.stack([likely((CAT, 0.6), (TENCH, 0.3)), likely((TISSUE, 0.9))])
    first, second = decode(rows, top=2)
    assert [(p.wnid, p.label) for p in first] == [("n02124075", "Egyptian cat"), ("n01440764", "tench")]
    assert first[0].probability == pytest.approx(0.6, abs=1e-3)
    assert second[0].label == "toilet tissue"
    assert decode(rows[0], top=2) == [first]
    assert decode(keras.ops.convert_to_tensor(rows.astype("float32")), top=2)[0] == first
    assert [len(best) for best in decode(rows)] == [5, 5]
    assert len(decode(rows, top=2000)[0]) == 1000


def test_decode_with_classes_of_one_s_own():
    (best,) = decode([[0.2, 0.7, 0.1]], classes=["cat", "dog", "cow"])
    assert [tuple(p)[:2] for p in best] == [("", "dog"), ("", "cat"), ("", "cow")]


def test_decode_in_half_precision():
    """A thousand rounded probabilities do not sum to 1."""
    logits = keras.ops.cast(keras.random.normal((64, 1000)) * 10, "bfloat16")
    rows = keras.ops.softmax(logits)
    plain = keras.ops.convert_to_numpy(keras.ops.cast(rows, "float32"))
    assert abs(plain.sum(axis=1) - 1).max() > 1e-3
    assert [best[0].probability for best in decode(rows)] == list(plain.max(axis=1))


@pytest.mark.parametrize(
    ("predictions", "arguments", "message"),
    [
        (likely((CAT, 0.5)) * 2, {}, "sum to 2. If they are logits, apply keras.ops.softmax"),
        (np.random.default_rng(1).normal(size=(2, 1000)), {}, "those of image 0 run from -"),
        (np.stack([likely(), np.full(1000, np.nan)]), {}, "those of image 1 run from nan"),
        (
            np.full((2, 10), 0.1),
            {},
            "a column for each of 1000 classes; give the labels .* `classes`; got 10",
        ),
        (np.full((2, 10), 0.1), {"classes": ["cat", "dog"]}, "a column for each of 2 classes; got 10"),
        (likely(), {"top": 0}, "top must be an int, at least 1; got 0"),
        (np.zeros((2, 2, 1000)), {}, r"must have the shape \(images, classes\); got \(2, 2, 1000\)"),
        ([np.zeros((2, 1000))] * 3, {}, "those of one output; got a list of 3"),
    ],
)
def test_decode_refuses(predictions, arguments, message):
    with pytest.raises(ValueError, match=message):
        decode(predictions, **arguments)


def run(monkeypatch, capsys, *words):
    """Run `keras-cnns` with `words`; return its exit status, output and errors."""
    monkeypatch.setattr(sys, "argv", ["keras-cnns", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main.main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return lambda *words: run(monkeypatch, capsys, *words)


def test_weights_lists_every_set_in_eighty_columns(command):
    status, out, _ = command("weights")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert set(out.splitlines()[1]) == {"─"}
    lines = [line.split()[:2] for line in out.splitlines()[2:]]
    assert lines == [[row.network, row.source] for row in published.SETS]


def test_weights_of_a_network(command):
    status, out, _ = command("weights", "resnet50")
    rows = [row for row in published.SETS if row.network == "resnet50"]
    assert status == 0
    for row in rows:
        for fact in (row.source, row.file.url, row.file.digest, row.licence, str(row.top1)):
            assert fact in out
    assert out.count("not downloaded yet") == len(rows)
    rows[0].file.path.parent.mkdir(parents=True)
    rows[0].file.path.touch()
    assert f"here           {rows[0].file.path}\n" in command("weights", "resnet50")[1]


def test_weights_for_programs_and_readmes(command):
    found = json.loads(command("weights", "--format", "json")[1])
    assert [entry["url"] for entry in found] == [row.file.url for row in published.SETS]
    assert Preprocessing(**found[0]["preprocessing"]).size == published.SETS[0].preprocessing.size
    table = command("weights", "vgg16", "--format", "markdown")[1].splitlines()
    assert len({line.count("|") for line in table}) == 1
    assert [line.split("|")[2].strip(" `") for line in table[2:]] == ["keras", "torchvision", "timm"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["weights", "resnet5"], "did you mean resnet50"),
        (["weights", "lenet_5"], "there are no published weights for lenet_5"),
        (["weights", "-o", "weights.xml"], "--output must end in .txt or .csv or .json"),
        (["predict", "resnet5", "a.png"], "did you mean resnet50"),
        (["predict", "lenet_5", "a.png"], "no published weights are known for 'lenet_5'"),
        (["predict", "resnet18", "a.png", "--weights", "keras"], "got 'keras'"),
        (["predict", "resnet18", "a.png", "-o", "a.doc"], "--output must end in .txt or .csv"),
        (["predict", "resnet18", "."], "IMAGE must be images, or folders of .bmp"),
        (["predict", "resnet18", "a.png", "--like", "timm"], "--like goes with a file of weights"),
        (["predict", "resnet18", "a.png", "--weights", "my.weights.h5"], "say with --like SOURCE"),
        (["predict", "vgg16", "a.png", "--weights", "my.weights.h5", "--like", "gluon"], "got 'gluon'"),
    ],
)
def test_what_is_refused_before_the_work_starts(command, tmp_path, words, message):
    (tmp_path / "my.weights.h5").touch()
    status, _, err = command(*words)
    assert status == 1
    assert message in " ".join(err.split())
    assert not (tmp_path / "home").exists()


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """ResNet-18 for small images, with random weights, that sees an Egyptian cat everywhere, and its file."""
    keras.utils.set_random_seed(3)
    model = keras_cnns.create("resnet18", (32, 32, 3))
    classifier, bias = model.get_layer("predictions"), np.zeros(1000)
    bias[CAT] = 10
    classifier.bias.assign(bias)
    classifier.kernel.assign(classifier.kernel * 0.03)  # untrained statistics make large logits
    path = tmp_path_factory.mktemp("weights") / "cats.weights.h5"
    model.save_weights(path)
    return model, path


@pytest.fixture
def photographs(tmp_path):
    """A folder of images in the ways that images come, and what is in each."""
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (30, 40, 3), dtype="uint8").repeat(8, 0).repeat(8, 1)
    picture, folder = Image.fromarray(pixels), tmp_path / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    turned = picture.rotate(90, expand=True)
    turned.save(folder / "upright.png", exif=exif)
    grey = picture.convert("L")
    Image.fromarray(np.asarray(grey).astype("uint16") * 257).save(folder / "deep.png")
    ways = {"rgb.png": picture, "grey.png": grey, "alpha.png": picture.convert("RGBA")}
    ways |= {"palette.gif": picture.convert("P"), "cmyk.jpg": picture.convert("CMYK")}
    for name, way in ways.items():
        way.save(folder / name)
    same = np.asarray(grey.convert("RGB"))
    expected = {name: np.asarray(way.convert("RGB")) for name, way in ways.items()}
    expected |= {"cmyk.jpg": np.asarray(Image.open(folder / "cmyk.jpg").convert("RGB"))}
    return folder, expected | {"upright.png": pixels, "deep.png": same, "grey.png": same}


def test_images_are_read_as_they_look(photographs):
    folder, expected = photographs
    assert {path.name for path in folder.iterdir()} == set(expected)
    for name, pixels in expected.items():
        found = predict.read(folder / name)
        assert found.dtype == "uint8"
        assert (found == pixels).all(), name


@pytest.fixture
def row(network, monkeypatch):
    """A published set whose file is that of the network; its host is nowhere."""
    file = File(
        "cats.weights.h5",
        "https://127.0.0.1:9/cats.weights.h5",
        "md5:" + hashlib.md5(network[1].read_bytes()).hexdigest(),
        network[1].stat().st_size,
    )
    row = published.WeightSet(
        "resnet18", "keras", file, "MIT", 50.0, 75.0, Preprocessing.torch(size=32, resize=36)
    )
    monkeypatch.setattr(published, "SETS", (row,))
    return row


def best_of(network, row, images):
    values = np.concatenate([apply(row.preprocessing, image) for image in images])
    return decode(network[0].predict(values, verbose=0))


def test_predict_downloads_verifies_loads_and_names(command, monkeypatch, network, row, photographs):
    """All of it, from a mirror; the figures are those of the model itself."""
    folder, expected = photographs
    with pages.serve() as web:
        web.site["/cats.weights.h5"] = pages.whole(network[1].read_bytes())
        monkeypatch.setenv("KERAS_CNNS_MIRROR", web.address)
        status, out, err = command("predict", "resnet18", folder, "-f", "json", "--batch-size", 3)
        assert status == 0, err
        monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
        assert command("predict", "resnet18", folder / "rgb.png")[0] == 0
        assert len(web.asked) == 1
    found = json.loads(out)
    assert [entry["file"] for entry in found] == [str(folder / name) for name in sorted(expected)]
    truth = best_of(network, row, [expected[name] for name in sorted(expected)])
    for entry, best in zip(found, truth):
        assert [p["label"] for p in entry["predictions"]] == [p.label for p in best]
        assert entry["predictions"][0]["wnid"] == best[0].wnid
        np.testing.assert_allclose(
            [p["probability"] for p in entry["predictions"]], [p.probability for p in best], rtol=1e-4
        )
    assert {entry["predictions"][0]["label"] for entry in found} == {"Egyptian cat"}


def test_predict_with_a_file(command, network, row, photographs):
    folder, expected = photographs
    words = ["predict", "resnet18", folder / "rgb.png", folder / "grey.png", "--weights", network[1]]
    status, out, _ = command(*words, "--top", 2, "-f", "csv")
    assert status == 0
    lines = list(csv.DictReader(io.StringIO(out)))
    truth = best_of(network, row, [expected["rgb.png"], expected["grey.png"]])
    assert [(line["rank"], line["label"]) for line in lines] == [
        (str(rank), p.label) for best in truth for rank, p in enumerate(best[:2], 1)
    ]
    assert lines[0]["file"] == str(folder / "rgb.png")
    assert float(lines[0]["probability"]) == pytest.approx(truth[0][0].probability, abs=1e-5)
    status, out, _ = command(*words)
    assert status == 0
    assert out.count("Egyptian cat") == 2
    assert len(out.splitlines()) == 2 + 2 * 5  # headings, a rule, five lines for each image


@pytest.mark.long
@pytest.mark.parametrize(
    "many, chosen, engines", [(3, "", [None]), (3, "keras", []), (100, "", []), (100, "frozen", ["frozen"])]
)
def test_an_engine_computes_where_there_are_many(
    command, monkeypatch, network, row, photographs, many, chosen, engines
):
    """The rule counts the images; whatever computes, the classes are the same."""
    folder, expected = photographs
    made = []

    real = keras_cnns.inference

    def inference(model, engine=None):
        made.append(engine)
        return real(model, "frozen")

    monkeypatch.setattr("keras_cnns.engines.inference.inference", inference)
    monkeypatch.setattr(predict, "MANY", many)
    words = ["predict", "resnet18", folder, "--weights", network[1], "-f", "json"]
    status, out, err = command(*words, *(["--engine", chosen] if chosen else []))
    assert status == 0, err
    assert made == engines
    truth = best_of(network, row, [expected[name] for name in sorted(expected)])
    for entry, best in zip(json.loads(out), truth, strict=True):
        assert [p["label"] for p in entry["predictions"]] == [p.label for p in best]


def test_progress_names_the_engine(network):
    compute, words = predict.computed_by(network[0], predict.Engine.frozen, 1, 32)
    assert words.startswith(f"a frozen function of {keras.backend.backend()}")
    assert predict.computed_by(network[0], None, 1, 32)[1] == "Keras"


def test_weights_for_other_classes_are_refused(command, tmp_path, row, photographs):
    """Rather than a classifier of random weights."""
    keras_cnns.create("resnet18", (32, 32, 3), n_classes=10).save_weights(tmp_path / "ten.weights.h5")
    words = ["--weights", "ten.weights.h5", "--like", "keras"]
    status, out, err = command("predict", "resnet18", photographs[0] / "rgb.png", *words)
    assert (status, out) == (1, "")
    assert "ten.weights.h5" in err


def test_unreadable_images_are_told_and_the_others_done(command, network, row, photographs):
    folder, _ = photographs
    (folder / "a text\x1b[2J.png").write_text("not an image")
    whole = (folder / "rgb.png").read_bytes()
    (folder / "half.png").write_bytes(whole[: len(whole) // 2])
    Image.new("1", (9460, 9460)).save(folder / "zz bomb.png")  # of which Pillow would only warn
    (folder / "nowhere.png").symlink_to(folder / "nothing")
    (folder / "photo.heic").touch()
    words = ["--weights", network[1], "-f", "json", "--batch-size", 4]
    status, out, err = command("predict", "resnet18", folder, folder / "none.jpg", *words)
    assert status == 1
    left_out, *errors = err.splitlines()
    kinds = "not regular files (1), .heic (1)"
    assert left_out == f"{folder}: left out: {kinds}; what is read ends in .bmp .gif .jpeg .jpg .png .webp"
    assert [line.split(": ")[1] for line in errors[1:]] == [
        str(folder / name) for name in ("half.png", "zz bomb.png", "none.jpg")
    ]
    assert err.replace("\n", "").isprintable()
    assert "not a BMP, GIF, JPEG, PNG or WebP image" in errors[0]
    assert "9,460 × 9,460 pixels are more than" in errors[2]
    assert "there is no such file" in errors[3]
    assert [entry["file"].rpartition("/")[2] for entry in json.loads(out)] == sorted(photographs[1])


def test_without_pillow(command, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    status, _, err = command("predict", "resnet18", "a.png")
    assert status == 1
    assert 'pip install "keras-cnns[weights]"' in " ".join(err.split())
