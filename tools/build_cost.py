#!/usr/bin/env python3
"""Measures what building Lift costs: from nothing, after an edit, and by header.

Usage: build_cost.py [--json FILE] [--filter build]. No compiler cache is used; the build stands in
a scratch folder that is removed. Prints value and budget as ./bench does, and writes the same rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/tidy"))
import headers  # noqa: E402  (found by the line above)

EDITED, EDITED_TEST = "lift/http/target.cc", "lift_http_test"
CLEAN_BUDGET, EDIT_BUDGET = 360, 20


def run(*command: str) -> None:
    environment = os.environ | {"CCACHE_DISABLE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"build_cost: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def row(name: str, value: float, budget: float) -> dict:
    return {"id": name, "value": round(value, 2), "unit": "s", "allocs": None,
            "budget": budget, "floor": None, "peers": {}}


def build_rows() -> list[dict]:
    """Everything that ./test builds, from nothing; then one source changed, its test run."""
    with tempfile.TemporaryDirectory() as scratch:
        run("cmake", "--preset", "debug", "-B", scratch)
        start = time.monotonic()
        run("cmake", "--build", scratch, "-j", "2")
        clean = time.monotonic() - start
        (ROOT / EDITED).touch()
        start = time.monotonic()
        run("cmake", "--build", scratch, "-j", "2", "--target", EDITED_TEST)
        run(f"{scratch}/tests/{EDITED_TEST}", "--gtest_brief=1")
        edit = time.monotonic() - start
    return [row("build.clean", clean, CLEAN_BUDGET), row("build.edit", edit, EDIT_BUDGET)]


def header_rows() -> list[dict]:
    """The costliest headers; the others cost less."""
    _, results = headers.measure_all(ROOT, jobs=2)
    broken = [f"{header}: {wrong}" for header, cost, wrong in results if wrong and cost == 0]
    if broken:
        sys.exit("build_cost: " + "\n".join(broken))
    costliest = sorted(results, key=lambda result: -result[1])
    shown = [r for r in costliest if not r[0].startswith(headers.UNTIMED)][:5]
    shown += [r for r in results if r[0] == headers.UMBRELLA and r not in shown]
    return [row(f"build.header {header}", cost, headers.budget(header))
            for header, cost, _ in shown]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--filter", default="build")
    arguments = parser.parse_args()
    print("Building everything from nothing, without a cache: this takes minutes.", flush=True)
    rows = build_rows() + header_rows()
    for line in rows:
        over = "  over budget" if line["value"] > line["budget"] else ""
        print(f"{line['id']:<44} {line['value']:9.2f} s   budget {line['budget']:g} s{over}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
