"""What docs/dashboards.md shows of lift-dashboards is what it writes.

Usage: docs_check.py <lift-dashboards> <dashboards.md>

A line of `…` stands for any lines.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(
    r"<!-- lift-dashboards -->\n```console\n\$ lift-dashboards ([^\n]*)\n(.*?)```", re.S)


def main() -> None:
    tool, page = sys.argv[1], Path(sys.argv[2]).read_text()
    blocks = BLOCK.findall(page)
    if not blocks:
        sys.exit("docs: nothing is shown")
    for arguments, shown in blocks:
        done = subprocess.run([tool, *shlex.split(arguments)], capture_output=True, text=True,
                              check=False)
        written = done.stdout + done.stderr
        pattern = ".*?".join(re.escape(part) for part in shown.split("…\n"))
        if not re.fullmatch(pattern, written.rstrip("\n") + "\n", re.S):
            sys.exit(f"the page says:\n{shown}\nwhat is written:\n{written}")


if __name__ == "__main__":
    main()
