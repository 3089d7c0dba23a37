"""Files appear whole or not at all, over regular files only; nothing is lost and nothing is left behind."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from keras_cnns import atomic_write
from keras_cnns.atomic_write import folder_written_whole, written_whole

posix = pytest.mark.skipif(os.name == "nt", reason="symbolic links, named pipes and signals are of POSIX")
# Without Keras, for the processes that are killed.
ALONE = f"""
import importlib.util, os, pathlib, sys, time
spec = importlib.util.spec_from_file_location("atomic_write", {atomic_write.__file__!r})
atomic_write = importlib.util.module_from_spec(spec)
spec.loader.exec_module(atomic_write)
"""
HANGS = """
with atomic_write.written_whole(pathlib.Path(sys.argv[1])) as file:
    file.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""
NO_ROOM = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with atomic_write.written_whole(pathlib.Path(sys.argv[1])) as file:
        file.write_bytes(bytes(2000))
except OSError as error:
    print(type(error).__name__, error.errno, error)
"""


def write(path, text="new"):
    with written_whole(path) as file:
        assert file.name == path.name
        file.write_text(text)


def names(folder):
    return sorted(os.listdir(folder))


@pytest.fixture
def hanging(tmp_path):
    """Starts a process that is in the middle of writing a file."""
    started = []

    def start(file):
        process = subprocess.Popen(
            [sys.executable, "-c", ALONE + HANGS, file], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@posix
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        write(tmp_path / "a.txt")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask
    assert names(tmp_path) == ["a.txt"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_file_that_is_replaced_passes_on_its_permissions_and_owner(tmp_path, mode):
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(mode)
    if os.getuid() == 0:
        os.chown(file, 12, 34)
    before = file.stat()
    write(file)
    after = file.stat()
    assert file.read_text() == "new"
    assert stat.S_IMODE(after.st_mode) == mode
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@posix
@pytest.mark.parametrize("there", [True, False], ids=["to a file", "dangling"])
def test_symbolic_links_stay_and_what_they_lead_to_is_written(tmp_path, there):
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / "target.txt"
    if there:
        target.write_text("old")
    (tmp_path / "link.txt").symlink_to("far/second")
    (tmp_path / "far" / "second").symlink_to("target.txt")
    write(tmp_path / "link.txt")
    assert target.read_text() == "new" and not target.is_symlink()
    assert os.readlink(tmp_path / "link.txt") == "far/second"
    assert os.readlink(tmp_path / "far" / "second") == "target.txt"
    assert names(tmp_path) == ["far", "link.txt"] and names(target.parent) == ["second", "target.txt"]


@posix
def test_a_circle_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ValueError, match=r"path must be a file .*'.*a' is a symbolic link .* circle"):
        write(tmp_path / "a")
    assert names(tmp_path) == ["a", "b"]


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()


def device(path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        os.symlink("/dev/null", path)  # which is one, and where nothing can be made


MAKERS = [pipe, unix_socket, device, os.mkdir]
KINDS = dict(zip(MAKERS, ("a named pipe", "a socket", "a device", "a folder")))


@posix
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("linked", [False, True])
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path, monkeypatch, make, linked):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    path = Path("there")
    make(path)
    before = path.stat()
    if linked:
        path = Path("link")
        path.symlink_to("there")
    refused = pytest.raises(ValueError, match=f"path must be a file .*; '{path}' is {KINDS[make]}")
    with refused, written_whole(path):
        raise AssertionError("the work must not start")
    after = Path("there").stat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert names(".") == sorted({"there", path.name})


@pytest.mark.parametrize("missing", ["no/a.txt", "file/a.txt"])
def test_a_folder_that_is_none_is_refused(tmp_path, missing):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="path must be a file in a folder that exists; got '"):
        write(tmp_path / missing)


@pytest.mark.parametrize(
    ("protected", "words"), [("a.txt", "it is read-only"), (".", "you may not make files in")]
)
def test_what_may_not_be_written_is_refused_before_the_work(tmp_path, monkeypatch, protected, words):
    (tmp_path / "a.txt").write_text("old")
    no = (tmp_path / protected).resolve()
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != no)  # root may write anywhere
    refused = pytest.raises(PermissionError, match=rf"a\.txt' cannot be .*{words}")
    with refused, written_whole(tmp_path / "a.txt"):
        raise AssertionError("the work must not start")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_failing_block_changes_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    for failure in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(failure), written_whole(tmp_path / "a.txt") as file:
            file.write_text("half")
            raise failure
    assert names(tmp_path) == ["a.txt"] and (tmp_path / "a.txt").read_text() == "old"


@posix
def test_the_file_is_on_the_disk_before_it_takes_its_place_and_the_folder_after(tmp_path, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace

    def noted_fsync(opened):
        calls.append(os.fstat(opened).st_ino)
        fsync(opened)

    def noted_replace(source, target):
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write(tmp_path / "a.txt")
    assert calls == [(tmp_path / "a.txt").stat().st_ino, "replace", tmp_path.stat().st_ino]


@pytest.mark.parametrize(
    ("call", "code", "old"),
    [
        ("mkdir", errno.ENOSPC, "old"),
        ("fsync", errno.ENOSPC, None),
        ("fsync", errno.EIO, "old"),
        ("replace", errno.EACCES, "old"),
    ],
)
def test_an_error_names_the_file_and_says_what_became_of_it(tmp_path, monkeypatch, call, code, old):
    if old:
        (tmp_path / "a.txt").write_text(old)

    def fail(*words):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError) as caught:
        write(tmp_path / "a.txt")
    state = "the file that was there is unchanged" if old else "no file is there"
    expected = f"'{tmp_path / 'a.txt'}' was not written: {os.strerror(code)}; {state}."
    assert (str(caught.value), caught.value.errno) == (expected, code)
    assert isinstance(caught.value, PermissionError) == (code == errno.EACCES)
    monkeypatch.undo()
    assert (tmp_path / "a.txt").read_text() == old if old else not (tmp_path / "a.txt").exists()


@posix
def test_no_room_on_the_disk(tmp_path):
    """The system itself refuses what is longer than a limit."""
    (tmp_path / "a.bin").write_text("old")
    words = [sys.executable, "-c", ALONE + NO_ROOM, tmp_path / "a.bin"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split()[:2] == ["OSError", str(errno.EFBIG)]
    assert (
        f"'{tmp_path / 'a.bin'}' was not written: File too large; the file that was there is unchanged."
        in said
    )
    assert names(tmp_path) == ["a.bin"] and (tmp_path / "a.bin").read_text() == "old"


@posix
def test_the_next_file_removes_what_a_killed_process_left(tmp_path, hanging):
    (tmp_path / "a.txt").write_text("old")
    process = hanging(tmp_path / "a.txt")
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = set(names(tmp_path)) - {"a.txt"}
    assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / left / "new" / "a.txt").read_text() == "half"
    write(tmp_path / "b.txt")
    assert names(tmp_path) == ["a.txt", "b.txt"]


@posix
def test_what_a_living_process_writes_stays(tmp_path, hanging):
    """The lock decides, not a number of a process, which another may have by now."""
    hanging(tmp_path / "a.txt")
    (writing,) = names(tmp_path)
    os.utime(tmp_path / writing, (0, 0))
    for _ in range(2):
        write(tmp_path / "a.txt")
    assert names(tmp_path) == sorted([writing, "a.txt"])
    assert (tmp_path / writing / "new" / "a.txt").read_text() == "half"
    with written_whole(tmp_path / "c.txt") as file:  # nor what this process is writing
        write(tmp_path / "d.txt")
        file.write_text("whole")
    assert (tmp_path / "c.txt").read_text() == "whole"


OWN, OTHER = atomic_write.PREFIX, ".keras-cnns-01234567-"


@posix
@pytest.mark.parametrize(
    ("name", "age", "removed"),
    [
        (OWN + "abcdefgh", 0, True),
        (OTHER + "abcdefgh", 3600, False),  # of another machine, whose locks cannot be seen
        (OTHER + "abcdefgh", 2 * atomic_write.DAY, True),
        (OWN + "mine", 2 * atomic_write.DAY, False),
        (".keras-cnns", 2 * atomic_write.DAY, False),
        ("x" + OWN + "abcdefgh", 2 * atomic_write.DAY, False),
    ],
)
def test_only_leftovers_are_removed(tmp_path, name, age, removed):
    (tmp_path / name / "new").mkdir(parents=True)
    (tmp_path / name / "new" / "a.txt").write_text("half")
    (tmp_path / name / "lock").write_text("")
    now = (tmp_path / name).stat().st_mtime
    os.utime(tmp_path / name, (now - age, now - age))
    write(tmp_path / "b.txt")
    assert (tmp_path / name).exists() != removed


@posix
def test_what_only_looks_like_a_leftover_stays(tmp_path):
    """A file, a link to a folder, a folder without a lock, one whose lock is a pipe that would never open."""
    (tmp_path / (OWN + "aaaaaaaa")).write_text("a file")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lock").write_text("")
    (tmp_path / (OWN + "bbbbbbbb")).symlink_to("mine")
    (tmp_path / (OWN + "cccccccc")).mkdir()
    (tmp_path / (OWN + "cccccccc") / "precious.txt").write_text("")
    (tmp_path / (OWN + "dddddddd")).mkdir()  # empty: its process was killed before it made the lock
    before = names(tmp_path)
    write(tmp_path / "b.txt")
    assert names(tmp_path) == sorted({*before, "b.txt"} - {OWN + "dddddddd"})
    assert names(tmp_path / "mine") == ["lock"]


@posix
def test_where_there_are_no_locks_files_are_written_and_nothing_is_removed(tmp_path, monkeypatch):
    (tmp_path / (OWN + "aaaaaaaa")).mkdir()
    (tmp_path / (OWN + "aaaaaaaa") / "lock").write_text("")

    def no_locks(*words):
        raise OSError(errno.EOPNOTSUPP, "no locks")

    monkeypatch.setattr(atomic_write.fcntl, "flock", no_locks)
    write(tmp_path / "a.txt")
    assert names(tmp_path) == sorted([OWN + "aaaaaaaa", "a.txt"])


@posix
def test_a_folder_that_is_cleaned_away_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    make, made = atomic_write.tempfile.mkdtemp, []

    def cleaned_away(**options):
        made.append(make(**options))
        if len(made) < 3:
            os.rmdir(made[-1])
        return made[-1]

    monkeypatch.setattr(atomic_write.tempfile, "mkdtemp", cleaned_away)
    write(tmp_path / "a.txt")
    assert len(made) == 3 and names(tmp_path) == ["a.txt"]


def test_windows_cannot_remove_what_is_open(tmp_path, monkeypatch):
    """There an open lock cannot be unlinked, which says as much."""
    monkeypatch.setattr(atomic_write, "fcntl", None)
    for name in ("aaaaaaaa", "bbbbbbbb"):
        (tmp_path / (OWN + name)).mkdir()
        (tmp_path / (OWN + name) / "lock").write_text("")
    unlink = Path.unlink

    def refuse(path, missing_ok=False):
        if "bbbbbbbb" in str(path):
            raise PermissionError(errno.EACCES, "it is open")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    write(tmp_path / "a.txt")
    assert names(tmp_path) == sorted([OWN + "bbbbbbbb", "a.txt"])


def test_errors_of_something_else_keep_their_own_words(tmp_path):
    words = r"a\.txt' was not written: .*'/no/font\.ttf'; no file is there"
    with pytest.raises(FileNotFoundError, match=words), written_whole(tmp_path / "a.txt"):
        Path("/no/font.ttf").read_bytes()
    with suppress(FileNotFoundError), written_whole(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def write_folder(path, text="new"):
    with folder_written_whole(path) as folder:
        (folder / "inside").mkdir()
        (folder / "inside" / "file").write_text(text)


def test_a_folder_is_new_or_replaced_whole(tmp_path):
    place = tmp_path / "place"
    write_folder(place, "one")
    (place / "more").write_text("of the first")
    write_folder(place, "two")
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == [
        "place",
        os.path.join("place", "inside"),
        os.path.join("place", "inside", "file"),
    ]
    assert (place / "inside" / "file").read_text() == "two"


def test_a_folder_that_fails_changes_nothing(tmp_path, monkeypatch):
    place = tmp_path / "place"
    write_folder(place, "one")
    with pytest.raises(ZeroDivisionError), folder_written_whole(place) as folder:
        (folder / "half").write_text("")
        raise ZeroDivisionError
    real, moves = os.replace, []

    def full(source, target):
        moves.append(source)
        if len(moves) == 2:  # the old one is away, and the new one cannot take its place
            raise OSError(errno.ENOSPC, "full")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="'.*place' was not written: .*; the file that was there is unchanged"):
        write_folder(place, "two")
    assert (place / "inside" / "file").read_text() == "one"
    assert names(tmp_path) == ["place"] and names(place) == ["inside"]


def test_a_folder_never_takes_a_file_s_place(tmp_path):
    (tmp_path / "place").write_text("a file")
    for place in (tmp_path / "place", tmp_path / "no" / "place"):
        with pytest.raises(ValueError, match="path must be a folder in a folder that exists"):
            write_folder(place)
