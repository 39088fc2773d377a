#!/usr/bin/env python3
"""Four processes keep one limit together: what they admit in all is within its bound.

Usage: shared_limits.py LIMIT_MEMBER LIFT_DYNAMODB FOLDER_OF_DYNALITE SERVE_JS [SECONDS]
"""

import subprocess
import sys
import time
import uuid
from contextlib import ExitStack

from demo import check
from dynamodb_demo import start_engine

MEMBERS = 4
RATE = 1000
BURST = 1000
LEAST_DECISIONS = 50_000


def main() -> None:
    member, tool, dynalite, script, *rest = sys.argv[1:]
    seconds = int(rest[0]) if rest else 5
    with ExitStack() as stack:
        engine = start_engine(stack, dynalite, script)
        table = f"lift-test-{uuid.uuid4().hex}"
        subprocess.run([tool, "create-table", "--kind", "limits", "--table", table,
                        "--endpoint", engine], check=True)
        begin = time.monotonic()
        members = [stack.enter_context(subprocess.Popen(
            [member, engine, table, str(RATE), str(BURST), str(seconds)],
            stdout=subprocess.PIPE, text=True)) for _ in range(MEMBERS)]
        said = [one.communicate()[0].split() for one in members]
        passed = time.monotonic() - begin
        for one in members:
            check("exit code", one.returncode, 0)
    decided = sum(int(words[0]) for words in said)
    admitted = sum(int(words[1]) for words in said)
    print(f"{MEMBERS} processes, {passed:.1f} s: {decided / passed:,.0f} decisions/s, "
          f"{admitted} admitted of {RATE * passed + BURST:.0f} at most")
    check("within the bound", admitted <= RATE * passed + BURST, True)
    check("most of the rate", admitted >= 0.9 * RATE * seconds, True)
    check("decisions enough", decided >= LEAST_DECISIONS * seconds, True)


if __name__ == "__main__":
    main()
