"""A headless Chromium for tests, spoken to over its debugging pipe; it needs no driver and no package."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.tools import need_tool

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE_SECONDS = 30


class Browser:
    """One page of a browser."""

    def __init__(self, reader, writer):
        self._reader, self._writer, self._last, self._session = reader, writer, 0, None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._writer.write(json.dumps(message).encode() + b"\0")
        self._writer.flush()
        while (answer := self._read()).get("id") != self._last:
            self.events.append(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait(self, script):
        """Wait until a script gives true; a page that is just being left gives nothing."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self.evaluate(script):
                    return
            except AssertionError:
                pass
            assert time.monotonic() < deadline, f"in vain: {script}\n{self.evaluate('document.body.innerText')}"
            time.sleep(0.05)

    def text(self):
        return self.evaluate("document.body.innerText")

    def click(self, selector):
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def choose_file(self, selector, path):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def screenshot(self, path):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def requested(self):
        """The URLs that were asked for so far."""
        self.evaluate("1")
        events = [each for each in self.events if each.get("method") == "Network.requestWillBeSent"]
        return [each["params"]["request"]["url"] for each in events]

    def complaints(self):
        """What the browser wrote to its console or log."""
        self.evaluate("1")
        kinds = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [each["params"] for each in self.events if each.get("method") in kinds]

    def _read(self):
        parts = []
        while (byte := self._reader.read(1)) != b"\0":
            assert byte, "the browser has gone"
            parts.append(byte)
        return json.loads(b"".join(parts))


@contextmanager
def browser():
    """A browser with an empty profile; the test skips where there is none."""
    program = need_tool(*PROGRAMS)
    profile = tempfile.mkdtemp(prefix="browser-")
    to_browser, from_browser = os.pipe(), os.pipe()
    ours = {3: to_browser[0], 4: from_browser[1]}

    def wire():
        kept = {number: os.dup(fd) for number, fd in ours.items()}
        for number, fd in kept.items():
            os.dup2(fd, number, inheritable=True)

    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}"],
        preexec_fn=wire,  # noqa: PLW1509  # the pipe has to be at 3 and 4; this process forks nothing else
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser[0])
    os.close(from_browser[1])
    try:
        with os.fdopen(to_browser[1], "wb") as writer, os.fdopen(from_browser[0], "rb") as reader:
            yield Browser(reader, writer)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(profile, ignore_errors=True)
