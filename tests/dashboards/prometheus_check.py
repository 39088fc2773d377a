"""Asks a real Prometheus that scrapes the demo everything that the dashboard and the rules ask.

Usage: prometheus_check.py <lift-dashboards> <payments> <prometheus>

The demo gets traffic with failures, Prometheus scrapes it and loads the rules. Every selector of
every expression must return data, and so must every whole expression but alerts.
"""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

DEADLINE = time.monotonic() + 50
OPTIONS = ["--service", "payments", "--environment", "production"]
SELECTOR = re.compile(r'[a-zA-Z_:][\w:]*\{[^}]*\}(?:\[[^\]]*\])?')


def fail(why: str):
    sys.exit(f"dashboards: {why}")


def wait_for(what: str, ask, pause: float = 0.1):
    """What `ask` returns once it is anything."""
    while time.monotonic() < DEADLINE:
        if answer := ask():
            return answer
        time.sleep(pause)
    fail(f"no {what} in time")


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Demo:
    """The payments demo, with a request of every kind made of it."""

    def __init__(self, binary: str, folder: Path):
        self.database = folder / "payments.db"
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--management", "127.0.0.1:0", "--db", str(self.database),
             "--lame-duck", "0s", "--timeout", "100ms", "--log", str(folder / "log")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.address = self.management = self.token = ""
        for line in self.process.stdout:
            if found := re.search(r"listening on http://(\S+)", line):
                self.address = found[1]
            if found := re.search(r"management on http://([^\s/]+)", line):
                self.management = found[1]
            if found := re.search(r"export ACME=(\S+)", line):
                self.token = found[1]
            if self.address and self.management and self.token:
                return
        fail("the demo did not start")

    def ask(self, path: str, body: str | None = None) -> int:
        request = urllib.request.Request(
            f"http://{self.address}{path}", data=body.encode() if body else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def traffic(self) -> None:
        for _ in range(3):
            self.ask("/payments", '{"amount": 1250, "currency": "EUR"}')
            self.ask("/payments")
            self.ask("/nowhere")

    def failing(self) -> None:
        """A request that finds the database locked."""
        with sqlite3.connect(self.database, isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            status = self.ask("/payments", '{"amount": 1250, "currency": "EUR"}')
            other.execute("ROLLBACK")
        if status < 500:
            fail(f"the demo should have failed, but answered {status}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


class Prometheus:
    def __init__(self, binary: str, folder: Path, target: str, rules: Path):
        config = folder / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 500ms}\n"
            f"rule_files: ['{rules}']\n"
            "scrape_configs:\n"
            f"  - {{job_name: payments, static_configs: [{{targets: ['{target}']}}]}}\n")
        self.address = f"127.0.0.1:{free_port()}"
        self.log = (folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(
            [binary, f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
             f"--web.listen-address={self.address}", "--log.level=warn"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def get(self, path: str, **parameters: str):
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            return fail(f"{parameters}: {error.read().decode()}")
        except OSError:
            if self.process.poll() is not None:
                fail(f"Prometheus ended with {self.process.returncode}")
            return None

    def result(self, expression: str):
        answer = self.get("/api/v1/query", query=expression)
        return answer["data"]["result"] if answer else None

    def rules(self) -> list[dict]:
        answer = self.get("/api/v1/rules")
        groups = answer["data"]["groups"] if answer else []
        return [rule for group in groups for rule in group["rules"]]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


def dashboard_expressions(text: str) -> list[str]:
    panels = json.loads(text)["panels"]
    found = [target["expr"] for panel in panels for target in panel["targets"]]
    return [expr.replace("$__rate_interval", "1m") for expr in found]


def check_data(prometheus: Prometheus, expressions: list[str], alerts: list[str], traffic) -> int:
    selectors = {found for expr in expressions + alerts for found in SELECTOR.findall(expr)}
    for selector in sorted(selectors):
        # A range of two samples at least, so that a rate can be taken.
        probe = f"rate({selector})" if selector.endswith("]") else selector

        def seen(probe=probe):
            traffic()
            return prometheus.result(probe)

        wait_for(f"data for {probe}", seen)
    for expr in expressions:
        if not expr.endswith(" > 0"):
            wait_for(f"data for {expr}", lambda expr=expr: prometheus.result(expr))
    return len(selectors)


def main() -> None:
    tool, payments, server = sys.argv[1:4]
    if not Path(server).exists():
        fail("prometheus is missing: run tools/deps test")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rules = folder / "rules.yml"
        rules.write_text(run(tool, "prometheus", *OPTIONS))
        demo = Demo(payments, folder)
        prometheus = Prometheus(server, folder, demo.management, rules)
        try:
            wait_for("Prometheus", lambda: prometheus.result("up{job='payments'} == 1"))
            demo.failing()
            loaded = prometheus.rules()
            expressions = dashboard_expressions(run(tool, "grafana", *OPTIONS))
            expressions += [r["query"] for r in loaded if r["type"] == "recording"]
            alerts = [r["query"] for r in loaded if r["type"] == "alerting"]
            selectors = check_data(prometheus, expressions, alerts, demo.traffic)
            broken = [r for r in prometheus.rules() if r["health"] == "err"]
            if broken:
                fail(f"rules that cannot be evaluated: {broken}")
        finally:
            prometheus.stop()
            demo.stop()
    print(f"dashboards: {len(expressions)} expressions, {len(alerts)} alerts, "
          f"{selectors} selectors, all have data")


if __name__ == "__main__":
    main()
