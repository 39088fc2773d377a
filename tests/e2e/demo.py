"""A program of the tree, started, asked, watched and ended."""

import http.client
import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE_S = 20


def wait_for(what: str, condition: Callable[[], object]) -> object:
    """The condition's first true value; the end of the test if none comes in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.02)
    return value


def check(what: str, seen: object, expected: object) -> None:
    if seen != expected:
        raise SystemExit(f"{what}: saw\n{seen}\nbut it must be\n{expected}")


class Demo:
    """`out` gets the standard output; without it the lines of log are in a pipe nobody reads."""

    def __init__(self, binary: str, folder: str, *flags: str, name: str = "demo") -> None:
        self.log = Path(folder, f"{name}.log")
        self.out = Path(folder, f"{name}.out")
        self.words = Path(folder, f"{name}.err")
        command = [binary, "--port", "0", "--management", "127.0.0.1:0", "--lame-duck", "0s",
                   "--log", str(self.log), *flags]
        with self.out.open("wb") as out, self.words.open("wb") as words:
            self.process = subprocess.Popen(command, stdout=out, stderr=words)
        self.url = wait_for("the listener", lambda: self.said(r"listening on (http://\S+)"))
        self.management = wait_for("management", lambda: self.said(r"management on (http://\S+)"))

    def __enter__(self) -> "Demo":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def said(self, pattern: str) -> str:
        found = re.search(pattern, self.words.read_text() + self.out.read_text())
        return found[1] if found else ""

    def lines(self) -> list[dict]:
        """Of the log, complete ones."""
        text = self.log.read_bytes()
        return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]

    def ended(self) -> list[dict]:
        """The lines of requests that have ended."""
        return [line for line in self.lines() if "status" in line]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)


class Caller:
    """One connection that is kept."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> int:
        return self.response(method, path, body, **headers)[0]

    def response(self, method: str, path: str, body: str | None = None,
                 **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named)
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def close(self) -> None:
        self.connection.close()
