#!/usr/bin/env python3
"""Each public header compiles alone, and costs little. Usage: headers.py [--jobs N] [root]

The cost of a header is the user CPU time of compiling a file that includes it alone, less that of
a baseline of standard headers taken in the same run. What seems over its budget is measured again,
up to six times, each time against a baseline taken right then, as a machine whose cores are shared
is not equally fast throughout; the least counts: other work only ever adds.
"""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from source import read_tree

BUDGET = 1.0  # Seconds above the baseline.
UMBRELLA, UMBRELLA_BUDGET = "lift/lift.h", 3.0
TRIES, BASELINE_TRIES = 6, 3
# Opt-in, and costly by what it adapts: compiled, not timed.
UNTIMED = ("lift/asio.h", "lift/base/asio")
BASELINE = """algorithm array atomic chrono compare concepts coroutine cstddef cstdint cstring
deque exception expected functional initializer_list iterator limits map memory mutex new
optional ranges span stop_token string string_view system_error thread tuple type_traits
unordered_map utility variant vector""".split()
FLAGS = "-std=c++23 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -x c++ -".split()


@dataclass(frozen=True)
class Compiled:
    seconds: float
    ok: bool
    output: str


def compile_once(root: Path, code: str) -> Compiled:
    boost = root / ".deps/boost/usr/include"
    extra = ["-isystem", str(boost)] if boost.exists() else []
    compiler = os.environ.get("LIFT_HEADER_COMPILER", "clang++-19")
    process = subprocess.Popen(
        [compiler, "-I", str(root), *extra, *FLAGS],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    process.stdin.write(code)
    process.stdin.close()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Compiled(usage.ru_utime, process.returncode == 0, output)


def baseline(root: Path, tries: int = BASELINE_TRIES) -> float:
    code = "".join(f"#include <{name}>\n" for name in BASELINE)
    runs = [compile_once(root, code) for _ in range(tries)]
    if not runs[0].ok:
        sys.exit(f"headers: the standard headers do not compile:\n{runs[0].output}")
    return min(run.seconds for run in runs)


def budget(header: str) -> float:
    return UMBRELLA_BUDGET if header == UMBRELLA else BUDGET


def measure(root: Path, header: str, base: float) -> tuple[str, float, str]:
    """(header, seconds above the baseline, what is wrong with it or "")."""
    limit, best = budget(header), float("inf")
    for attempt in range(TRIES):
        slowdown = 1.0 if attempt == 0 else max(1.0, baseline(root, 1) / base)
        compiled = compile_once(root, f'#include "{header}"\n')
        if not compiled.ok:
            return header, 0.0, f"does not compile alone:\n{compiled.output}"
        best = min(best, max(0.0, compiled.seconds / slowdown - base))
        if best <= limit or header.startswith(UNTIMED):
            return header, best, ""
    return header, best, f"costs {best:.2f} s above the baseline, more than {limit:.1f} s"


def measure_all(root: Path, jobs: int) -> tuple[float, list[tuple[str, float, str]]]:
    headers = [s.path for s in read_tree(root).sources if s.is_public_header]
    base = baseline(root)
    with ThreadPoolExecutor(jobs) as pool:
        return base, list(pool.map(lambda header: measure(root, header, base), headers))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[2])
    arguments = parser.parse_args()
    base, results = measure_all(arguments.root, arguments.jobs)
    for header, cost, wrong in sorted(results, key=lambda result: result[1]):
        print(f"{cost:6.2f} s  {header}" + (f": {wrong}" if wrong else ""))
    failures = sum(1 for _, _, wrong in results if wrong)
    print(f"headers: {len(results)} headers, baseline {base:.2f} s, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
