"""Holds the rules for Prometheus against promtool: it finds no fault, and its unit tests pass.

Usage: alerts_check.py <lift-dashboards> <promtool> <burn_rate_test.yaml>

That the tests can fail is seen by giving them rules of another objective.
"""

import subprocess
import sys
import tempfile
from pathlib import Path


def promtool(tool: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([tool, *arguments], cwd=folder, capture_output=True, text=True,
                          check=False)


def main() -> None:
    dashboards, tool, tests = sys.argv[1:4]
    if not Path(tool).exists():
        sys.exit("promtool is missing: run tools/deps test")
    tool = str(Path(tool).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Path(folder, "test.yml").write_text(Path(tests).read_text())
        for slo, passes in (("99.9", True), ("98", False)):
            rules = subprocess.run(
                [dashboards, "prometheus", "--service", "payments", "--environment", "production",
                 "--slo", slo], check=True, capture_output=True).stdout
            Path(folder, "rules.yml").write_bytes(rules)
            checked = promtool(tool, folder, "check", "rules", "--lint-fatal", "rules.yml")
            if checked.returncode != 0:
                sys.exit(f"promtool finds fault:\n{checked.stdout}{checked.stderr}")
            tested = promtool(tool, folder, "test", "rules", "test.yml")
            if (tested.returncode == 0) != passes:
                sys.exit(f"with an objective of {slo} %:\n{tested.stdout}{tested.stderr}")


if __name__ == "__main__":
    main()
