#!/usr/bin/env python3
"""What becomes of the lines of log when the process is told to reopen its file, to end, or is
killed, each in the middle of traffic.

Usage: process_life.py HELLO_BINARY
"""

import http.client
import json
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from demo import Caller, Demo, check, wait_for

CALLERS = 4


class Traffic:
    """Callers that ask until they are told to end, or nobody answers; keeps who was answered."""

    def __init__(self, url: str) -> None:
        self.answered: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(url,)) for _ in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _call(self, url: str) -> None:
        caller = Caller(url)
        while not self.over.is_set():
            try:
                status, headers, _ = caller.response("GET", "/hello/x")
            except (OSError, http.client.HTTPException):
                return
            check("status", status, 200)
            self.answered.append(headers["x-request-id"])

    def reaches(self, count: int) -> None:
        wait_for(f"{count} answers", lambda: len(self.answered) >= count)

    def end(self) -> Counter:
        self.over.set()
        for thread in self.threads:
            thread.join()
        return Counter(self.answered)


def ids(files: list[Path]) -> Counter:
    lines = [line for file in files for line in file.read_bytes().splitlines()]
    return Counter(json.loads(line)["request_id"] for line in lines)


def reopens(binary: str, folder: str) -> str:
    """SIGHUP after a rename: every request has one line, in the old file or the new."""
    with Demo(binary, folder, name="hup") as demo:
        traffic = Traffic(demo.url)
        moved = []
        for turn in range(5):
            wait_for("lines in the file", lambda: demo.log.stat().st_size)
            traffic.reaches(len(traffic.answered) + 50)
            moved.append(demo.log.rename(f"{demo.log}.{turn}"))
            demo.signal(signal.SIGHUP)
            wait_for("the new file", demo.log.exists)
        traffic.reaches(len(traffic.answered) + 50)
        answered = traffic.end()
        check("exit code", demo.stop(), 0)
        files = [*moved, demo.log]
        check("lines after SIGHUP", ids(files), answered)
        return f"{answered.total()} lines in {len(files)} files"


def flushes(binary: str, folder: str) -> str:
    """SIGTERM: who was answered has a line; the last one says what could not be sent."""
    nobody = "http://127.0.0.1:1"
    with Demo(binary, folder, "--otlp", nobody, name="term") as demo:
        traffic = Traffic(demo.url)
        traffic.reaches(500)
        check("exit code", demo.stop(), 0)
        answered = traffic.end()
        lines = demo.lines()
        logged = Counter(line["request_id"] for line in lines if "status" in line)
        check("lines after SIGTERM", logged, answered)
        check("last words", lines[-1]["message"], "telemetry was lost")
        last = lines[-1]["fields"]
        lost = last["dropped"] + last["pending"]
        # A line and a span of every request were meant for the collector, and points of metrics.
        if lost <= 2 * answered.total():
            raise SystemExit(f"{lost} lost of {2 * answered.total()} and metrics: {last}")
        return f"{answered.total()} lines, then: {last}"


def is_killed(binary: str, folder: str) -> str:
    """SIGKILL: whole lines, but for at most one; the next process begins on a line of its own."""
    runs, torn = 5, 0
    for _ in range(runs):
        with Demo(binary, folder, name="kill") as demo:
            before = len(demo.log.read_bytes().splitlines())
            traffic = Traffic(demo.url)
            wait_for("lines", lambda: demo.log.read_bytes().count(b"\n") > before + 300)
            demo.signal(signal.SIGKILL)
            demo.process.wait()
            traffic.end()
    with Demo(binary, folder, name="kill") as demo:
        check("exit code", demo.stop(), 0)
        lines = demo.log.read_bytes()
    check("last byte", lines[-1:], b"\n")
    for line in lines.splitlines():
        try:
            json.loads(line)
        except ValueError:
            torn += 1
    if torn > runs:
        raise SystemExit(f"{torn} torn lines of {runs} kills")
    return f"{len(lines.splitlines())} lines of {runs} killed processes, {torn} torn"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for act in (reopens, flushes, is_killed):
            print(f"{act.__name__}: {act(sys.argv[1], folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
