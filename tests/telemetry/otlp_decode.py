"""Decodes Lift's OTLP with Google's protobuf and OpenTelemetry's published schema.

Usage: otlp_decode.py <encoder_samples> <folder of opentelemetry-proto> <Lift's version>

Every value of the Protocol Buffers form is compared with what it must be; the JSON form must be the
same message.
"""

import base64
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

ROOT = "opentelemetry.proto."
TYPES = descriptor_pb2.FieldDescriptorProto
# What Lift writes of later versions of the protocol than the schema at hand.
LATER = (
    ("trace/v1/trace.proto", "Span", "flags", 16, TYPES.TYPE_FIXED32),
    ("metrics/v1/metrics.proto", "ExponentialHistogramDataPoint", "zero_threshold", 14,
     TYPES.TYPE_DOUBLE),
)
SERVICES = {"traces": "trace.v1.ExportTrace", "logs": "logs.v1.ExportLogs",
            "metrics": "metrics.v1.ExportMetrics"}
TRACE, SPAN, PARENT = "677612330102030405060708090a0b0c", "1112131415161718", "2122232425262728"
QUERY, RENDER = "3132333405060708", "4142434405060708"
NOON = 1773489601234567000
SCHEMA_URL = "https://opentelemetry.io/schemas/1.27.0"


def load(folder: Path) -> descriptor_pool.DescriptorPool:
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", f"-I{folder}", f"--descriptor_set_out={out.name}", *files],
                       check=True)
        schema = descriptor_pb2.FileDescriptorSet.FromString(Path(out.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    waiting = list(schema.file)
    for file in waiting:
        for path, message, name, number, kind in LATER:
            if file.name.endswith(path):
                owner = next(m for m in file.message_type if m.name == message)
                owner.field.add(name=name, number=number, type=kind, label=TYPES.LABEL_OPTIONAL,
                                json_name=json_name(name))
    added = set()
    while waiting:
        ready = [f for f in waiting if added.issuperset(f.dependency)]
        for file in ready:
            pool.Add(file)
            added.add(file.name)
            waiting.remove(file)
    return pool


def json_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def message_class(pool, signal: str):
    name = f"{ROOT}collector.{SERVICES[signal]}ServiceRequest"
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


def ids(node, convert):
    """The same JSON with each id converted."""
    if isinstance(node, list):
        return [ids(item, convert) for item in node]
    if isinstance(node, dict):
        return {key: convert(value) if key in ("traceId", "spanId", "parentSpanId")
                else ids(value, convert) for key, value in node.items()}
    return node


def to_base64(digits: str) -> str:
    assert digits == digits.lower(), digits
    return base64.b64encode(bytes.fromhex(digits)).decode()


def to_hex(text: str) -> str:
    return base64.b64decode(text).hex()


def plain(attributes: list) -> dict:
    """KeyValues as a dict; keys must be unique."""
    pairs = [(pair["key"], *pair["value"].items()) for pair in attributes]
    result = {key: int(value) if kind == "intValue" else value for key, (kind, value) in pairs}
    assert len(result) == len(pairs), pairs
    return result


def equal(got, wanted, what: str) -> None:
    if got != wanted:
        print(f"{what}:\n  got    {json.dumps(got, sort_keys=True)}\n"
              f"  wanted {json.dumps(wanted, sort_keys=True)}")
        sys.exit(1)


def items(message: dict, signal: str, name: str, version: str) -> list:
    (resource,) = message[f"resource{signal}"]
    (scope,) = resource[f"scope{signal}"]
    equal(plain(resource["resource"]["attributes"]),
          {"service.name": "payments", "service.version": "1.2.3", "service.instance.id": "i-1",
           "deployment.environment.name": "prod", "telemetry.sdk.name": "lift",
           "telemetry.sdk.language": "cpp", "telemetry.sdk.version": version, "team": "core"},
          "resource")
    equal(scope["scope"], {"name": "lift", "version": version}, "scope")
    equal([resource["schemaUrl"], scope["schemaUrl"]], [SCHEMA_URL] * 2, "schema")
    found = scope[name]
    for item in found:
        for node in [item, *item.get("events", [])]:
            if "attributes" in node:
                node["attributes"] = plain(node["attributes"])
    return found


REQUEST = {
    "http.request.method": "POST", "http.route": "/v1/payments/{id}",
    "url.path": "/v1/payments/42", "url.scheme": "https", "url.query": "expand=card",
    "http.response.status_code": 201, "client.address": "203.0.113.9",
    "user_agent.original": "curl/8.5.0", "network.protocol.version": "1.1",
    "http.request.body.size": 128, "http.response.body.size": 512, "tenant.id": "acme",
    "enduser.id": "ann", "lift.request_id": "req-1", "lift.outcome": "success",
    "lift.kept": "head", "amount": 12, "currency": "EUR", "card": "************1111",
    "retry": False,
}


def check_traces(message: dict, version: str) -> None:
    server, query, render, failed = items(message, "Spans", "spans", version)
    equal(server, {
        "traceId": TRACE, "spanId": SPAN, "parentSpanId": PARENT, "flags": 0x301,
        "name": "POST /v1/payments/{id}", "kind": "SPAN_KIND_SERVER",
        "startTimeUnixNano": str(NOON), "endTimeUnixNano": str(NOON + 12345000),
        "attributes": REQUEST}, "server span")
    equal(query, {
        "traceId": TRACE, "spanId": QUERY, "parentSpanId": SPAN, "flags": 0x101,
        "name": "db.query", "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": str(NOON + 1000000), "endTimeUnixNano": str(NOON + 5000000),
        "attributes": {"db.system": "sqlite", "db.rows": 3},
        "events": [{"timeUnixNano": str(NOON + 2000000), "name": "cache.miss",
                    "attributes": {"rows": 3}}],
        "status": {"code": "STATUS_CODE_ERROR"}}, "client span")
    equal(render, {
        "traceId": TRACE, "spanId": RENDER, "parentSpanId": QUERY, "flags": 0x101,
        "name": "render", "kind": "SPAN_KIND_INTERNAL",
        "startTimeUnixNano": str(NOON + 6000000), "endTimeUnixNano": str(NOON + 12345000),
        "attributes": {"lift.open": True}}, "open span")
    equal(failed, {
        "traceId": TRACE, "spanId": PARENT, "flags": 0x103, "name": "HTTP",
        "kind": "SPAN_KIND_SERVER",
        "startTimeUnixNano": str(NOON), "endTimeUnixNano": str(NOON),
        "attributes": {
            "http.request.method": "_OTHER", "http.request.method_original": "BREW",
            "url.path": "/caf\ufffd", "http.response.status_code": 503, "error.type": "503",
            "network.protocol.version": "1.0", "http.request.body.size": 0,
            "http.response.body.size": 0, "lift.kept": "error"},
        "status": {"code": "STATUS_CODE_ERROR"}}, "failed span")


def check_logs(message: dict, version: str) -> None:
    canonical, inner, outer = items(message, "Logs", "logRecords", version)
    equal(canonical, {
        "timeUnixNano": str(NOON + 12345000), "observedTimeUnixNano": str(NOON + 12345000),
        "severityNumber": "SEVERITY_NUMBER_INFO", "severityText": "INFO",
        "body": {"stringValue": "Request completed"}, "flags": 1, "traceId": TRACE,
        "spanId": SPAN, "attributes": {**REQUEST, "lift.duration_ms": 12.345}}, "canonical")
    equal(inner, {
        "timeUnixNano": str(NOON + 3000000), "observedTimeUnixNano": str(NOON + 3000000),
        "severityNumber": "SEVERITY_NUMBER_WARN", "severityText": "WARN",
        "body": {"stringValue": "retrying"}, "flags": 1, "traceId": TRACE, "spanId": QUERY,
        "attributes": {"lift.module": "ledger", "lift.request_id": "req-1", "tenant.id": "acme",
                       "http.route": "/v1/payments/{id}", "attempt": 2}}, "line in a request")
    equal(outer, {
        "timeUnixNano": str(NOON), "observedTimeUnixNano": str(NOON),
        "severityNumber": "SEVERITY_NUMBER_INFO", "severityText": "INFO",
        "body": {"stringValue": "started"}, "attributes": {"lift.module": "app"}}, "line outside")


TIMES = {"startTimeUnixNano": str(NOON - 3600 * 10**9), "timeUnixNano": str(NOON)}
EXEMPLAR = {"timeUnixNano": str(NOON), "asDouble": 0.0123, "spanId": "0102030405060708",
            "traceId": "67761233010203040506070800000000"}
QUICK = {**TIMES, "count": "5", "sum": 0.06, "scale": 3, "zeroCount": "1", "zeroThreshold": 1e-9,
         "positive": {"offset": -52, "bucketCounts": ["1", "3"]}, "exemplars": [EXEMPLAR]}
SLOW = {**TIMES, "count": "2", "sum": 1.9, "scale": 3,
        "positive": {"offset": -1, "bucketCounts": ["2"]}}


def check_metrics(message: dict, version: str) -> None:
    found = items(message, "Metrics", "metrics", version)
    points = {}
    for metric in found:
        name = metric["name"]
        (kind,) = [k for k in metric if k not in ("name", "description", "unit")]
        data = metric[kind]
        shape = (kind, data.get("aggregationTemporality"), data.get("isMonotonic"), metric["unit"])
        for point in data["dataPoints"]:
            point["attributes"] = plain(point.get("attributes", []))
        points[name] = (shape, data["dataPoints"])
    cumulative = "AGGREGATION_TEMPORALITY_CUMULATIVE"
    exponential = ("exponentialHistogram", cumulative, None)
    route = {"http.request.method": "GET", "http.route": "/v1/payments/{id}"}
    success, error = {"outcome": "success"}, {"outcome": "error"}
    wanted = {
        "http.server.active_requests": (
            ("sum", cumulative, None, "{request}"),
            [{**TIMES, "attributes": {"http.request.method": "GET"}, "asDouble": 3.0}]),
        "http.server.request.duration": (
            (*exponential, "s"),
            [{**QUICK, "attributes": {**route, "http.response.status_code": "200"}},
             {**SLOW, "attributes": {**route, "http.response.status_code": "503",
                                     "error.type": "503"}}]),
        "http.server.response.body.size": (
            (*exponential, "By"),
            [{**TIMES, "attributes": route, "count": "7", "sum": 7168.0, "scale": 3,
              "positive": {"offset": 79, "bucketCounts": ["7"]}}]),
        "lift.tenant.request.duration": (
            (*exponential, "s"),
            [{**QUICK, "attributes": {"tenant.id": "acme", **success}},
             {**SLOW, "attributes": {"tenant.id": "acme", **error}},
             {**QUICK, "attributes": {"tenant.id": "", **success}}]),
        "orders.placed": (
            ("sum", cumulative, True, "{order}"),
            [{**TIMES, "attributes": {"shop": "berlin"}, "asDouble": 12.0,
              "exemplars": [EXEMPLAR]}]),
        "queue.depth": (
            ("gauge", None, None, "1"), [{**TIMES, "attributes": {}, "asDouble": 2.5}]),
    }
    equal(sorted(points), sorted(wanted), "metrics")
    for name, value in wanted.items():
        equal(json.loads(json.dumps(points[name])), json.loads(json.dumps(value)), name)


def main() -> None:
    program, schema, version = sys.argv[1:]
    pool = load(Path(schema))
    checks = {"traces": check_traces, "logs": check_logs, "metrics": check_metrics}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder], check=True)
        for signal, check in checks.items():
            request = message_class(pool, signal)
            binary = request.FromString(Path(folder, f"{signal}.pb").read_bytes())
            equal(len(binary.SerializeToString()), len(Path(folder, f"{signal}.pb").read_bytes()),
                  f"{signal}: fields unknown to the schema, or zeros, by bytes")
            text = json.loads(Path(folder, f"{signal}.json").read_text())
            from_json = json_format.ParseDict(ids(text, to_base64), request())
            equal(from_json == binary, True, f"{signal}: both forms are one message")
            check(ids(json_format.MessageToDict(binary), to_hex), version)
    print("otlp: all values are as they must be, in both forms")


if __name__ == "__main__":
    main()
