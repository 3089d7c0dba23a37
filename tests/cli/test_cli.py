"""The command line, as it is typed."""

import inspect
import os
import re
import subprocess
import sys
import zipfile

import keras
import pytest
from support.sizes import rows as rows_of

import keras_cnns
from keras_cnns import visualize
from keras_cnns.catalog import facts
from keras_cnns.cli import draw, main
from keras_cnns.diagram.draw import palettes, styles


def run(monkeypatch, capsys, *words):
    """Run `keras-cnns` with `words`; return its exit status, output and errors."""
    monkeypatch.setattr(sys, "argv", ["keras-cnns", *words])
    with pytest.raises(SystemExit) as stop:
        main.main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(monkeypatch, capsys, *words)


def test_list_shows_every_network_in_eighty_columns(command):
    status, out, _ = command("list")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    for row in facts.NETWORKS:
        line = next(line for line in out.splitlines() if line.split()[:1] == [row.name])
        assert f"{row.trainable:,}" in line
        assert str(row.paper.year) in line
    assert "resnet50 2015 He et al. 224×224×3 25,557,032 3.86 G" in " ".join(out.split())


def test_list_build_counts_for_real(command, monkeypatch):
    rows = {name: facts.find_network(name) for name in ("lenet_5", "nin_cifar")}
    monkeypatch.setattr(facts, "NETWORKS", tuple(rows.values()))
    status, out, _ = command("list", "--build")
    assert status == 0
    assert out.count("✓") == 2
    wrong = facts.Network(**{**vars(rows["lenet_5"]), "trainable": 61_706})
    monkeypatch.setattr(facts, "NETWORKS", (wrong,))
    status, out, _ = command("list", "--build")
    assert status == 1
    assert re.search(r"61,706 .* 60,850 ✗", out)


@pytest.mark.parametrize("row", rows_of(facts.NETWORKS))
def test_show(command, row):
    status, out, _ = command("show", row.name)
    words = " ".join(out.split())
    assert status == 0
    assert f"url = {{{row.paper.url}}}" in out
    for fact in (f"{row.trainable:,}", row.introduced, "Choices: ", "@misc{", row.checked_against):
        assert fact in words
    assert re.search(rf"^{row.name}\nlane: ", out, re.MULTILINE) or row.name == "inception_net"
    assert len(out.splitlines()) <= 60


def test_draw(command, tmp_path):
    assert command("draw", "resnet18")[0] == 0
    text = (tmp_path / "resnet18.svg").read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "identity block" in text and "conv 3×3" in text
    status, _, err = command("draw", "resnet18")
    assert status == 1
    assert "is there already; give --force" in " ".join(err.split())
    plain = (tmp_path / "resnet18.svg").read_bytes()
    assert command("draw", "resnet18", "--force", "--shapes", "--params")[0] == 0
    assert len((tmp_path / "resnet18.svg").read_bytes()) > len(plain)
    assert command("draw", "inception_v3", "-o", "plain.svg")[0] == 0
    assert command("draw", "inception_v3", "--aux", "-o", "aux.svg")[0] == 0
    assert (tmp_path / "aux.svg").read_text().count("softmax") >= 1
    assert (tmp_path / "aux.svg").stat().st_size > (tmp_path / "plain.svg").stat().st_size


def test_draw_several(command, tmp_path):
    names = ["lenet_5", "vgg11", "nin_cifar"]
    assert command("draw", *names)[0] == 0
    assert sorted(path.stem for path in tmp_path.glob("*.svg")) == sorted(names)


def test_draw_several_files(command, tmp_path):
    """Of any kind, in one call; a folder is told what it is."""
    model = keras_cnns.create("lenet_caffe")
    (tmp_path / "a.json").write_text(model.to_json())
    model.save("b.h5")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "saved_model.pb").touch()
    assert command("draw", "a.json", "b.h5", "vgg11")[0] == 0
    assert {path.name for path in tmp_path.glob("*.svg")} == {"a.svg", "b.svg", "vgg11.svg"}
    assert (tmp_path / "a.svg").read_text() == (tmp_path / "b.svg").read_text()
    status, _, err = command("draw", "c", "--force")
    assert status == 1
    assert "c is a SavedModel" in err


def test_draw_a_file(command, tmp_path):
    """The size comes first; our own layers are known; weights are not needed."""
    keras_cnns.create("lenet_5").save(tmp_path / "mine.keras")
    status, out, _ = command("draw", "mine.keras")
    assert status == 0
    assert out.splitlines() == ["mine.keras: 0.3 MB; only the architecture is read.", "mine.svg written."]
    assert "conv 5×5" in (tmp_path / "mine.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resnet5"], "did you mean resnet50"),
        (["vgg11", "resnet5"], "did you mean resnet50"),
        (["vgg11", "vgg13", "-o", "vgg.svg"], "--output is for one network; got 2"),
        (
            ["inception_v3", "vgg11", "--aux"],
            "--aux is for inception_v1, inception_v3, inception_v4; got vgg11",
        ),
        (["no_such.keras"], "must be a network's name or a file; no_such.keras is neither"),
        (["."], "must be a network's name or a file; . is neither"),
        (["vgg16", "--aux"], "--aux is for inception_v1, inception_v3, inception_v4; got vgg16"),
        (["mine.keras", "--aux"], "--aux is for a network's name"),
        (["mine.keras"], "'Mine', whose layers are made by code"),
        (["text.keras"], "must be a .keras file; it is not a valid zip archive"),
        (
            ["vgg16", "-o", "vgg16.gif"],
            ".html or .png or .jpg or .jpeg or .pdf or .dot or .drawio or .pptx or .tex or .tikz; got",
        ),
        (["vgg16", "-o", "no/such/vgg16.svg"], "--output must be a file in a folder that exists"),
    ],
)
def test_draw_refuses(command, tmp_path, words, message):
    with zipfile.ZipFile("mine.keras", "w") as archive:
        archive.writestr("config.json", '{"module": null, "class_name": "Mine", "config": {}}')
    (tmp_path / "text.keras").write_text("not a model")
    status, _, err = command("draw", *words)
    assert status == 1
    assert message in " ".join(err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.keras", "text.keras"]


def test_draw_has_every_option_of_plot_model():
    """Each parameter of `plot_model` is an option, but the model, its file and its inputs' shape.

    That is for models that are not built; neither a network nor a file holds such a one.
    """
    others = {"model", "to_file", "in_shape"}
    parameters = set(inspect.signature(visualize.plot_model).parameters) - others
    taken = set(inspect.signature(draw.draw_command).parameters)
    options = {name.removeprefix("show_") for name in parameters}
    called = {"layer_activations": "activations", "legend": "no_legend"}
    assert {called.get(name, name) for name in options} <= taken
    for choices, values in (
        (draw.Direction, visualize.DIRECTIONS),
        (draw.Background, palettes.BACKGROUNDS),
        (draw.Palette, palettes.NAMES),
        (draw.Style, styles.STYLES),
    ):
        assert [each.value for each in choices] == list(values)


def test_draw_passes_its_options_on(command, monkeypatch):
    seen = {}
    monkeypatch.setattr(visualize, "plot_model", lambda model, target, **options: seen.update(options))
    flags = ["--expand-nested", "--layer-names", "--dtype", "--trainable", "--activations", "--no-legend"]
    values = [
        "--rankdir",
        "TB",
        "--dpi",
        "300",
        "--background",
        "dark",
        "--palette",
        "grey",
        "--width",
        "8.9cm",
        "--style",
        "flat",
    ]
    assert command("draw", "lenet_5", *flags, *values, "--names", "a=b=c", "--names", "d=e")[0] == 0
    assert seen == {
        "show_shapes": False,
        "show_params": False,
        "show_layer_names": True,
        "show_dtype": True,
        "show_trainable": True,
        "show_layer_activations": True,
        "expand_nested": True,
        "names": {"a": "b=c", "d": "e"},
        "rankdir": "TB",
        "legend": False,
        "width": "8.9cm",
        "dpi": 300,
        "background": "dark",
        "palette": "grey",
        "detail": "compact",
        "style": "flat",
    }
    status, _, err = command("draw", "lenet_5", "--names", "a")
    assert status == 1 and "--names must be OLD=NEW" in " ".join(err.split())


def test_draw_volumes_or_say_why_not(command, tmp_path):
    status, out, _ = command("draw", "vgg11", "--style", "volumes")
    assert status == 0 and "polygon" in (tmp_path / "vgg11.svg").read_text(encoding="utf-8")
    assert "flat" not in out
    status, out, _ = command("draw", "inception_v3", "--aux", "--style", "volumes")
    assert status == 0 and "Drawn flat:" in out and "several outputs" in " ".join(out.split())


@pytest.mark.parametrize("suffix", ["png", "pdf", "dot", "jpg"])
def test_draw_in_other_formats(command, tmp_path, suffix):
    pytest.importorskip("pydot")
    assert command("draw", "lenet_5", "-o", f"lenet.{suffix}")[0] == 0
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "jpg": b"\xff\xd8\xff"}[suffix]
    assert (tmp_path / f"lenet.{suffix}").read_bytes().startswith(start)


def test_draw_for_a_dark_page_and_for_print(command, tmp_path):
    words = ["--background", "dark", "--palette", "colour-blind", "--width", "8.9cm"]
    assert command("draw", "lenet_5", *words)[0] == 0
    svg = (tmp_path / "lenet_5.svg").read_text(encoding="utf-8")
    assert ' width="8.9cm"' in svg and 'fill="#1e1e1e"' in svg and 'fill="#b84a00"' in svg
    status, _, err = command("draw", "lenet_5", "--force", "--width", "wide")
    assert status == 1 and "width must be a length" in " ".join(err.split())
    assert (tmp_path / "lenet_5.svg").read_text(encoding="utf-8") == svg


def test_draw_layers(command, tmp_path):
    pytest.importorskip("pydot")
    assert command("draw", "lenet_5", "--detail", "layers")[0] == 0
    assert "TableConv2D" in (tmp_path / "lenet_5.svg").read_text()


def test_gallery(command, tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "NETWORKS", (facts.find_network("lenet_5"), facts.find_network("nin_cifar")))
    status, out, _ = command("gallery")
    assert status == 0
    assert "2 networks drawn; open gallery/index.html" in out
    assert {"index.html", "lenet_5.svg", "nin_cifar.pdf", "nin.py", "lenet_5.ipynb"} <= {
        p.name for p in (tmp_path / "gallery").iterdir()
    }
    status, _, err = command("gallery")
    assert status == 1
    assert "is there already; give --force" in " ".join(err.split())
    (tmp_path / "gallery" / "lenet_5.svg").write_text("old")
    assert command("gallery", "gallery", "--force")[0] == 0
    assert (tmp_path / "gallery" / "lenet_5.svg").read_text(encoding="utf-8").startswith("<svg")


def test_gallery_without_an_engine_for_png(command, tmp_path, monkeypatch):
    from keras_cnns.diagram.output import graphviz_engines

    monkeypatch.setattr(graphviz_engines, "_commands", lambda *arguments: iter(()))
    monkeypatch.setattr(facts, "NETWORKS", (facts.find_network("lenet_5"), facts.find_network("nin_cifar")))
    status, out, _ = command("gallery", "pictures")
    assert status == 0
    assert out.count("No PNG files: ") == 1
    assert {p.name for p in (tmp_path / "pictures").iterdir()} == {
        "index.html",
        "lenet.py",
        "nin.py",
        *(f"{name}.{kind}" for name in ("lenet_5", "nin_cifar") for kind in ("svg", "pdf", "html", "ipynb")),
    }


CHOICE = """
import importlib.util, os, sys
installed = set(sys.argv[1].split(","))
importlib.util.find_spec = lambda name: name in installed or None
from keras_cnns import backends
print(backends.choose_lightest(), os.environ.get("KERAS_BACKEND"), "keras" in sys.modules)
"""


@pytest.mark.parametrize(
    ("installed", "configured", "environment", "chosen"),
    [
        ("jax,tensorflow,torch", None, None, "jax"),
        ("tensorflow,torch", None, None, "tensorflow"),
        ("torch", None, None, "torch"),
        ("none", None, None, None),
        ("jax,torch", "tensorflow", None, "jax"),  # Keras has written this itself
        ("jax,torch", "torch", None, None),
        ("jax,torch", None, "torch", None),
        ("jax,torch", "{", None, "jax"),
    ],
)
def test_lightest_backend_unless_the_user_has_chosen(tmp_path, installed, configured, environment, chosen):
    if configured:
        text = configured if configured == "{" else f'{{"backend": "{configured}"}}'
        (tmp_path / "keras.json").write_text(text)
    variables = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    variables |= {"KERAS_HOME": str(tmp_path)} | ({"KERAS_BACKEND": environment} if environment else {})
    run = subprocess.run(
        [sys.executable, "-c", CHOICE, installed], capture_output=True, text=True, check=True, env=variables
    )
    assert run.stdout.split() == [str(chosen), str(chosen or environment), "False"]


REQUIRED = """
import importlib.util, sys
installed = set(sys.argv[1].split(","))
importlib.util.find_spec = lambda name: name in installed or None
import keras_cnns
keras_cnns.create("lenet_5")
"""


@pytest.mark.parametrize(
    ("installed", "message"),
    [
        (
            "jax",
            "with tensorflow, which is not installed. Set the environment variable KERAS_BACKEND to jax",
        ),
        ("numpy", 'tensorflow, which is not installed. Install one: pip install "keras-cnns[tensorflow]"'),
    ],
)
def test_a_backend_that_is_not_installed(tmp_path, installed, message):
    variables = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    variables["KERAS_HOME"] = str(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", REQUIRED, installed], capture_output=True, text=True, env=variables
    )
    assert message in run.stderr


def test_copy(command, tmp_path):
    assert command("copy", "resnet50")[0] == 0
    assert (tmp_path / "resnet.py").read_text() == facts.find_network("resnet50").file.read_text()
    (tmp_path / "resnet.py").write_text("mine")
    status, _, err = command("copy", "resnet50")
    assert (status, (tmp_path / "resnet.py").read_text()) == (1, "mine")
    assert "is there already; give --force" in err
    assert command("copy", "resnet50", "--force")[0] == 0
    assert command("copy", "vgg16", "-o", "course_vgg.py")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course_vgg.py", "resnet.py"]
    assert command("copy", "nin", "-o", "-")[1] == facts.find_network("nin").file.read_text()


def test_copy_to_no_folder(command):
    status, _, err = command("copy", "nin", "-o", "no/such/nin.py")
    assert status == 1
    assert "--output must be a file in a folder that exists" in " ".join(err.split())


def test_unknown_network(command):
    for words in (["show", "resnet5"], ["copy", "resnet5"], ["train", "resnet5", "--data", "digits"]):
        status, out, err = command(*words)
        assert (status, out) == (1, "")
        assert "did you mean resnet50" in " ".join(err.split())


def test_train(command, tmp_path):
    """A short run learns; the saved file is the trained model."""
    status, out, _ = command("train", "lenet_5", "--data", "digits", "--epochs", "3", "-o", "mine")
    assert status == 0
    top1 = float(re.search(r"top-1 on the held-out images ([\d.]+)%", out)[1])
    assert top1 > 70
    assert re.search(r"most often confused: \d for \d, \d+ of \d+", out)
    assert "Epoch 3/3" in out
    assert keras.saving.load_model(tmp_path / "mine" / "model.keras").output_shape == (None, 10)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], 'data must be "digits" or a folder'),
        (["--data", "digits", "--learning-rate", "-1"], "learning_rate must be above 0; got -1.0"),
        (["--data", "digits", "--learning-rate", "nan"], "learning_rate must be above 0; got nan"),
        (
            ["--data", "digits", "-o", "mine.keras"],
            "--output must be a folder for the run; got mine.keras. With -o mine the model will be "
            "mine/model.keras.",
        ),
        (["--data", "digits", "-o", "mine.h5"], "--output must be a folder for the run; got mine.h5."),
        (["--data", "digits", "--size", "16"], "in_shape must be at least 32 high and wide"),
    ],
)
def test_train_refuses(command, tmp_path, words, message):
    status, _, err = command("train", "lenet_5", *words)
    assert status == 1
    assert message in " ".join(err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [[], ["list"], ["show"], ["draw"], ["gallery"], ["copy"], ["train"]],
    ids=lambda words: str(words),
)
def test_help(command, words):
    status, out, _ = command(*words, "--help")
    assert status == 0
    assert "Usage" in out
    assert len(out.splitlines()) <= 45


def test_starts_without_keras():
    code = "import sys, keras_cnns.cli.main; print('keras' in sys.modules or 'numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"


# What is answered at once, by a process that has not imported Keras: help, mistakes, networks by their names.
AT_ONCE = """
0 list
0 list -f json
0 weights
0 weights resnet50
0 show resnet50
0 profile resnet50
0 profile inception_v3 --aux --layers -f json --batch-size 8
0 profile resnet18 -o costs.html
0 profile --all -o costs.svg
0 draw resnet50
0 draw inception_v1 --aux -o aux.html
0 draw lenet_5 -o lenet_5.pptx
0 draw vgg11 nin_cifar --rankdir TB --palette grey --background dark --shapes --params --dtype --trainable
0 draw alexnet -o alexnet.tex --style volumes --width 17cm
0 draw resnet18 -o resnet18.drawio --layer-names --expand-nested --names "identity block=block"
0 copy resnet50
1 draw resnet5
1 draw none.keras
1 draw resnet50 -o resnet50.gif
1 draw resnet34 --width wide
1 draw resnet34 --names a=b
2 draw resnet34 --rankdir up
1 show resnet5
1 profile none.keras
1 profile vgg16 --aux
2 profile vgg16 --batch-size 0
2 compare none.keras resnet50
2 compare none resnet50
2 compare resnet50 none.keras
2 compare resnet50 resnet5
2 compare a.keras b.keras resnet5
2 compare resnet50 resnet50 --in-shape large
2 compare resnet50 resnet50 --weight thing=1
2 compare resnet50 resnet50 --points 0
2 compare resnet50 resnet50 --also thing
1 exercises none.keras
1 exercises resnet50 -o sheet.txt
1 train lenet_5 --data none
1 train lenet_5 --data digits --output none/lenet_5.h5
2 train lenet_5 --data digits --epochs 0
1 predict resnet50 none.jpg
1 predict resnet5 none.jpg
1 predict nin none.jpg
1 predict resnet50 none.jpg --weights kears
1 evaluate resnet50 --data none
1 evaluate none.keras --data none
1 evaluate nin --data none
1 evaluate resnet50 --data none --matrix table.txt
1 train resnet18 --data none --weights imagenet
1 train resnet18 --data none --weights kears
1 train lenet_5 --data none --weights imagenet
1 train resnet18 --data none --weights imagenet --recipe paper
1 export none.keras -o none.onnx
1 export resnet5 -o none.onnx
1 export resnet50 -o none.gif
1 copy resnet5
1 gallery resnet50.svg
1 gallery new --address here
1 weights nin
"""
AT_ONCE += "".join(f"0 {name} --help\n" for name in main.COMMANDS)


def test_answers_without_keras(tmp_path):
    """One process runs all of it; a test that timed it would fail on a machine that is busy."""
    code = (
        "import shlex, sys; from keras_cnns.cli import main\n"
        "for line in sys.stdin.read().strip().splitlines():\n"
        "    status, *words = shlex.split(line)\n"
        "    sys.argv = ['keras-cnns', *words]\n"
        "    try: main.main(); code = 0\n"
        "    except SystemExit as stop: code = stop.code or 0\n"
        "    assert str(code) == status, (line, code)\n"
        "    assert 'keras' not in sys.modules, line\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=AT_ONCE, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
