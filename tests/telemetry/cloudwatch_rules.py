"""Holds what Lift sends to CloudWatch and X-Ray against their rules.

Usage: cloudwatch_rules.py <encoder_samples>

Calls (PutMetricData, PutLogEvents, PutTraceSegments) are validated by botocore's service models,
and must be what botocore writes for the same input. EMF and segment documents are held against the
rules that AWS publishes for them.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl

import botocore.session
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

MEMBER = re.compile(r"MetricData\.member\.(\d+)\.(\w+)(?:\.member\.(\d+)(?:\.(\w+))?)?")
UNITS = {"None", "Count", "Milliseconds", "Seconds", "Bytes", "Percent"}
SESSION = botocore.session.get_session()


def check(condition, what) -> None:
    if not condition:
        print(f"broken: {what}")
        sys.exit(1)


def printable(text: str) -> bool:
    return all(" " <= c <= "~" for c in text) and text.strip() != ""


def written_by_botocore(service: str, operation: str, parameters: dict):
    """Validates `parameters` and returns the body that botocore makes of them."""
    model = SESSION.get_service_model(service)
    shape = model.operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    check(not report.has_errors(), f"{operation}: {report.generate_report()}")
    serializer = create_serializer(model.metadata["protocol"])
    return serializer.serialize_to_request(parameters, model.operation_model(operation))["body"]


# EMF --------------------------------------------------------------------------------------------

def check_dimensions(document: dict, directive: dict) -> None:
    check(directive["Dimensions"], "at least one set of dimensions")
    for names in directive["Dimensions"]:
        check(len(names) <= 30 and len(set(names)) == len(names), f"dimensions {names}")
        for name in names:
            check(1 <= len(name) <= 250 and printable(name), f"dimension {name}")
            value = document.get(name)
            check(isinstance(value, str) and 1 <= len(value) <= 1024 and printable(value),
                  f"dimension {name}: {value!r}")


def check_metrics(document: dict, directive: dict) -> list:
    names = [metric["Name"] for metric in directive["Metrics"]]
    check(1 <= len(names) <= 100, f"{len(names)} metrics")
    for metric in directive["Metrics"]:
        check(set(metric) <= {"Name", "Unit", "StorageResolution"}, metric)
        check(1 <= len(metric["Name"]) <= 255 and metric["Unit"] in UNITS, metric)
        values = document[metric["Name"]]
        values = values if isinstance(values, list) else [values]
        check(1 <= len(values) <= 100, f"{metric['Name']} has {len(values)} values")
        check(all(type(value) in (int, float) for value in values), values)
    return names


def check_emf(path: Path) -> None:
    lines = path.read_bytes().split(b"\n")
    check(lines.pop() == b"" and len(lines) > 10, "a document a line")
    for line in lines:
        check(len(line) <= 256 * 1024, "256 KB")
        document = json.loads(line, object_pairs_hook=unique)
        meta = document["_aws"]
        check(isinstance(meta["Timestamp"], int), "Timestamp")
        names = []
        for directive in meta["CloudWatchMetrics"]:
            check(set(directive) == {"Namespace", "Dimensions", "Metrics"}, directive)
            check(1 <= len(directive["Namespace"]) <= 1024, "Namespace")
            check_dimensions(document, directive)
            names += check_metrics(document, directive)
        check(len(set(names)) == len(names), "each metric in one directive")


def unique(pairs: list) -> dict:
    result = dict(pairs)
    check(len(result) == len(pairs), f"members are unique: {[key for key, _ in pairs]}")
    return result


# Calls ------------------------------------------------------------------------------------------

def parameters_of(form: dict) -> dict:
    """PutMetricData's parameters from its form."""
    datums: dict = {}
    for key, value in form.items():
        match = MEMBER.fullmatch(key)
        if not match:
            continue
        number, name, index, part = match.groups()
        datum = datums.setdefault(int(number), {})
        if part:
            entry = datum.setdefault(name, {}).setdefault(int(index), {})
            entry[part] = value
        elif index:
            datum.setdefault(name, {})[int(index)] = float(value)
        elif name == "Value":
            datum[name] = float(value)
        elif name == "StorageResolution":
            datum[name] = int(value)
        else:
            datum[name] = value
    check(sorted(datums) == list(range(1, len(datums) + 1)), "members are counted from 1")
    for datum in datums.values():
        for name, value in datum.items():
            if isinstance(value, dict):
                datum[name] = [value[i] for i in range(1, len(value) + 1)]
    return {"Namespace": form["Namespace"], "MetricData": [datums[i] for i in sorted(datums)]}


def check_put_metric_data(path: Path) -> None:
    body = path.read_text()
    pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    form = dict(pairs)
    check(len(form) == len(pairs), "keys are unique")
    parameters = parameters_of(form)
    check(len(body) <= 1_000_000 and 250 < len(parameters["MetricData"]) <= 1000, "sizes")
    for datum in parameters["MetricData"]:
        check(datum["Unit"] in UNITS and len(datum.get("Dimensions", [])) <= 30, datum)
        check(("Value" in datum) != ("Values" in datum), datum)
        values = datum.get("Values", [])
        check(len(values) <= 150 and len(values) == len(datum.get("Counts", [])), datum)
        check(len(set(values)) == len(values), "values are unique")
        for dimension in datum.get("Dimensions", []):
            check(dimension["Name"] and dimension["Value"], dimension)
    wanted = written_by_botocore("cloudwatch", "PutMetricData", parameters)
    check({key: same(value) for key, value in wanted.items()} ==
          {key: same(value) for key, value in form.items()}, "botocore writes the same form")


def same(value):
    """Numbers by value: 7 and 7.0 are one."""
    try:
        return float(value)
    except ValueError:
        return value


def check_json_call(path: Path, service: str, operation: str) -> dict:
    parameters = json.loads(path.read_text(), object_pairs_hook=unique)
    wanted = json.loads(written_by_botocore(service, operation, parameters))
    check(wanted == parameters, f"{operation}: botocore writes the same body")
    return parameters


def check_put_log_events(path: Path) -> None:
    call = check_json_call(path, "logs", "PutLogEvents")
    events = call["logEvents"]
    times = [event["timestamp"] for event in events]
    check(times == sorted(times) and len(events) == 14, "events in order")
    for event in events:
        line = json.loads(event["message"], object_pairs_hook=unique)
        check(line["message"].startswith("Request ") and "\n" not in event["message"], line)


# X-Ray ------------------------------------------------------------------------------------------

HEX16 = re.compile(r"[0-9a-f]{16}")
NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}", re.ASCII)
KEYS = {"name", "id", "trace_id", "parent_id", "start_time", "end_time", "in_progress", "service",
        "user", "http", "error", "throttle", "fault", "cause", "annotations", "metadata",
        "subsegments", "namespace", "type"}


def check_segment(node: dict, inner: bool) -> None:
    check(set(node) <= KEYS, set(node) - KEYS)
    check(NAME.fullmatch(node["name"]), node["name"])
    check(HEX16.fullmatch(node["id"]), node["id"])
    check(isinstance(node["start_time"], float), "start_time")
    check(("end_time" in node) != (node.get("in_progress") is True), "end_time or in_progress")
    if "end_time" in node:
        check(node["end_time"] >= node["start_time"], "ends after it starts")
    if not inner:
        check(re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", node["trace_id"]), node["trace_id"])
    annotations = node.get("annotations", {})
    check(len(annotations) <= 50, "annotations")
    for key, value in annotations.items():
        check(re.fullmatch(r"[A-Za-z0-9_]{1,500}", key), key)
        check(isinstance(value, (str, int, float)) and len(str(value)) <= 1000, value)
    for key in node.get("metadata", {}):
        check(not key.startswith("AWS."), key)
    if "throttle" in node:
        check(node["error"] and node["http"]["response"]["status"] == 429, "throttle")
    for child in node.get("subsegments", []):
        check_segment(child, True)


def check_xray(path: Path) -> None:
    documents = check_json_call(path, "xray", "PutTraceSegments")["TraceSegmentDocuments"]
    check(len(documents) == 14, len(documents))
    for document in documents:
        check(len(document.encode()) <= 64_000, "64 kB")
        check_segment(json.loads(document, object_pairs_hook=unique), False)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.argv[1], name], check=True)
        folder = Path(name)
        check_emf(folder / "emf.jsonl")
        check_put_metric_data(folder / "metrics.form")
        check_put_log_events(folder / "logs.put")
        check_xray(folder / "xray.json")
    print("cloudwatch: all bodies keep the rules, and botocore writes the same")


if __name__ == "__main__":
    main()
