"""Headless Chromium, driven over the two pipes of its DevTools protocol; needs nothing but the browser."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
FLAGS += ["--disable-dev-shm-usage"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]


def installed():
    """The browser's program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None) if os.name == "posix" else None


class Page:
    """One tab; `events` are all that it has reported, with their method and params."""

    def __init__(self, to_browser, from_browser):
        self.out, self.back, self.number, self.session, self.events = to_browser, from_browser, 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        """Call a method of the protocol; return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        self.out.flush()
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self):
        data = bytearray()
        while (byte := self.back.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has ended")
            data += byte
        answer = json.loads(data)
        if "method" in answer:
            self.events.append(answer)
        return answer

    def show(self, address, width, height=900, dark=False, media=""):
        """Open a page in a window of that size, and wait until all of it is there."""
        self.events.clear()
        phone = width < 600
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.ask("Page.navigate", url=address)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.read()

    def value(self, expression):
        """What a JavaScript expression comes to."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def picture(self, **options):
        """The window, or the whole page with captureBeyondViewport=True, as PNG."""
        return b64decode(self.ask("Page.captureScreenshot", **options)["data"])


# The browser reads from its file 3 and writes to its file 4, whatever numbers the pipes have here.
START = (
    "import os, sys; [os.dup2(int(sys.argv[i]), 2 + i) for i in (1, 2)]; os.execv(sys.argv[3], sys.argv[3:])"
)


@contextmanager
def browser():
    """Give a page of a browser that starts with an empty profile, and end that browser."""
    (read_by, write_to), (read_from, write_by) = high_pipe(), high_pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [installed(), *FLAGS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(read_by), str(write_by), *command],
            pass_fds=(read_by, write_by),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_by)
        os.close(write_by)
        try:
            with os.fdopen(write_to, "wb") as out, os.fdopen(read_from, "rb") as back:
                yield Page(out, back)
        finally:
            process.kill()
            process.wait()


def high_pipe():
    """A pipe whose two ends are not among the first files, which the browser wants."""
    import fcntl  # not on Windows, where the tests that use a browser are skipped

    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high
