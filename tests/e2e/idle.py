#!/usr/bin/env python3
"""A process that has nothing to do does not wake.

Usage: idle.py HELLO_BINARY
After a request, and once it has become quiet, no thread gives up its processor, and so none had
it, for three seconds.
"""

import re
import sys
import tempfile
import time
from pathlib import Path

from demo import Caller, Demo, check, wait_for

QUIET_S = 3


def switches(pid: int) -> dict[str, int]:
    """Voluntary context switches by thread: one each time that it has slept again."""
    seen = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = (task / "status").read_text()
        found = re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status)
        seen[f"{task.name} {status.split()[1]}"] = int(found[1])
    return seen


def becomes_quiet(pid: int) -> str:
    """Waits for three seconds in which no thread woke; fails if they do not come."""
    last, since = switches(pid), time.monotonic()

    def quiet() -> bool:
        nonlocal last, since
        now = switches(pid)
        if now != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since >= QUIET_S

    wait_for(f"{QUIET_S} s without a wake-up", quiet)
    return f"{len(last)} threads"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Demo(sys.argv[1], folder) as demo:
        caller = Caller(demo.url)
        check("GET /hello/x", caller.ask("GET", "/hello/x"), 200)
        caller.close()
        wait_for("its line", demo.ended)
        threads = becomes_quiet(demo.process.pid)
        check("GET /hello/y", Caller(demo.url).ask("GET", "/hello/y"), 200)
        wait_for("the line of a request that woke it", lambda: len(demo.ended()) == 2)
        check("exit code", demo.stop(), 0)
        print(f"{threads}, no wake-up in {QUIET_S} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
