#!/usr/bin/env python3
"""The README's tour, run against the demo: what it shows must be what happens.

Usage: tour.py PAYMENTS_BINARY README [--write]
Every block after `<!-- tour -->` holds commands (`$ …`) and their output. Ids and dates differ from
run to run and are compared as PLACEHOLDERS; --write puts the true output, with placeholders, into
the README.
"""

import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

PLACEHOLDERS = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
    (r"(?m)^Date: .*$", "Date: <date>"),
    (r'"span_id":"[0-9a-f]{16}"', '"span_id":"<span>"'),
    (r'"duration_ms":[0-9.]+', '"duration_ms":<ms>'),
    (r'"user_agent":"curl/[^"]*"', '"user_agent":"<curl>"'),
]
BLOCK = re.compile(r"(<!-- tour -->\n```console\n)(.*?)(```\n)", re.S)
ADDRESS = "http://127.0.0.1:8080"
MANAGEMENT = "http://127.0.0.1:9464"
LOG = "payments.log"
PATIENCE = 10  # seconds that a line may take to its file


class Demo:
    def __init__(self, binary: str, folder: str):
        self.binary = binary
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--db", f"{folder}/payments.db", "--lame-duck", "0s",
             "--management", "127.0.0.1:0", "--log", f"{folder}/{LOG}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.env, self.address, self.management = {}, "", ""
        self.log = f"{folder}/{LOG}"
        for line in self.process.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                self.address = found[1]
            if found := re.search(r"management on (http://\S+)", line):
                self.management = found[1]
            if found := re.search(r"export (\w+)=(\S+)", line):
                self.env[found[1]] = found[2]
            if "GLOBEX" in self.env and self.address:
                return
        raise SystemExit("tour: the demo did not start")

    def output_of(self, command: str) -> str:
        command = command.replace(ADDRESS, self.address).replace(MANAGEMENT, self.management)
        if LOG in command:
            command = f"timeout {PATIENCE} bash -c " + shlex.quote(
                f"until {command.replace(LOG, self.log)}; do :; done")
        command = re.sub(r"^payments\b", self.binary, command)
        done = subprocess.run(["bash", "-c", command], env=self.env | {"PATH": "/usr/bin:/bin"},
                              capture_output=True, text=True, timeout=30)
        text = (done.stdout + done.stderr).replace("\r", "").rstrip("\n")
        for pattern, name in PLACEHOLDERS:
            text = re.sub(pattern, name, text)
        return text + "\n" if text else ""

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def play(demo: Demo, block: str) -> str:
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"{line}\n{demo.output_of(line[2:])}" for line in commands)


def main() -> int:
    binary, readme = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    text = readme.read_text()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(binary, folder)

        def replay(match: re.Match) -> str:
            nonlocal wrong
            seen = play(demo, match[2])
            if seen != match[2]:
                wrong += 1
                print(f"the README says:\n{match[2]}\nwhat happens:\n{seen}")
            return match[1] + seen + match[3]

        played = BLOCK.sub(replay, text)
        blocks = len(BLOCK.findall(text))
        code = demo.stop()
    if "--write" in sys.argv:
        readme.write_text(played)
        return 0
    print(f"tour: {blocks} blocks, {wrong} wrong, the demo ended with {code}")
    return 1 if wrong or code or not blocks else 0


if __name__ == "__main__":
    sys.exit(main())
