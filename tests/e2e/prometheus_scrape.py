#!/usr/bin/env python3
"""A Prometheus server scrapes the demo and is asked what it has seen: what was sent.

Usage: prometheus_scrape.py PAYMENTS_BINARY ROOT_OF_THE_TREE
Two servers: one as it is by default (OpenMetrics, and the text format for a scraper that knows no
better), one with native histograms, which makes it ask for Protocol Buffers. Both scrape by way of
a relay that notes which format was agreed on.
"""

import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

from demo import PATIENCE_S, Caller, Demo, check, wait_for

JSON = {"Content_Type": "application/json"}
GOOD = '{"amount": 1250, "currency": "EUR"}'
BAD = '{"amount": "1"}'
DURATION = "http_server_request_duration_seconds"
TEXT = "text/plain; version=0.0.4"
Labels = tuple[str, str, str]


class Relay:
    """Between a scraper and the demo. Under /text it asks for the text format."""

    def __init__(self, target: str) -> None:
        formats = self.formats = Counter()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                accept = TEXT if self.path == "/text" else self.headers["Accept"]
                asked = urllib.request.Request(f"{target}/metrics", headers={"Accept": accept})
                with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
                    body, kind = answer.read(), answer.headers["Content-Type"]
                formats[self.path, kind.split(";")[0]] += 1
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Prometheus:
    def __init__(self, binary: str, folder: Path, jobs: dict[str, str], features: str) -> None:
        folder.mkdir()
        config = "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
        for name, (address, path) in jobs.items():
            config += (f"- job_name: {name}\n  metrics_path: {path}\n"
                       f"  static_configs: [{{targets: ['{address}']}}]\n")
        (folder / "prometheus.yml").write_text(config)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary, f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:0",
                 f"--enable-feature={features}"], stdout=log, stderr=log)
        self.address = wait_for("Prometheus", self._listening)

    def _listening(self) -> str:
        text = self.log.read_text()
        found = re.search(r'msg="Listening on" address=(\S+)', text)
        return found[1] if found and "ready to receive" in text else ""

    def api(self, path: str, **arguments: str) -> list[dict]:
        query = urllib.parse.urlencode(arguments)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}",
                                    timeout=PATIENCE_S) as answer:
            got = json.load(answer)["data"]
        return got["result"] if isinstance(got, dict) else got

    def ask(self, query: str) -> dict[Labels, float]:
        """By method, route and status."""
        return {tuple(one["metric"].get(name, "") for name in
                      ("http_request_method", "http_route", "http_response_status_code")):
                float(one["value"][1]) for one in self.api("query", query=query)}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)


def tool(root: Path, name: str) -> str:
    unpacked = root / ".deps/prometheus/usr/bin" / name
    found = str(unpacked) if unpacked.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"{name} is missing: run tools/deps test")
    return found


def send(demo: Demo) -> dict[Labels, float]:
    """What was sent, by method, route and status."""
    token = wait_for("the tokens", lambda: demo.said(r"export ACME=(\S+)"))
    caller = Caller(demo.url)
    known = {"Authorization": f"Bearer {token}"}
    requests = [(40, "POST", "/payments", GOOD, known | JSON, 201),
                (7, "POST", "/payments", BAD, known | JSON, 422),
                (30, "GET", "/payments", None, known, 200),
                (11, "GET", "/payments", None, {}, 401),
                (9, "GET", "/payments/none", None, known, 404),
                (5, "GET", "/nowhere", None, {}, 404)]
    sent: Counter[Labels] = Counter()
    for times, method, path, body, headers, status in requests:
        route = {"/payments/none": "/payments/{id}", "/nowhere": ""}.get(path, path)
        for _ in range(times):
            check(f"{method} {path}", caller.ask(method, path, body, **headers), status)
            sent[method, route, str(status)] += 1
    caller.close()
    return {labels: float(count) for labels, count in sent.items()}


def agreed(server: Prometheus, query: str, sent: dict[Labels, float]) -> None:
    last: dict[Labels, float] = {}

    def same() -> bool:
        nonlocal last
        last = server.ask(query)
        return last == sent

    try:
        wait_for(query, same)
    except SystemExit:
        check(query, last, sent)


def check_exemplars(server: Prometheus, demo: Demo, query: str) -> int:
    """Every exemplar is a request that the log tells of, on its route."""
    logged = {line["trace_id"]: line for line in demo.ended()}
    found = wait_for("exemplars", lambda: server.api(
        "query_exemplars", query=query, start="0", end="99999999999"))
    seen = 0
    for series in found:
        for exemplar in series["exemplars"]:
            line = logged[exemplar["labels"]["trace_id"]]
            check("span", line["span_id"], exemplar["labels"]["span_id"])
            check("route", line["operation"],
                  series["seriesLabels"].get("http_route", "unmatched"))
            check("status", str(line["status"]),
                  series["seriesLabels"]["http_response_status_code"])
            if abs(line["duration_ms"] / 1000 - float(exemplar["value"])) > 0.001:
                sys.exit(f"an exemplar of {exemplar['value']} s for {line}")
            seen += 1
    return seen


def check_quantile(server: Prometheus, demo: Demo) -> str:
    """The median of a native histogram is the median of the lines within a bucket's width."""
    times = sorted(line["duration_ms"] / 1000 for line in demo.ended() if line["status"] == 201)
    series = f'{DURATION}{{http_response_status_code="201"}}'
    (got,) = server.ask(f"histogram_quantile(0.5, {series})").values()
    low, high = times[len(times) // 2 - 1] / 2 ** 0.125, times[len(times) // 2] * 2 ** 0.125
    if not low - 1e-6 <= got <= high + 1e-6:
        sys.exit(f"a median of {got}, not of {low} to {high}")
    return f"{got * 1e3:.3f} ms"


def check_promtool(root: Path, demo: Demo) -> None:
    text = Caller(demo.management).response("GET", "/metrics", Accept=TEXT)[2]
    run = subprocess.run([tool(root, "promtool"), "check", "metrics"], input=text,
                         capture_output=True, check=False)
    check("promtool", (run.returncode, run.stdout, run.stderr), (0, b"", b""))


def main() -> int:
    binary, root = sys.argv[1], Path(sys.argv[2])
    count = f"{DURATION}_count"
    with (tempfile.TemporaryDirectory() as folder,
          Demo(binary, folder, "--db", f"{folder}/payments.db") as demo):
        relay = Relay(demo.management)
        jobs = {"agreed": (relay.address, "/open"), "text": (relay.address, "/text")}
        plain = Prometheus(tool(root, "prometheus"), Path(folder, "plain"), jobs,
                           "exemplar-storage")
        native = Prometheus(tool(root, "prometheus"), Path(folder, "native"),
                            {"agreed": (relay.address, "/native")},
                            "native-histograms,exemplar-storage")
        try:
            sent = send(demo)
            for job in ("text", "agreed"):
                agreed(plain, f'{count}{{job="{job}"}}', sent)
                agreed(plain, f'{DURATION}_bucket{{job="{job}",le="+Inf"}}', sent)
            agreed(native, f"histogram_count({DURATION})", sent)
            wait_for("all lines", lambda: len(demo.ended()) == sum(sent.values()))
            median = check_quantile(native, demo)
            exemplars = [check_exemplars(plain, demo, f'{DURATION}_bucket{{job="agreed"}}'),
                         check_exemplars(native, demo, DURATION)]
            check_promtool(root, demo)
        finally:
            plain.stop()
            native.stop()
        check("formats", set(relay.formats), {
            ("/text", "text/plain"), ("/open", "application/openmetrics-text"),
            ("/native", "application/vnd.google.protobuf")})
        check("exit code", demo.stop(), 0)
        print(f"{sum(sent.values()):.0f} requests in {len(sent)} series agree in three formats; "
              f"median {median}; exemplars {exemplars}; scrapes {dict(relay.formats)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
