"""Two processes train one network: as one would, with the same bits in both, and on after one is lost."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from keras_cnns.cli import main, train_hosts
from keras_cnns.training.batches import Batches
from keras_cnns.training.hosts import Here, is_loss
from keras_cnns.training.on_ray import train_on_ray

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "examples/cluster"
LIMIT = 280  # seconds; some two where nothing else runs


def free_port(first=10_000, end=32_000):
    """A port that nobody listens at; not one of those that the system gives to others meanwhile."""
    for port in np.random.default_rng().permutation(np.arange(first, end)):
        with socket.socket() as tried:
            try:
                tried.bind(("", int(port)))
                return int(port)
            except OSError:
                continue
    raise AssertionError("no port is free")


def started(words, environment, folder):
    """Start a process that neither sees TensorFlow, which only takes time to import, nor an accelerator."""
    (folder / "none").mkdir(exist_ok=True)
    (folder / "none" / "tensorflow.py").write_text("raise ImportError")
    paths = [str(folder / "none"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        list(map(str, words)), env={**os.environ, **own, **environment}, cwd=folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def ended(processes, limit=LIMIT):
    """Wait for processes; returns the exit status and the output of each, and leaves none."""
    end = time.monotonic() + limit
    found = []
    try:
        for process in processes:
            found.append(process.communicate(timeout=max(1, end - time.monotonic()))[0])
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return [(process.returncode, output) for process, output in zip(processes, found)]


def together(number, folder, *words):
    """Let some processes train a network to their end."""
    port = free_port()
    script = ROOT / "tests/support/host.py"
    return ended(
        [
            started([sys.executable, script, port, number, index, folder, *words], {}, folder)
            for index in range(number)
        ]
    )


def ends(folder):
    """All variables of each process at its end."""
    files = sorted(folder.glob("end-*.npz"))
    return [[values for _, values in sorted(np.load(file).items())] for file in files]


def until(there, processes):
    """Wait until something is there, and no process has ended."""
    end = time.monotonic() + LIMIT
    while not there():
        assert time.monotonic() < end and all(process.poll() is None for process in processes), (
            ended(processes, 10)
        )  # fmt: skip
        time.sleep(0.01)


def bits(arrays):
    return [array.tobytes() for array in arrays]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The folder of a run of two processes."""
    folder = tmp_path_factory.mktemp("pair")
    found = together(2, folder)
    assert [status for status, _ in found] == [0, 0], found
    return folder


@pytest.mark.peers
def test_two_hosts_learn_what_one_learns(pair, tmp_path):
    """With batch normalization, dropout, noise, momentum, averages, a plateau: the same bits in both."""
    [(status, output)] = together(1, tmp_path)
    assert status == 0, output
    one, (first, second) = ends(tmp_path)[0], ends(pair)
    assert bits(first) == bits(second)
    assert len(one) == len(first) > 15
    for alone, both in zip(one, first):
        assert np.abs(alone.astype("float64") - both.astype("float64")).max() <= 5e-7
    # What is written by one alone, and only by the first.
    assert not (pair / "nowhere").exists()
    names = {"best.keras", "curves.svg", "log.csv", "model.keras", "run.json", "state-0005.npz"}
    assert names <= set(os.listdir(pair))
    assert json.loads((pair / "run.json").read_text())["training"]["hosts"] == 2
    rows = [(folder / "log.csv").read_text().splitlines()[1:] for folder in (tmp_path, pair)]
    for line, other in zip(*rows, strict=True):
        numbers, others = (np.array(text.split(",")[:-1], float) for text in (line, other))
        assert np.allclose(numbers, others, rtol=0, atol=5e-6)


@pytest.mark.peers
def test_a_host_that_is_killed(pair, tmp_path):
    """The other one is told at once; both go on with the bits of a run that lost none."""
    (status, output), (killed, _) = together(2, tmp_path, "die=3")
    assert (status, killed) == (7, -9)
    assert "lost: True" in output
    assert max(tmp_path.glob("state-*.npz")).name == "state-0002.npz"
    found = together(2, tmp_path, "resume")
    assert [status for status, _ in found] == [0, 0], found
    assert [bits(arrays) for arrays in ends(tmp_path)] == [bits(arrays) for arrays in ends(pair)]


@pytest.mark.peers
def test_two_hosts_tune_a_network_that_has_learned(tmp_path):
    """The classifier first, then all: what one learns, and the same bits where one was killed in between."""
    for name in ("one", "two", "cut"):
        (tmp_path / name).mkdir()
    for number, name in ((1, "one"), (2, "two")):
        found = together(number, tmp_path / name, "tune")
        assert [status for status, _ in found] == [0] * number, found
    one, (first, second) = ends(tmp_path / "one")[0], ends(tmp_path / "two")
    assert bits(first) == bits(second) and len(one) == len(first)
    for alone, both in zip(one, first):
        assert np.abs(alone.astype("float64") - both.astype("float64")).max() <= 5e-6
    (status, _), (killed, _) = together(2, tmp_path / "cut", "tune", "die=3")
    assert (status, killed) == (7, -9)
    assert max((tmp_path / "cut").glob("state-*.npz")).name == "state-0002.npz"
    found = together(2, tmp_path / "cut", "tune", "resume")
    assert [status for status, _ in found] == [0, 0], found
    assert [bits(arrays) for arrays in ends(tmp_path / "cut")] == [bits(first)] * 2


SILENCE = 15  # seconds


def impatient(folder):
    """Let processes that are started in a folder wait for others for seconds, not for minutes."""
    (folder / "none").mkdir()
    text = f"from keras_cnns.training import hosts\nhosts.LOST_AFTER = {SILENCE}\nhosts.LATE_AFTER = 10\n"
    (folder / "none" / "sitecustomize.py").write_text(text)


def host(place, index, ports, *words):
    """Start the command on one of two hosts."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
    return started(
        [sys.executable, "-m", "keras_cnns", "train", *words, "--hosts", addresses, "--host", index],
        {},
        place,
    )


def family(process):
    """The numbers of a process and of those that it has started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [process.pid, *map(int, children)]


NEW = ("lenet_caffe", "--data", "photos", "--batch-size", 8, "--epochs", 40, "-o", "run")


@pytest.mark.peers
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says which processes there are")
@pytest.mark.parametrize("silent", [0, 1])
def test_a_host_that_falls_silent(place, silent):
    """It is stopped, not ended. The other one ends and says how to go on; it would after a minute."""
    impatient(place)
    ports = [free_port(), free_port()]
    pair = [host(place, index, ports, *NEW) for index in range(2)]
    stopped = []
    try:
        until((place / "run" / "state-0001.npz").exists, pair)
        stopped = family(pair[silent])
        for number in stopped:
            os.kill(number, signal.SIGSTOP)
        since = time.monotonic()
        output = pair[1 - silent].communicate(timeout=120)[0]
        # Signs of life are sent twice in that time: the last one may have come half of it before the stop.
        assert SILENCE / 2 - 1 < time.monotonic() - since < 60
        assert pair[1 - silent].returncode == 75, output
        last = output.splitlines()[-1]
        assert re.match(
            r"this host or another was lost( \(ended by signal \d+\))?; run holds epoch \d+\. ", last
        )
        assert last.endswith(f"train --resume run --hosts 127.0.0.1:{ports[0]},127.0.0.1:{ports[1]} "
                             f"--host {1 - silent}")  # fmt: skip
    finally:
        for number in stopped:
            os.kill(number, signal.SIGKILL)
        ended(pair, 10)


@pytest.mark.peers
def test_a_host_that_never_comes(place):
    """Either host ends that waits for the other one, and says so; there is no run yet with which to go on."""
    impatient(place)
    waiting = [host(place, index, [free_port(), free_port()], *NEW) for index in range(2)]
    for status, output in ended(waiting):
        assert status == 75, output
        last = output.splitlines()[-1]
        assert re.match(
            r"not all hosts came( \(.*\))?; nothing was trained\. Give the same command again", last
        )
    assert not (place / "run").exists()


@pytest.mark.peers
def test_hosts_that_are_asked_to_end(place):
    """SIGTERM, as a scheduler sends it to all: both end in order, and the run goes on with all its epochs."""
    ports = [free_port(), free_port()]
    pair = [host(place, index, ports, *NEW, "--epochs", 12) for index in range(2)]
    until((place / "run" / "state-0001.npz").exists, pair)
    since = time.monotonic()
    for process in pair:
        process.terminate()
    assert [status for status, _ in ended(pair)] == [143, 143]
    assert time.monotonic() - since < 30
    assert not (place / "run" / "model.keras").exists()
    epoch = max(int(path.stem[-4:]) for path in (place / "run").glob("state-*.npz"))
    ports = [free_port(), free_port()]
    found = ended([host(place, index, ports, "--resume", "run") for index in range(2)])
    assert [status for status, _ in found] == [0, 0], found
    assert f"Epoch {epoch}/12" not in found[0][1] and "Epoch 12/12" in found[0][1]
    assert (place / "run" / "state-0012.npz").exists()
    assert not list((place / "run").glob(".keras-cnns*"))


def batches(images, size, here):
    return Batches(
        images, np.arange(len(images)), (4, 4, 1), lambda labels: labels, size, seed=1, here=here,
        multiple=here.devices,
    )  # fmt: skip


def test_the_shares_of_a_batch():
    """Each device of each host has as many; the last batch is filled up with the first images."""
    images = [np.full((4, 4), i, "uint8") for i in range(23)]
    for devices, hosts in ((4, 2), (6, 3), (2, 2)):
        parts = [batches(images, 12, Here(i, hosts, devices)) for i in range(hosts)]
        whole = batches(images, 12, Here())
        for index in range(len(whole)):
            labels = [part[index][1] for part in parts]
            assert len({len(own) for own in labels}) == 1
            together, alone = np.concatenate(labels), whole[index][1]
            assert len(together) % devices == 0 and 0 <= len(together) - len(alone) < devices
            assert together[: len(alone)].tolist() == alone.tolist()


def test_a_damaged_file_leaves_no_gap(tmp_path):
    """Another image takes its place, since all devices must have as many."""
    images = [np.full((4, 4), i, "uint8") for i in range(7)] + [tmp_path / "gone.png"]
    parts = [batches(images, 8, Here(i, 2, 2)) for i in range(2)]
    assert [len(part[0][0]) for part in parts] == [4, 4]


def test_what_a_lost_host_says():
    assert is_loss(ValueError("UNKNOWN: Gloo AllGather failed: Connection reset by peer"))
    assert not is_loss(ValueError("no image of a batch can be read any more"))


@pytest.fixture
def place(tmp_path):
    """A folder with forty photographs, and the command where shells find it."""
    random = np.random.default_rng(0)
    for name in ("across", "down"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            picture = random.integers(0, 99, (28, 28), dtype="uint8")
            picture[14] = 255
            file = tmp_path / "photos" / name / f"{number}.png"
            Image.fromarray(picture if name == "across" else picture.T).save(file)
    program(tmp_path / "keras-cnns", f'exec "{sys.executable}" -m keras_cnns "$@"')
    return tmp_path


def program(file, text):
    file.write_text(f"#!/bin/bash\n{text}\n")
    file.chmod(0o755)


def shortened(text, epochs):
    """A script that learns in no time, with a smaller network."""
    was = "resnet50 --data photos --batch-size 256"
    assert text.count(was) == 1
    return text.replace(was, f"lenet_caffe --data photos --batch-size 8 --epochs {epochs}")


def paths(place):
    return {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.peers
def test_the_file_for_kubernetes(place):
    """Its command runs in two pods. One is killed, the other ends and says how to go on; then both go on."""
    service, job = yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text())
    assert (service["kind"], job["kind"]) == ("Service", "Job")
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    pod = job["spec"]["template"]["spec"]
    assert pod["subdomain"] == service["metadata"]["name"]
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == 2
    assert job["spec"]["completionMode"] == "Indexed" and pod["restartPolicy"] == "OnFailure"
    (container,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert all(mount["name"] in volumes for mount in container["volumeMounts"])
    shell, flag, script = container["command"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]} | paths(place)

    def pods():
        text = shortened(script, epochs=8)
        for index in range(2):
            name = f"{job['metadata']['name']}-{index}.{pod['subdomain']}:8476"
            assert text.count(name) == 1
            text = text.replace(name, f"127.0.0.1:{free_port()}")
        run = [shell, flag, text]
        return [
            started(run, {**environment, "JOB_COMPLETION_INDEX": str(index)}, place) for index in range(2)
        ]

    pair = pods()
    try:
        until((place / "runs/resnet50/state-0001.npz").exists, pair)
    finally:
        pair[1].kill()  # the process that trains for it follows
        killed = time.monotonic()
    (status, output), _ = ended(pair)
    assert time.monotonic() - killed < 120
    assert status == 75, output
    last = output.splitlines()[-1]
    assert last.startswith("this host or another was lost; runs/resnet50 holds epoch ")
    assert ". Go on with this, on every host: keras-cnns train --resume runs/resnet50 --hosts 127." in last
    assert last.endswith("--host 0")
    found = ended(pods())
    assert [status for status, _ in found] == [0, 0], found
    assert "runs/resnet50 written" in found[0][1] and "Epoch 8/8" in found[0][1]
    assert "Epoch 1/8" not in found[0][1]
    assert "Epoch" not in found[1][1] and "written" not in found[1][1]


@pytest.mark.peers
def test_the_file_for_slurm(place):
    """Its script runs, with two processes in place of two tasks."""
    text = (CLUSTER / "slurm.sh").read_text()
    options = dict(re.findall(r"^#SBATCH --([a-z-]+)(?:=(\S+))?$", text, re.MULTILINE))
    assert len(options) == text.count("#SBATCH")
    assert {"job-name", "nodes", "ntasks-per-node", "time", "requeue", "open-mode", "output"} == set(options)
    assert text.index("#SBATCH") < text.index("run=")  # SLURM reads them up to the first command
    job = free_port(61440, 65536) - 61440  # JAX makes the port of the job's number
    tasks = f"SLURM_JOB_ID={job} SLURM_STEP_NODELIST=127.0.0.1 SLURM_NTASKS=2 SLURM_LOCALID=0"
    program(
        place / "srun",
        f"""
        [ "$1" = --kill-on-bad-exit=1 ] && shift || exit 9
        for i in 0 1; do env {tasks} SLURM_PROCID=$i "$@" & tasks[$i]=$!; done
        wait ${{tasks[0]}} && wait ${{tasks[1]}}
        """,
    )
    script = place / "slurm.sh"
    script.write_text(shortened(text, epochs=1))
    [(status, output)] = ended([started(["bash", script], paths(place), place)])
    assert status == 0, output
    assert output.count("2 hosts, 2 devices") == 2 and "runs/resnet50 written" in output


def test_the_page_shows_the_files():
    page = (ROOT / "docs/how-to/train-on-many-machines.md").read_text()
    for name in ("slurm.sh", "kubernetes.yaml"):
        assert (CLUSTER / name).read_text() in page
    assert subprocess.run(["bash", "-n", CLUSTER / "slurm.sh"]).returncode == 0


@pytest.mark.parametrize(
    ("backend", "words", "said"),
    [
        ("tensorflow", "--hosts auto", "several hosts need JAX: .* (keras issue 20585). Set the"),
        ("torch", "--hosts auto", "several hosts need JAX: Keras has no keras.distribution for PyTorch"),
        ("jax", "--host 0", "--host goes with --hosts, which names all of them."),
        ("jax", "--hosts auto --host 0", "--host goes with a list of hosts;"),
        ("jax", "--hosts 10.0.0.1:84,10.0.0.2:84", "--host must say which of the 2 hosts"),
        ("jax", "--hosts 10.0.0.1:84,10.0.0.2:84 --host 2", "--host must say which of the 2 hosts this is"),
        ("jax", "--hosts 10.0.0.1,10.0.0.2:84 --host 0", "--hosts must be auto, or a list such as"),
        ("jax", "--hosts a:84,b:84 --host 0 --devices 2", "--devices must be 1 with --hosts"),
        ("jax", "--hosts a:84,b:65536 --host 0", "--hosts must have ports from 1 to 65535; got b:65536."),
    ],
)  # fmt: skip
def test_what_is_refused_before_anything_is_read(backend, words, said, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(train_hosts, "watch", lambda *_: pytest.fail("it was started"))
    typed = ["keras-cnns", "train", "lenet_5", "--data", "no/such/folder", *words.split()]
    monkeypatch.setattr(sys, "argv", typed)
    with pytest.raises(SystemExit) as stop:
        main.main()
    assert stop.value.code == 1
    line = capsys.readouterr().err.removeprefix("error: ")
    assert re.match(re.escape(said).replace(re.escape(".*"), ".*"), line), line
    assert os.listdir() == []


@pytest.mark.peers
def test_ray_starts_a_killed_process_again(pair, tmp_path):
    """And the run goes on by itself, with the bits of one that lost none."""
    command = [sys.executable, ROOT / "tests/support/ray_cluster.py", tmp_path]
    [(status, output)] = ended([started(command, {}, tmp_path)])
    assert status == 0, output
    assert (tmp_path / "killed").exists()
    assert output.count("a host was lost: ") == 1 and "start 2 of at most 4" in output
    assert "epochs [1, 2, 3, 4, 5]" in output
    found, expected = (
        np.load(folder / "state-0005.npz") for folder in (tmp_path / "run", pair)
    )  # fmt: skip
    names = set(expected.files) - {"record"}
    assert {name: found[name].tobytes() for name in names} == {
        name: expected[name].tobytes() for name in names
    }


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r'pip install "keras-cnns\[ray\]"'):
        train_on_ray(lambda: None, lambda: None, "run")
    with pytest.raises(ValueError, match="hosts must be an int, at least 1; got 0"):
        train_on_ray(lambda: None, lambda: None, "run", hosts=0)
