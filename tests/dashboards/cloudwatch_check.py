"""Holds CloudWatch dashboards and alarms against what a running app emits, and against their rules.

Usage: cloudwatch_check.py <lift-dashboards> <emitted_metrics>

Every query must name a metric and a set of dimensions that the app has emitted; CloudWatch finds
custom metrics by nothing less. Parameters are validated by botocore's model of CloudWatch.
"""

import json
import re
import subprocess
import sys

import botocore.session
from botocore.validate import ParamValidator

SHAPES = botocore.session.get_session().get_service_model("cloudwatch")
OPTIONS = ["--service", "demo", "--environment", "test", "--namespace", "PayTheory/Lift",
           "--region", "eu-central-1"]
SEARCH = re.compile(r"SEARCH\('\{([^}]*)\} MetricName=\"([^\"]+)\" ([^']*)', '(\w+)', (\d+)\)")
LARGEST_SEARCH = 1024  # characters
DAY = 86_400


def check(condition, what) -> None:
    if not condition:
        sys.exit(f"broken: {what}")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def validate(operation: str, parameters: dict) -> None:
    shape = SHAPES.operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    check(not report.has_errors(), f"{operation}: {report.generate_report()}")


def query(namespace: str, metric: str, dimensions: list) -> tuple:
    check(namespace == "PayTheory/Lift", f"namespace {namespace}")
    values = dict(dimensions)
    check(values.get("service", "demo") == "demo", values)
    check(values.get("environment", "test") == "test", values)
    return metric, tuple(name for name, _ in dimensions)


def searched(expression: str) -> tuple:
    check(len(expression) <= LARGEST_SEARCH, f"{len(expression)} characters: {expression}")
    found = SEARCH.search(expression)
    check(found, f"no SEARCH: {expression}")
    schema = [name.strip('"') for name in found[1].split(",")]
    known = re.findall(r'(\w+)="([^"]*)"', found[3])
    check([name for name, _ in known] == ["service", "environment"], found[3])
    check(known[0][1] == "demo" and known[1][1] == "test", known)
    return query(schema[0], found[2], [(name, "demo" if name == "service" else "test")
                                       if name in dict(known) else (name, "")
                                       for name in schema[1:]])


def line_query(metric: list, ids: set) -> tuple | None:
    *words, options = metric
    if words:
        namespace, name, *rest = words
        check(options["stat"] in {"Sum", "Average", "Maximum", "p50", "p90", "p99"}, options)
        check(len(rest) % 2 == 0, metric)
        return query(namespace, name, list(zip(rest[::2], rest[1::2], strict=True)))
    if "SEARCH" in options["expression"]:
        return searched(options["expression"])
    used = set(re.findall(r"\bm\d+\b", options["expression"]))
    check(used and used <= ids, f"{options['expression']} of {ids}")
    return None


def widget_queries(widget: dict) -> list:
    check(widget["type"] == "metric", widget["type"])
    check(0 <= widget["x"] <= 24 - widget["width"] and widget["y"] >= 0, widget)
    properties = widget["properties"]
    check(properties["region"] == "eu-central-1" and properties["title"], properties)
    check(properties["period"] % 60 == 0 and properties["view"] == "timeSeries", properties)
    metrics = properties["metrics"]
    check(1 <= len(metrics) <= 500, f"{len(metrics)} metrics")
    ids = {metric[-1]["id"] for metric in metrics if "id" in metric[-1]}
    if "ercentile" in properties["title"] or "Latency" in properties["title"]:
        check("Average" not in json.dumps(metrics), f"D-DASH: {properties['title']} is an average")
    return [found for metric in metrics if (found := line_query(metric, ids))]


def dashboard_queries(tool: str, kind: str) -> list:
    body = output(tool, "cloudwatch", "--kind", kind, *OPTIONS)
    validate("PutDashboard", {"DashboardName": f"demo-{kind}", "DashboardBody": body})
    widgets = json.loads(body)["widgets"]
    check(1 <= len(widgets) <= 500, f"{len(widgets)} widgets")
    check(sum(len(w["properties"]["metrics"]) for w in widgets) <= 2500, "2500 metrics")
    places = [(w["x"], w["y"]) for w in widgets]
    check(len(set(places)) == len(places), "widgets lie on each other")
    return [found for widget in widgets for found in widget_queries(widget)]


def alarm_queries(alarm: dict) -> list:
    validate("PutMetricAlarm", alarm)
    check(1 <= len(alarm["AlarmName"]) <= 255, alarm["AlarmName"])
    check(len(alarm["AlarmActions"]) <= 5, alarm["AlarmActions"])
    check(alarm["TreatMissingData"] in {"notBreaching", "breaching", "ignore", "missing"}, alarm)
    check("Threshold" in alarm and "ComparisonOperator" in alarm, alarm)
    inputs = [metric for metric in alarm["Metrics"] if "MetricStat" in metric]
    check(1 <= len(inputs) <= 10, f"{len(inputs)} metrics")
    check(sum(metric["ReturnData"] for metric in alarm["Metrics"]) == 1, "one of them is watched")
    ids = {metric["Id"] for metric in inputs}
    found = []
    for metric in alarm["Metrics"]:
        check(re.fullmatch(r"[a-z]\w*", metric["Id"]), metric["Id"])
        if "Expression" in metric:
            used = set(re.findall(r"\bm\d+\b", metric["Expression"]))
            check(used == ids and "SEARCH" not in metric["Expression"], metric)
            check(re.match(r"IF\(m1 >= [1-9]\d*, .*, 0\)$", metric["Expression"]),
                  f"no guard against few requests: {metric['Expression']}")
            continue
        stat = metric["MetricStat"]
        check(stat["Period"] % 60 == 0, stat)
        check(stat["Period"] * alarm["EvaluationPeriods"] <= DAY, "a day at most")
        named = stat["Metric"]
        found.append(query(named["Namespace"], named["MetricName"],
                           [(d["Name"], d["Value"]) for d in named["Dimensions"]]))
    return found


def missing(queries: list, emitted: set) -> list:
    return sorted({str(found) for found in queries if found not in emitted})


def main() -> None:
    tool, app = sys.argv[1:3]
    emitted = {(one["name"], tuple(one["dimensions"]))
               for one in map(json.loads, output(app).splitlines())}
    arn = "arn:aws:sns:eu-central-1:123456789012:oncall"
    alarms = json.loads(output(tool, "alarms", *OPTIONS, "--alarm-actions", arn))
    check(len({alarm["AlarmName"] for alarm in alarms}) == len(alarms) >= 6, "alarms of one name")
    check(all(alarm["AlarmActions"] == [arn] for alarm in alarms), "actions")
    queries = dashboard_queries(tool, "service") + dashboard_queries(tool, "tenants")
    queries += [found for alarm in alarms for found in alarm_queries(alarm)]
    check(not missing(queries, emitted), f"never emitted: {missing(queries, emitted)}")

    # What the original's dashboards asked for is told to be missing.
    for wrong in (("requests.total", ("environment",)),
                  ("requests.total", ("service", "environment", "TenantID")),
                  ("requests.total", ("service", "environment", "status"))):
        check(missing([*queries, wrong], emitted) == [str(wrong)], f"{wrong} was not noticed")
    print(f"dashboards: {len(queries)} queries, {len(set(queries))} of them different, all emitted")


if __name__ == "__main__":
    main()
