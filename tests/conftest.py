"""Quiet, reproducible Keras for every test."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import pytest


@pytest.fixture(autouse=True)
def fresh_keras():
    """Each test starts with the same random state and with automatic layer names counted from one."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)


def pytest_addoption(parser):
    parser.addoption(
        "--update", action="store_true", help="write the files in tests/outlines and tests/diagrams anew"
    )
