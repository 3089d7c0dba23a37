"""What was made beforehand of each network is what building it gives: as data, and in all that people see.

`make precomputed` writes the files anew.
"""

import sys

import pytest
from support.sizes import each, weightless

import keras_cnns
from keras_cnns import backends, visualize
from keras_cnns.catalog.facts import NETWORKS, list_models
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.precomputed import FOLDER, PAIRS, archives, file_of, precomputed
from keras_cnns.precomputed.recording import recorded
from keras_cnns.profiling.profile_model import profile_model

WITH_AUX = [network.name for network in NETWORKS if network.has_aux]
CASES = [(name, False) for name in list_models()] + [(name, True) for name in WITH_AUX]
CASES = each([f"{name}-aux" if aux else name for name, aux in CASES], CASES)
OPTIONS = {
    "plain": {},
    "all words": {
        "show_shapes": True,
        "show_params": True,
        "show_layer_names": True,
        "show_dtype": True,
        "show_trainable": True,
    },
    "upright": {"rankdir": "BT", "palette": "grey", "background": "dark", "legend": False},
    "print": {"width": "60cm", "palette": "colour-blind", "expand_nested": True},
    "volumes": {"style": "volumes", "show_params": True},
}


def built(name, aux):
    return weightless(name, **({"aux": True} if aux else {}))


@pytest.mark.parametrize(("name", "aux"), CASES)
def test_file_is_what_building_gives(name, aux, request):
    model, file = built(name, aux), file_of(name, aux)
    text = recorded(fold(model), profile_model(model))
    if request.config.getoption("--update"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "`make precomputed` writes it anew"


@pytest.mark.parametrize(("name", "aux"), CASES)
def test_answers_are_those_of_the_network(name, aux):
    model, known = built(name, aux), precomputed(name, aux)
    assert known.profile() == profile_model(model)
    assert known.profile(8) == profile_model(model, 8)
    assert visualize.outline(known) == visualize.outline(model)
    for options in OPTIONS.values():
        one, other = (visualize.plot_model(source, **options) for source in (model, known))
        assert one.svg() == other.svg()
        assert (one.why_flat, one.unopened()) == (other.why_flat, other.unopened())


@pytest.mark.parametrize(("name", "aux"), [("lenet_5", False), ("resnet18", False), ("inception_v1", True)])
def test_pages_are_those_of_the_network(name, aux):
    model, known = built(name, aux), precomputed(name, aux)
    options = {"show_dtype": True, "show_trainable": True, "rankdir": "TB"}
    for asked in ({}, options):
        one, other = (visualize.plot_model(source, **asked).html() for source in (model, known))
        assert one == other
    assert known.profile().page() == keras_cnns.profile(model).page()


def test_modules_take_other_names():
    model, known = built("inception_v1", False), precomputed("inception_v1")
    names = {known.data["names"][0]: "my <module>"}
    one, other = (visualize.plot_model(source, names=names) for source in (model, known))
    assert known.takes(names) and one.svg() == other.svg() and "my &lt;module&gt;" in one.svg()
    assert not known.takes(dict.fromkeys(known.data["names"], "the same"))
    with pytest.raises(ValueError, match="names must be keyed by module name; got 'x'"):
        visualize.plot_model(known, names={"x": "y"})


def test_no_file_is_left_over_or_missing():
    files = {file_of(network.name) for network in NETWORKS} | {file_of(name, aux=True) for name in WITH_AUX}
    assert set(FOLDER.iterdir()) == files
    assert [network.name for network in NETWORKS if "aux" in network.options] == WITH_AUX


def texts():
    return {file.stem: file.read_text(encoding="utf-8") for file in (*FOLDER.iterdir(), PAIRS)}


def test_the_archives_of_a_wheel_are_small():
    """Each network takes so many bytes, and each comparison of two so many; see `hatch_build.py`."""
    pairs = len(NETWORKS) * (len(NETWORKS) - 1) // 2
    assert sum(map(len, archives.archives(texts()).values())) <= 2_300 * len(NETWORKS) + 91 * pairs


def test_archives_give_what_the_files_do(monkeypatch, tmp_path):
    """A wheel has them in place of the files."""
    for file, content in archives.archives(texts()).items():
        (tmp_path / file).write_bytes(content)
    found = {name: archives.text_of(tmp_path / f"{name}.json") for name in texts()}
    assert found == texts() and archives.text_of(tmp_path / "resnet17.json") is None
    before = precomputed("inception_v1", aux=True).data
    monkeypatch.setattr("keras_cnns.precomputed.FOLDER", tmp_path)
    assert not (tmp_path / "inception_v1_aux.json").exists()
    assert precomputed("inception_v1", aux=True).data == before


def test_only_for_what_was_recorded(monkeypatch, tmp_path):
    """Another type of numbers or order of axes changes what is built, so the network is built."""
    assert precomputed("resnet50") and not precomputed("resnet50", aux=True) and not precomputed("mine")
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for settings, usual in (
        ("{}", True),
        ('{"floatx": "float32", "backend": "torch"}', True),
        ('{"floatx": "float16"}', False),
        ('{"image_data_format": "channels_first"}', False),
        ("not JSON", True),
        ("[]", True),
    ):
        (tmp_path / "keras.json").write_text(settings)
        assert backends.has_usual_settings() is usual
        assert bool(precomputed("resnet50")) is usual


def test_types_that_a_session_has_set_count():
    import keras

    assert precomputed("lenet_5")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert not precomputed("lenet_5")
    finally:
        keras.config.set_dtype_policy("float32")
