"""Random models in each form that Keras 3 writes: the same picture comes back."""

import json

import h5py
import pytest
from keras.src.legacy.saving import json_utils, saving_options, saving_utils  # what `save("m.h5")` calls
from support.random_graphs import random_model

from keras_cnns.keras_files.architecture import load_architecture
from keras_cnns.visualize import outline


def old_form(model):
    """The description that Keras 3 puts into an `.h5`: without the modules of layers."""
    with saving_options.keras_option_scope(use_legacy_config=True):
        described = saving_utils.model_metadata(model)["model_config"]
    return json.dumps(described, default=json_utils.get_json_type)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(6))
def test_random_models(seed, tmp_path):
    model = random_model(seed, 8)
    (tmp_path / "m.json").write_text(model.to_json())
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = old_form(model)
    expected = outline(model)
    for kind in ("json", "h5"):
        assert outline(load_architecture(tmp_path / f"m.{kind}")) == expected, kind
