"""Numbers of parts that are kept are those that are found anew, whatever has changed meanwhile."""

import pytest
from support.random_graphs import random_model
from support.sizes import weightless

from keras_cnns.catalog.facts import list_models
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.diagram.fold.signatures import Signatures


@pytest.fixture
def kept(monkeypatch):
    """Number each part that branches out a second time, with nothing kept; how often that was done."""
    part, times = Signatures.part, []

    def twice(self, each, badges, inner):
        number = part(self, each, badges, inner)
        if not times or times[-1] != "busy":
            known, self.known = self.known, {}
            times.append("busy")
            assert part(self, each, badges, inner) == number
            times[-1] = "done"
            self.known = known
        return number

    monkeypatch.setattr(Signatures, "part", twice)
    return times


@pytest.mark.parametrize("name", [name for name in list_models() if "nas" in name or "inception" in name])
def test_of_networks(kept, name):
    fold(weightless(name))
    assert len(kept) > 50


@pytest.mark.parametrize("name", ["MobileNetV2", "NASNetMobile", "EfficientNetB0", "ConvNeXtTiny"])
def test_of_others(kept, name):
    fold(weightless(name))
    assert len(kept) > 50


def test_of_random_graphs(kept):
    for seed in range(40):
        fold(random_model(seed))
    assert len(kept) > 100
