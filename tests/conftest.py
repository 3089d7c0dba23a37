"""Quiet, reproducible Keras for every test."""

import csv
import gc
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import pytest


@pytest.fixture(autouse=True)
def fresh_keras():
    """Each test starts with the same random state and with automatic layer names counted from one."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)


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


def pytest_collection_finish():
    """Between tests Keras collects garbage; a million objects of imported modules need no look each time."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser):
    parser.addoption(
        "--proof", type=Path, metavar="FILE", help="write the measured differences there, if all tests pass"
    )
    parser.addoption(
        "--update",
        action="store_true",
        help="write the files in architectures/outlines and diagram/goldens anew",
    )
