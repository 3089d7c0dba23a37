"""The same start for every test: Keras, random numbers, the terminal, hypothesis, the models built once."""

import csv
import gc
import os
import signal
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Rich and Typer look at these when they are imported; an empty one counts as not set.
os.environ.update(COLUMNS="80", LINES="24", TERM="dumb", NO_COLOR="1")
os.environ.update(dict.fromkeys(("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TERMINAL_WIDTH"), ""))
# JAX compiles each shape of each process anew; what one has compiled serves the next.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / "build" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import hypothesis
import keras
import pytest
from support.sizes import changed_models

hypothesis.settings.register_profile("reproducible", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("reproducible")

# A shell that starts a process in the background lets it ignore Ctrl-C, and so its children.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def fresh_keras():
    """Each test starts with the same random state and with automatic layer names counted from one."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)


@pytest.fixture(scope="session", autouse=True)
def shared_models_stay_as_they_were_built():
    """No test changes a model of `weightless`, which others read after it."""
    yield
    assert changed_models() == []


@pytest.fixture(scope="module", autouse=True)
def few_objects_to_search():
    """Keras collects garbage before each test; what lives longer than a module needs no look each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def proof(record_property):
    """Note how far a network is from an authority's; `make proof` collects these in docs/proof.csv."""

    def note(network, authority, precision, difference, bound, **options):
        if options:
            network += "(" + ", ".join(f"{name}={value}" for name, value in options.items()) + ")"
        record_property("proof", (network, authority, precision, f"{float(difference):.1e}", f"{bound:.0e}"))

    return note


measured = []


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        measured.extend(value for name, value in report.user_properties if name == "proof")


def pytest_sessionfinish(session, exitstatus):
    file = session.config.getoption("--proof")
    if file and exitstatus == pytest.ExitCode.OK and not hasattr(session.config, "workerinput"):
        with file.open("w", newline="", encoding="utf-8") as rows:
            table = csv.writer(rows, lineterminator="\n")
            table.writerow(("network", "authority", "precision", "difference", "bound"))
            table.writerows(sorted(map(tuple, measured)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return none_skipped(item.config, (yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return none_skipped(collector.config, (yield))


def none_skipped(config, report):
    """The report; a failure under --none-skipped if it says that a test was skipped."""
    if report.skipped and config.getoption("--none-skipped"):
        report.outcome = "failed"
        report.longrepr = f"skipped under --none-skipped: {report.longrepr}"
    return report


def pytest_addoption(parser):
    parser.addoption(
        "--proof", type=Path, metavar="FILE", help="write the measured differences there, if all tests pass"
    )
    parser.addoption(
        "--update",
        action="store_true",
        help="write the files in architectures/outlines and diagram/goldens anew",
    )
    parser.addoption("--none-skipped", action="store_true", help="a skipped test fails")
