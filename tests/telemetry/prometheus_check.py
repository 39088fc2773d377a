"""Reads what Lift writes for Prometheus with promtool and with protoc.

Usage: prometheus_check.py <prometheus_samples> <metrics.proto> <root of the tree>

promtool must find nothing in the text format. Each message of the Protocol Buffers format is
decoded by protoc and compared with what it must be, field by field.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LABELS = """label {
  name: "%s"
  value: "%s"
}
"""
EXEMPLAR = """exemplar%s {
  label {
    name: "trace_id"
    value: "abababababababababababababababab"
  }
  label {
    name: "span_id"
    value: "cdcdcdcdcdcdcdcd"
  }
  value: %s
  timestamp {
    seconds: 1700000001
    nanos: 250000000
  }
}
"""
CREATED = """created_timestamp {
  seconds: 1700000000
  nanos: 250000000
}
"""
BOUNDS = "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 inf".split()


def indent(text: str) -> str:
    return "".join("  " + line for line in text.splitlines(keepends=True))


def message(name: str, *parts: str) -> str:
    return f"{name} {{\n{indent(''.join(parts))}}}\n"


def family(name: str, help_text: str, kind: str, *metrics: str, unit: str = "") -> str:
    head = f'name: "{name}"\nhelp: "{help_text}"\ntype: {kind}\n'
    return head + "".join(metrics) + (f'unit: "{unit}"\n' if unit else "")


def buckets(counts: list[int], exemplars: dict[str, str]) -> str:
    out = ""
    for bound, count in zip(BOUNDS, counts, strict=True):
        extra = EXEMPLAR % ("", exemplars[bound]) if bound in exemplars else ""
        out += message("bucket", f"cumulative_count: {count}\nupper_bound: {bound}\n", extra)
    return out


def histogram(count: int, total: str, classic: str, native: str, exemplars: str = "") -> str:
    return message("histogram", f"sample_count: {count}\nsample_sum: {total}\n", classic,
                   "schema: 3\nzero_threshold: 9.5367431640625e-07\n", native, CREATED, exemplars)


def spans(*pairs: tuple[int, int]) -> str:
    return "".join(message("positive_span", f"offset: {offset}\nlength: {length}\n")
                   for offset, length in pairs)


def duration() -> str:
    # 0.25 ends Prometheus's bucket -16; 0.27 is in -15, 0.36 in -11 (three empty ones between: a
    # span of its own), 4 ends 16.
    native = "zero_count: 1\n" + spans((-16, 2), (3, 1), (26, 1))
    native += "".join(f"positive_delta: {delta}\n" for delta in (2, -1, 0, 0))
    seen = [1] * 6 + [3] + [5] * 4 + [6] * 4
    get = histogram(6, "5.13", buckets(seen, {"0.25": "0.25", "5": "4"}),
                    native, EXEMPLAR % ("s", "0.25") + EXEMPLAR % ("s", "4"))
    put = histogram(0, "0", buckets([0] * 15, {}), "zero_count: 0\n")
    route = LABELS % ("http_route", "/v1/{id}")
    return family("http_server_request_duration_seconds", "How long.", "HISTOGRAM",
                  message("metric", LABELS % ("http_request_method", "GET"), route, get),
                  message("metric", LABELS % ("http_request_method", "PUT"), route, put),
                  unit="seconds")


def orders() -> str:
    odd = LABELS % ("shop_name", r"a\"b\\c\nd\357\277\275")
    return family("orders_placed_total", r'Orders \\ \"placed\".', "COUNTER",
                  message("metric", odd, message("counter", "value: 12\n", CREATED)),
                  message("metric", LABELS % ("shop_name", "b"),
                          message("counter", "value: 1\n", EXEMPLAR % ("", "1"), CREATED)))


def gauge(name: str, help_text: str, value: str, unit: str = "", labels: str = "") -> str:
    return family(name, help_text, "GAUGE",
                  message("metric", labels, message("gauge", f"value: {value}\n")), unit=unit)


def self_metric(name: str, help_text: str, *metrics: str) -> str:
    return family(f"telemetry_metric_{name}_total", help_text, "COUNTER",
                  *(message("metric", LABELS % ("metric", metric),
                            message("counter", "value: 0\n", CREATED)) for metric in metrics))


EXPECTED = [
    gauge("target_info", "Who is measured.", "1",
          labels=LABELS % ("service_name", "payments") + LABELS % ("service_version", "1.2")),
    duration(),
    gauge("memory_used_bytes", "Bytes.", "-5", "bytes"),
    orders(),
    gauge("queue_fill_ratio", "How full.", "0.25", "ratio"),
    self_metric("clamped", r"Values above a histogram\'s highest edge, counted in its last bucket.",
                "http.server.request.duration"),
    self_metric("ignored", "Values that were negative or no finite number, and not counted.",
                "http.server.request.duration"),
    self_metric("overflow", "Times that a label set was counted in the overflow series.",
                "http.server.request.duration", "orders.placed"),
]


def split(stream: bytes) -> list[bytes]:
    """The messages of a stream, each after its length."""
    messages = []
    at = 0
    while at < len(stream):
        size = shift = 0
        while True:
            byte = stream[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        messages.append(stream[at : at + size])
        at += size
    return messages


def decode(proto: Path, body: bytes) -> str:
    command = ["protoc", f"-I{proto.parent}", "--decode=io.prometheus.client.MetricFamily",
               proto.name]
    return subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode()


def promtool(root: Path) -> str:
    unpacked = root / ".deps/prometheus/usr/bin/promtool"
    found = str(unpacked) if unpacked.exists() else shutil.which("promtool")
    if found is None:
        sys.exit("promtool is missing: run tools/deps test")
    return found


def check_text(tool: str, text: bytes) -> None:
    run = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, check=False)
    if run.returncode != 0 or run.stdout or run.stderr:
        sys.exit(f"promtool finds fault:\n{run.stdout.decode()}{run.stderr.decode()}")


def main() -> None:
    samples, proto, root = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([samples, folder], check=True)
        check_text(promtool(root), Path(folder, "text").read_bytes())
        messages = split(Path(folder, "protobuf").read_bytes())
    if len(messages) != len(EXPECTED):
        sys.exit(f"{len(messages)} messages, not {len(EXPECTED)}")
    for body, expected in zip(messages, EXPECTED, strict=True):
        decoded = decode(proto, body)
        if decoded != expected:
            sys.exit(f"got\n{decoded}\nbut it must be\n{expected}")


if __name__ == "__main__":
    main()
