"""The garbage collector does not run inside a pause, and is afterwards as it was before."""

import gc
from threading import Barrier, Thread

import pytest
from support.sizes import weightless

from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.garbage import collector_paused
from keras_cnns.profiling.profile_model import profile_model
from keras_cnns.visualize import plot_model


@pytest.fixture(params=[True, False], ids=["on", "off"])
def was_on(request):
    """A collector that is on before, or off."""
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    assert gc.isenabled() == request.param
    (gc.enable if before else gc.disable)()


def test_pauses_within_pauses(was_on):
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() == was_on


def test_it_goes_on_after_an_error(was_on):
    @collector_paused()
    def fails():
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            fails()
        assert gc.isenabled() == was_on


def test_it_goes_on_after_the_last_of_several_threads(was_on):
    begun, first_ended = Barrier(2), Barrier(2)
    seen = []

    def first():
        with collector_paused():
            begun.wait(10)
        first_ended.wait(10)

    def last():
        with collector_paused():
            begun.wait(10)
            first_ended.wait(10)
            seen.append(gc.isenabled())

    threads = [Thread(target=first), Thread(target=last)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == [False] and gc.isenabled() == was_on


def test_no_collection_of_all_while_a_model_is_read():
    """Of a small network: drawing, counting and comparing it makes more objects than start a collection."""
    model = weightless("resnet50")
    started = []
    before, frequency = gc.get_threshold(), 50
    gc.callbacks.append(lambda phase, info: started.append(info["generation"]))
    gc.set_threshold(frequency, 1, 1)
    try:
        for work in (plot_model, profile_model, lambda model: compare_models(model, model)):
            gc.collect()
            started.clear()
            work(model)
            assert len(started) < 100, work  # some thousands without a pause
    finally:
        gc.set_threshold(*before)
        gc.callbacks.pop()
