"""A training on two processes of a small Ray cluster of this machine: `python ray_cluster.py FOLDER`.

The second process is killed as epoch 3 begins, once.
"""

import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

import host
import keras
import ray

from keras_cnns.training.hosts import here
from keras_cnns.training.on_ray import train_on_ray

FOLDER = Path(sys.argv[1])
os.environ.update(TMPDIR="/tmp", RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0")


class Once(keras.callbacks.Callback):
    """Kills the second process as epoch 3 begins, the first time."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2 and here().index == 1 and not (FOLDER / "killed").exists():
            (FOLDER / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)


def main():
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTHONPATH": paths, "JAX_PLATFORMS": "cpu"}
    with TemporaryDirectory() as place:  # of a short name, which those of sockets must have
        ray.init(
            num_cpus=2, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False,
            _temp_dir=place, runtime_env={"env_vars": variables},
        )  # fmt: skip
        try:
            rows = train_on_ray(
                host.network, host.digits, FOLDER / "run", host.RECIPE, seed=3, early_stop=3,
                callbacks=[Once()],
            )  # fmt: skip
        finally:
            ray.shutdown()
    print("epochs", [row["epoch"] for row in rows])


if __name__ == "__main__":
    main()
