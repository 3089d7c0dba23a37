"""Every recipe runs as it stands in an empty folder, is short, and no longer than with keras.applications."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "recipes" / "index.md"
TABLE = re.compile(r"^\| recipe \|.*?\n(?=\n|\Z)", re.DOTALL | re.MULTILINE)

sys.path.insert(0, str(ROOT / "docs" / "generate"))

import recipes  # noqa: E402

BLOCKS = recipes.blocks()
HERE = [block for block in BLOCKS if "tensorflow" in block.backends and not block.is_elsewhere]
# Those that take more than three seconds.
SLOW = (
    "deepdream",
    "dilated",
    "distillation",
    "export",
    "fine-tune",
    "siamese",
    "style-transfer",
    "two-streams",
    "u-net",
    "what-filters",
)


def marked(block, mark):
    return pytest.param(block, id=block.name, marks=[mark] if block.name.startswith(SLOW) else [])


def run_here(block, folder, monkeypatch):
    """Run a block in this process, with names of its own."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(block.code, block.name, "exec"), {"__name__": "__main__"})
    finally:
        keras.mixed_precision.set_global_policy("float32")
    return printed.getvalue()


def run_elsewhere(blocks, backend, folder):
    """Run blocks one after the other in a process with only the package; what each printed, or its error."""
    (folder / "blocks.json").write_text(json.dumps({block.name: block.code for block in blocks}))
    surroundings = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "KERAS_CNNS_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
    }
    words = [sys.executable, str(ROOT / "tests" / "support" / "recipe_runs.py"), "blocks.json", "said.json"]
    run = subprocess.run(words, cwd=folder, env=surroundings, capture_output=True, encoding="utf-8")
    assert not run.returncode, run.stderr
    return json.loads((folder / "said.json").read_text())


@pytest.mark.parametrize("block", [marked(block, pytest.mark.long) for block in HERE])
def test_recipe_runs_and_prints_what_the_page_shows(block, tmp_path, monkeypatch):
    assert run_here(block, tmp_path, monkeypatch) == block.printed


@pytest.mark.peers
@pytest.mark.parametrize(
    "block", [marked(block, pytest.mark.large) for block in BLOCKS if block.is_elsewhere]
)
def test_the_same_runs_with_keras_applications(block, tmp_path, monkeypatch):
    run_here(block, tmp_path, monkeypatch)


@pytest.mark.peers
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_recipes_run_on_other_backends(backend, tmp_path):
    """Where they name no backend; that of PyTorch is the one in a tab of its own."""
    blocks = [block for block in BLOCKS if not block.is_elsewhere and backend in block.backends]
    said = run_elsewhere(blocks, backend, tmp_path)
    assert said == {block.name: block.printed for block in blocks}


def test_recipes_are_short_and_no_longer_than_with_keras_applications():
    assert len(recipes.compared()) >= 17
    assert {block.name: block.lines for block in BLOCKS if not block.is_elsewhere and block.lines > 15} == {}
    longer = {ours.name: (ours.lines, theirs.lines) for ours, theirs in recipes.compared() if theirs}
    assert {name: lines for name, lines in longer.items() if lines[0] > lines[1]} == {}
    assert [ours.name for ours, theirs in recipes.compared() if theirs is None] == []


def test_index_has_the_lines_as_they_are(request):
    text = INDEX.read_text(encoding="utf-8")
    if request.config.getoption("--update"):
        INDEX.write_text(TABLE.sub(lambda _: recipes.table(), text), encoding="utf-8")
        text = INDEX.read_text(encoding="utf-8")
    assert recipes.table() in text


def test_every_page_has_its_parts():
    for page in recipes.pages():
        text = page.read_text(encoding="utf-8")
        assert "\n## How it differs\n" in text, page
        for picture in re.findall(r"!\[(.+?)\]\((\S+?)\)", text):
            assert len(picture[0]) > 20 and (page.parent / picture[1]).stat().st_size < 400_000, picture


def small():
    image = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, name="conv")(image))
    return keras.Model(image, keras.layers.Dense(3, "softmax", name="classes")(x), name="small")


def test_what_the_pages_say_of_well_known_ways(tmp_path):
    """If one of these works again, say so on the page."""
    model, images = small(), np.random.default_rng(1).normal(size=(2, 8, 8, 3))
    before = model.predict(images, verbose=0)
    model.layers.pop()
    model.layers.pop()
    assert len(model.layers) == 4
    np.testing.assert_array_equal(model.predict(images, verbose=0), before)
    model.get_layer("conv").kernel_regularizer = keras.regularizers.L2(1.0)
    assert model.losses == []
    model.get_layer("conv")._name = "another"
    assert model.get_layer("conv").name == "conv"
    model.layers[-1].activation = None
    with pytest.raises(TypeError):
        model.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="used 2 times"):
        image = keras.Input((8, 8, 3))
        keras.Model(image, keras.layers.Add()([small()(image), small()(image)]))
    with pytest.raises(ValueError, match=r"keras|extension"):
        small().save(tmp_path / "a", save_format="tf")
    for name in ("gradients", "function"):
        assert not hasattr(keras.backend, name)
    assert not hasattr(keras.mixed_precision, "experimental")


def test_functions_in_lambda_layers_are_refused(tmp_path):
    def distance(pair):
        return keras.ops.abs(pair[0] - pair[1])

    one, other = keras.Input((3,)), keras.Input((3,))
    for function in (distance, lambda pair: pair[0] - pair[1]):
        model = keras.Model([one, other], keras.layers.Lambda(function)([one, other]))
        model.save(tmp_path / "a.keras")
        with pytest.raises((ValueError, TypeError)):
            keras.saving.load_model(tmp_path / "a.keras")


def test_layers_that_are_quantized():
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Dense(2)])
    model.quantize("int8")
    assert [getattr(layer, "quantization_mode", None) for layer in model.layers] == [None, "int8"]
