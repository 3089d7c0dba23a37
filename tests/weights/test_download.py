"""Published files arrive whole or not at all, whatever the server does."""

import errno
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock
from support import web as pages

from keras_cnns.weights.download import download, files, http, pace
from keras_cnns.weights.download.download import fetch
from keras_cnns.weights.download.files import File

DATA = bytes(range(256)) * 4000  # 1.0 MB
NAME = "net.h5"
MD5 = "md5:" + hashlib.md5(DATA).hexdigest()
SHA256 = "sha256:" + hashlib.sha256(DATA).hexdigest()
NOWHERE = "https://127.0.0.1:9/net.h5"  # nobody listens there


@pytest.fixture
def web():
    with pages.serve() as server:
        yield server


@pytest.fixture
def folder(web, tmp_path, monkeypatch):
    """The cache folder; the server is the mirror, since only that may be without https."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_CNNS_MIRROR", f"{web.address}/files/")
    monkeypatch.delenv("KERAS_CNNS_OFFLINE", raising=False)
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0, 0.0))
    return tmp_path / "home" / "models"


@pytest.fixture
def answers(web, folder):
    """Say how the server answers, one request after another."""

    def set_answers(*answers):
        web.site[f"/files/{NAME}"] = list(answers)

    return set_answers


def file(digest=MD5):
    return File(NAME, NOWHERE, digest, len(DATA))


def names(folder):
    """What is in the cache folder, apart from the lock: filelock leaves it or not, and it must be empty."""
    paths = {path.name: path for path in folder.iterdir()} if folder.exists() else {}
    lock = paths.pop(f"{NAME}.lock", None)
    assert lock is None or lock.stat().st_size == 0
    return sorted(paths)


def refused(file):
    """Fetch in vain; return the message."""
    with pytest.raises(OSError) as error:
        fetch(file)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("digest", [MD5, SHA256, SHA256[: len("sha256:") + 8]])
def test_a_file_is_downloaded_once(web, folder, answers, digest):
    answers(pages.whole(DATA))
    place = fetch(file(digest))
    assert place == folder / NAME
    assert place.read_bytes() == DATA
    assert fetch(file(digest)) == place
    assert names(folder) == [NAME]
    assert [path for path, _ in web.asked] == [f"/files/{NAME}"]


def test_a_failed_download_is_explained_in_one_line(folder, answers, web):
    answers(pages.status(404))
    message = refused(file())
    assert f"{web.address}/files/{NAME}: it answers 404 Not Found." in message
    assert f"{NOWHERE}: [Errno 111] Connection refused." in message or sys.platform != "linux"
    assert f"download {NOWHERE} with a browser and put it at {folder / NAME}" in message
    assert "KERAS_CNNS_MIRROR can name another host" in message
    assert names(folder) == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (pages.status(403), "it answers 403 Forbidden"),
        (pages.status(503), "it answers 503 Service Unavailable"),
        (pages.page("text/html; charset=utf-8"), "a web page, not with the file"),
        (pages.page("application/octet-stream"), "a web page, not with the file"),
        (pages.whole(b"Please log in", {"Content-Type": "text/html"}), "a web page, not with the file"),
        (pages.whole(DATA[:-1] + b"!"), "what it sent is not the published file (its md5 is"),
        (pages.whole(DATA[:-1]), "what it sent is not the published file (its md5 is"),
        (pages.whole(b""), "what it sent is not the published file (its md5 is"),
        (pages.truncated(DATA[:500_000], len(DATA)), "it was interrupted after 0.5 MB of 1.0 MB"),
        (pages.truncated(b"", 10**12), "it offers 1,000,000.0 MB, but the file has about 1.0 MB"),
        (pages.redirect("file:///etc/passwd"), "it redirects to file:///etc/passwd, which is not https"),
        (pages.redirect("ftp://127.0.0.1/net.h5"), "which is not https"),
        (pages.redirect("data:,hello"), "which is not https"),
        (pages.redirect(f"/files/{NAME}"), "it redirects more than 10 times"),
    ],
)
def test_nothing_is_left_of_a_wrong_answer(folder, answers, answer, message):
    answers(answer)
    assert message in refused(file())
    assert names(folder) == []


def test_a_server_that_never_stops(folder, answers):
    """No more is taken than the limit, beyond what is on its way (some MB in the system's buffers)."""
    sent = []
    answers(pages.endless(sent))
    assert "it sends more than 18.1 MB" in refused(file())
    assert 18e6 < sum(sent) < 60e6
    assert names(folder) == []


def test_a_server_that_falls_silent(folder, answers, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", 0.3)
    answers(pages.silent(2))
    assert "no data for 0 seconds" in refused(file())
    assert names(folder) == []


def dripping(head, drop):
    """Sends the head of a response, or what begins one, and then a byte now and then for ever."""

    def answer(handler):
        handler.wfile.write(head)
        while True:
            handler.wfile.write(drop)
            time.sleep(0.001)

    return answer


@pytest.fixture
def two_seconds_a_read(monkeypatch):
    """Each wait for the server takes as long by the clock that is looked at."""
    monkeypatch.setattr(pace, "clock", itertools.count(0.0, 2.0).__next__)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (dripping(OK + b'ETag: "v1"\r\nContent-Length: 1024000\r\n\r\n', b"x"), True),
        (dripping(OK + b'ETag: "v1"\r\nTransfer-Encoding: chunked\r\n\r\n', b"1\r\nx\r\n"), True),
        (dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"), False),
        (dripping(OK + b"X: ", b"x"), False),
        (dripping(b"HTTP/1.1 2", b"0"), False),
        (dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), False),
    ],
)
def test_a_server_that_drips(web, folder, answers, two_seconds_a_read, answer, kept):
    """It is given up after a minute, at once and not after four attempts; what has arrived is kept."""
    answers(answer)
    message = refused(file())
    assert "bytes in 60 seconds; a download slower than 1,000 bytes a second is given up" in message
    assert names(folder) == ([f"{NAME}.part", f"{NAME}.part.etag"] if kept else [])
    assert ("are kept for the next attempt" in message) == kept
    assert len(web.asked) == 1


def test_a_server_that_is_slow_and_not_too_slow(folder, answers, monkeypatch):
    """A second for each 64 kB is 64 times as fast as what is given up."""
    monkeypatch.setattr(pace, "clock", itertools.count(0.0, 1.0).__next__)
    answers(pages.slow(DATA * 15, 0.1))
    whole = File(NAME, NOWHERE, "md5:" + hashlib.md5(DATA * 15).hexdigest(), len(DATA) * 15)
    assert fetch(whole).stat().st_size == len(DATA) * 15


def test_only_waiting_counts(folder, answers, monkeypatch):
    """A machine that sleeps, or a slow disk, is not the server's fault."""
    now = itertools.count(0.0, 1e-6)
    monkeypatch.setattr(pace, "clock", now.__next__)
    write = http.write

    def slow_disk(*arguments):
        nonlocal now
        now = itertools.count(next(now) + 100, 1e-6)
        monkeypatch.setattr(pace, "clock", now.__next__)
        write(*arguments)

    monkeypatch.setattr(http, "write", slow_disk)
    answers(pages.whole(DATA))
    assert fetch(file()).read_bytes() == DATA


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
        b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n" * 100_000,
        OK + b"X: y\r\n" * 100_000,
        OK + b"X: " + b"y" * 10**6,
        OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"X: y\r\n" * 10**6,
    ],
    ids=["100", "102", "many headers", "long header", "trailers"],
)
def test_a_server_that_says_more_than_a_file(web, folder, answers, monkeypatch, head):
    monkeypatch.setattr(files, "MARGIN", 0)
    answers(lambda handler: handler.wfile.write(head))
    message = refused(file())
    assert (
        "it sends more than a download" in message
        or "it answers 102" in message
        or "got more than" in message
    )
    assert names(folder) == []
    assert len(web.asked) == 1


WORDS = "\x1b]0;owned\x07 \x1b[2J\u202e" + 1000 * "x"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"HTTP/1.1 404 {WORDS}\r\n\r\n", "it answers 404 \\x1b]0;owned"),
        (f"HTTP/1.1 503 {WORDS}\r\n\r\n", "it answers 503 \\x1b]0;owned"),
        (f"HTTP/9 {WORDS}\r\n\r\n", "\\x1b]0;owned"),
        (f"{WORDS}\r\n\r\n", "\\x1b]0;owned"),
        (f"HTTP/1.1 302 Found\r\nLocation: ftp://{WORDS}\r\n\r\n", "it redirects to ftp://"),
        (
            "HTTP/1.1 302 Found\r\nLocation: https://[\r\n\r\n",
            "it redirects to https://[, which is no address",
        ),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:x/\r\n\r\n", "nonnumeric port"),
        ("HTTP/1.1 206 Part\r\nContent-Range: bytes " + "9" * 5000 + "-\r\n\r\n", "it answers 206 Part"),
    ],
)
def test_the_words_of_a_server(folder, answers, said, shown):
    """They are shown on one line, printable and short, and none of them is an error of another class."""
    answers(lambda handler: handler.wfile.write(said.encode("utf-8")))
    message = refused(file())
    assert shown in message
    assert message.isprintable() and len(message) < 900
    assert names(folder) == []


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-1", "many"])
def test_a_length_that_is_no_number(folder, answers, length):
    head = f'HTTP/1.1 200 OK\r\nETag: "{"v" * 5000}"\r\nContent-Length: {length}\r\n\r\n'
    answers(lambda handler: handler.wfile.write(head.encode("latin-1") + DATA))
    assert fetch(file()).read_bytes() == DATA


def test_an_unknown_host(folder, monkeypatch):
    monkeypatch.setenv("KERAS_CNNS_MIRROR", "https://no-such-host.invalid")
    message = refused(file())
    assert "https://no-such-host.invalid/net.h5: the host is unknown, or there is no connection" in message
    assert names(folder) == []


def test_a_full_disk_is_noticed_before_the_download(web, folder, answers, monkeypatch):
    answers(pages.whole(DATA))
    usage = type(shutil.disk_usage("."))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**5, 10**5))
    assert f"1.0 MB are needed, but {folder} has room for 0.1 MB" in refused(file())
    assert names(folder) == []


def test_a_disk_that_fills_up(folder, answers, monkeypatch):
    class Full:
        def write(self, chunk):
            raise OSError(errno.ENOSPC, "No space left on device")

    write = http.write
    monkeypatch.setattr(http, "write", lambda chunk, target, path: write(chunk, Full(), path))
    answers(pages.resumable(DATA))
    assert f"{folder / NAME}.part was not written: No space left on device" in refused(file())
    assert names(folder) == []


def test_an_interrupted_transfer_resumes_where_it_stopped(web, folder, answers):
    half = len(DATA) // 2
    answers(pages.resumable(DATA, breaks_at=half), pages.resumable(DATA))
    assert fetch(file()).read_bytes() == DATA
    assert names(folder) == [NAME]
    (_, first), (_, second) = web.asked
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == (f"bytes={half}-", '"v1"')


def test_a_later_attempt_resumes_too(web, folder, answers):
    answers(pages.resumable(DATA, breaks_at=600_000))
    message = refused(file())
    assert "it was interrupted after 0.6 MB of 1.0 MB" in message
    assert "0.6 MB are kept for the next attempt" in message
    assert names(folder) == [f"{NAME}.part", f"{NAME}.part.etag"]
    answers(pages.resumable(DATA))
    assert fetch(file()).read_bytes() == DATA
    assert web.asked[-1][1]["Range"] == "bytes=600000-"
    assert names(folder) == [NAME]


def test_another_version_starts_again(web, folder, answers):
    """What is kept of the old one is not mixed with the new."""
    answers(pages.resumable(bytes(len(DATA)), breaks_at=600_000))
    refused(file())
    answers(pages.resumable(DATA, tag='"v2"'))
    assert fetch(file()).read_bytes() == DATA
    assert web.asked[-1][1]["If-Range"] == '"v1"'


def test_a_server_without_ranges_starts_again(web, folder, answers):
    """There is no entity tag, so none is asked for a part."""
    answers(pages.truncated(DATA[:500_000], len(DATA)), pages.whole(DATA))
    assert fetch(file()).read_bytes() == DATA
    assert all("Range" not in headers for _, headers in web.asked)
    (folder / NAME).unlink()
    answers(pages.resumable(DATA, breaks_at=600_000))
    refused(file())
    answers(pages.whole(DATA))  # the range is asked for, and ignored
    assert fetch(file()).read_bytes() == DATA


def test_a_weak_tag_is_not_gone_by(web, folder, answers):
    """It says that two versions mean the same, not that they are so byte for byte."""
    answers(pages.resumable(DATA, tag='W/"v1"', breaks_at=600_000))
    refused(file())
    assert names(folder) == []
    assert all("Range" not in headers for _, headers in web.asked)


@pytest.mark.parametrize("extra", [b"", b"more"])
def test_a_part_that_has_no_rest_starts_again(folder, answers, extra):
    folder.mkdir(parents=True)
    (folder / f"{NAME}.part").write_bytes(DATA + extra)
    (folder / f"{NAME}.part.etag").write_text('"v1"')
    answers(pages.resumable(DATA))
    assert fetch(file()).read_bytes() == DATA
    assert names(folder) == [NAME]


def test_a_spoilt_part_is_removed(folder, answers):
    folder.mkdir(parents=True)
    (folder / f"{NAME}.part").write_bytes(b"x" * 1000)
    (folder / f"{NAME}.part.etag").write_text('"v1"')
    answers(pages.resumable(DATA))
    assert "what it sent is not the published file" in refused(file())
    assert names(folder) == []
    assert fetch(file()).read_bytes() == DATA


def test_a_wrong_file_stays_until_a_right_one_comes(folder, answers, capsys):
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(b"mine")
    answers(pages.status(404))
    refused(file())
    assert (folder / NAME).read_bytes() == b"mine"
    said = capsys.readouterr().err
    assert f"{folder / NAME}: not the published file (its md5 is {hashlib.md5(b'mine').hexdigest()}" in said
    answers(pages.whole(DATA))
    assert fetch(file()).read_bytes() == DATA


def test_a_folder_in_the_file_s_place(folder):
    (folder / NAME).mkdir(parents=True)
    assert "is a folder" in refused(file())


def test_redirects_are_followed(web, folder, answers):
    answers(pages.redirect("/elsewhere"))
    web.site["/elsewhere"] = pages.redirect(f"{web.address}/at/last")
    web.site["/at/last"] = pages.whole(DATA)
    assert fetch(file()).read_bytes() == DATA


def test_a_redirect_resumes_in_the_middle(web, folder, answers):
    """The host that redirects has no entity tag, the one it redirects to has."""
    answers(pages.redirect("/at/last"))
    web.site["/at/last"] = [pages.resumable(DATA, breaks_at=300_000), pages.resumable(DATA)]
    assert fetch(file()).read_bytes() == DATA
    assert web.asked[-1][1]["Range"] == "bytes=300000-"


@pytest.mark.parametrize(
    ("address", "location", "target"),
    [
        ("https://a/b/c", "/d", "https://a/d"),
        ("https://a/b", "https://c/d", "https://c/d"),
        ("http://a/b", "http://c/d", "http://c/d"),
        ("http://a/b", "https://c/d", "https://c/d"),
        ("https://a/b", "http://a/b", None),
        ("https://a/b", "file:///etc/passwd", None),
        ("http://a/b", "ftp://c/d", None),
    ],
)
def test_redirects_never_leave_https(address, location, target):
    if target:
        assert http.redirected(address, location) == target
    else:
        with pytest.raises(OSError, match="not https"):
            http.redirected(address, location)


def stated(data):
    return {"X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"'}


def test_the_host_states_the_digest(web, folder, answers, monkeypatch):
    """As Hugging Face does: in the redirect, not in the response of the store behind it."""
    answers(pages.redirect("/store", stated(DATA)))
    web.site["/store"] = pages.whole(DATA, {"ETag": '"something else"', "X-Linked-Etag": "nonsense"})
    assert fetch(file("")).read_bytes() == DATA
    assert (folder / f"{NAME}.sha256").read_text() == f"{SHA256[7:]}  {NAME}\n"
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    assert fetch(file("")) == folder / NAME
    (folder / NAME).write_bytes(b"changed")
    assert "not the published file" in refused(file(""))


def test_a_stated_digest_is_checked(folder, answers):
    answers(pages.whole(DATA, stated(DATA + b"!")))
    assert "what it sent is not the published file (its sha256 is" in refused(file(""))
    assert names(folder) == []


@pytest.mark.parametrize("headers", [{}, {"X-Linked-Etag": '"abc"'}, {"ETag": stated(DATA)["X-Linked-Etag"]}])
def test_a_digest_that_nobody_states(folder, answers, headers):
    answers(pages.whole(DATA, headers))
    assert "does not state the file's digest (X-Linked-Etag)" in refused(file(""))
    assert names(folder) == []


def test_a_file_put_there_by_hand(web, folder, answers, monkeypatch):
    """If its digest is unknown, its host is asked for it; offline, someone must write it down."""
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(DATA)
    assert fetch(file(MD5)) == folder / NAME
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "1")
    message = refused(file(""))
    assert "its digest is unknown" in message
    assert f"the sha256 that its page shows into {folder / NAME}.sha256" in message
    (folder / f"{NAME}.sha256").write_text(SHA256[7:].upper())
    assert fetch(file("")) == folder / NAME
    assert web.asked == []
    (folder / f"{NAME}.sha256").unlink()
    monkeypatch.delenv("KERAS_CNNS_OFFLINE")
    answers(pages.whole(b"", stated(DATA)))
    assert fetch(file("")).read_bytes() == DATA
    assert names(folder) == [NAME, f"{NAME}.sha256"]


@pytest.mark.parametrize("value", ["1", "true"])
def test_offline(web, folder, answers, monkeypatch, value):
    answers(pages.whole(DATA))
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", value)
    message = refused(file())
    assert message.startswith(f"{folder / NAME}: not there. KERAS_CNNS_OFFLINE forbids downloads")
    assert f"put it at {folder / NAME}" in message
    assert web.asked == []
    assert not folder.exists()
    monkeypatch.setenv("KERAS_CNNS_OFFLINE", "0")
    assert fetch(file()).read_bytes() == DATA


def test_mirrors_are_asked_in_order(web, folder, monkeypatch):
    mirrors = [f"{web.address}/{name}" for name in "abc"]
    monkeypatch.setenv("KERAS_CNNS_MIRROR", f" {mirrors[0]}, {mirrors[1]}/\n{mirrors[2]}")
    web.site[f"/b/{NAME}"] = pages.whole(b"wrong")
    web.site[f"/c/{NAME}"] = pages.whole(DATA)
    assert fetch(file()).read_bytes() == DATA
    assert [path for path, _ in web.asked] == [f"/{name}/{NAME}" for name in "abc"]


@pytest.mark.parametrize("mirror", ["ftp://host", "file:///etc", "host/path", "https://"])
def test_what_is_no_mirror(folder, monkeypatch, mirror):
    monkeypatch.setenv("KERAS_CNNS_MIRROR", mirror)
    with pytest.raises(ValueError, match="KERAS_CNNS_MIRROR must be addresses"):
        fetch(file())


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../net.h5"},
        {"name": ".hidden"},
        {"name": ""},
        {"url": "http://host/net.h5"},
        {"url": "file:///etc/passwd"},
        {"digest": "md5:abc"},
        {"digest": "sha256:abcdef0"},
        {"digest": "sha1:" + "0" * 40},
        {"size": 0},
    ],
)
def test_what_is_no_file(change):
    with pytest.raises(ValueError, match=f"^{next(iter(change))} must be"):
        File(**{"name": NAME, "url": NOWHERE, "digest": MD5, "size": 1, **change})


SCRIPT = f"""
import sys
from keras_cnns.weights.download.download import fetch
from keras_cnns.weights.download.files import File
print(fetch(File({NAME!r}, {NOWHERE!r}, {MD5!r}, {len(DATA)})))
"""


def test_two_processes_share_one_download(web, folder, answers):
    answers(pages.slow(DATA, 2.0))
    command = [sys.executable, "-c", SCRIPT]
    runs = [subprocess.Popen(command, env=dict(os.environ), stdout=-1, stderr=-1, text=True) for _ in "ab"]
    printed = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], printed
    assert {out.strip() for out, _ in printed} == {str(folder / NAME)}
    assert (folder / NAME).read_bytes() == DATA
    assert names(folder) == [NAME]
    assert len(web.asked) == 1
    assert sum("Waiting for another process" in err for _, err in printed) == 1


def test_a_process_that_hangs_is_not_waited_for(folder, monkeypatch, capsys):
    """It holds the lock and receives nothing."""
    folder.mkdir(parents=True)
    (folder / f"{NAME}.part").write_bytes(b"x")
    monkeypatch.setattr(download, "LOOK", 0.01)
    monkeypatch.setattr(download, "clock", itertools.count(0.0, 60.0).__next__)
    with FileLock(folder / f"{NAME}.lock"):
        message = refused(file())
    assert f"another process holds {folder / NAME}.lock" in message
    assert f"{folder / NAME}.part has not grown for 10 minutes. End that process" in message
    said = capsys.readouterr().err
    assert f"Waiting for another process that downloads {NAME}; it holds {folder / NAME}.lock" in said


def test_what_a_killed_process_left_of_a_file_that_is_there(folder):
    folder.mkdir(parents=True)
    for ending in ("", ".part", ".part.etag"):
        (folder / f"{NAME}{ending}").write_bytes(DATA)
    with FileLock(folder / f"{NAME}.lock"):  # another process may be at work
        fetch(file())
    assert names(folder) == [NAME, f"{NAME}.part", f"{NAME}.part.etag"]
    fetch(file())
    assert names(folder) == [NAME]


def test_a_killed_process_leaves_no_lock_and_loses_nothing(web, folder, answers):
    """Its lock is gone with it, and what it has received is not lost."""

    def stuck(handler):
        answers(pages.resumable(DATA))
        pages.resumable(DATA, breaks_at=500_000)(handler)
        handler.wfile.flush()
        run.kill()
        run.wait()

    answers(stuck)
    run = subprocess.Popen([sys.executable, "-c", SCRIPT], env=dict(os.environ), stdout=-1, stderr=-1)
    run.communicate(timeout=60)
    assert run.returncode != 0
    assert fetch(file()).read_bytes() == DATA
    assert names(folder) == [NAME]


def test_importing_it_needs_no_keras():
    code = "import sys, keras_cnns.weights.download.download; assert 'keras' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent).returncode == 0
