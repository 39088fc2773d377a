#!/usr/bin/env python3
"""Two copies of the demo keep one limit together, over a table that neither makes.

Usage: shared_limits_demo.py PAYMENTS_BINARY LIFT_DYNAMODB_BINARY FOLDER_OF_DYNALITE SERVE_JS
"""

import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack

from demo import Caller, Demo, check
from dynamodb_demo import refused, start_engine

RATE = 200
BURST = 40
SECONDS = 3


def admitted(caller: Caller, token: str, until: float, counts: list) -> None:
    """Asks until then, and notes how many answers were no 429."""
    count = 0
    while time.monotonic() < until:
        status = caller.ask("GET", "/payments", Authorization=f"Bearer {token}")
        count += status != 429
    counts.append(count)


def run(payments: str, folder: str, flags: list[str]) -> tuple[int, float]:
    with ExitStack() as stack:
        demos = [stack.enter_context(Demo(payments, folder, *flags, "--db", f"{folder}/{name}.db",
                                          name=name)) for name in ("one", "two")]
        counts: list[int] = []
        begin = time.monotonic()
        threads = [threading.Thread(target=admitted,
                                    args=(Caller(demo.url), demo.said(r"ACME=(\S+)"),
                                          begin + SECONDS, counts))
                   for demo in demos for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed = time.monotonic() - begin
        for demo in demos:
            check("exit code", demo.stop(), 0)
        return sum(counts), passed


def main() -> None:
    payments, tool, dynalite, script = sys.argv[1:]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engine = start_engine(stack, dynalite, script)
        for mode in ("lease", "strict"):
            table = f"lift-test-{uuid.uuid4().hex}"
            flags = ["--limit", f"{RATE}/s", "--burst", str(BURST), "--limit-store", "dynamodb",
                     "--limit-mode", mode, "--limit-table", table, "--dynamodb-endpoint", engine]
            said = refused(payments, [*flags, "--db", f"{folder}/none.db"])
            check(f"--limit-table in {said}", "--limit-table" in said, True)
            subprocess.run([tool, "create-table", "--kind", "limits", "--table", table,
                            "--endpoint", engine], check=True)
            total, passed = run(payments, folder, flags)
            # All are one user, who gets half of what its tenant does.
            most = RATE / 2 * passed + BURST / 2
            check(f"{total} of {most:.0f} at most", total <= most, True)
            check(f"{total} of {most:.0f} is most of it", total >= 0.7 * most, True)
            print(f"{mode}: {total} requests in {passed:.1f} s")


if __name__ == "__main__":
    main()
