"""Holds what Lift sends to DynamoDB against botocore's model of the service.

usage: dynamodb_rules.py <call_samples>

Each body is validated, and must be what botocore writes for the same input. Every operation that
the client has must come.
"""

import base64
import json
import subprocess
import sys

import botocore.session
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

MODEL = botocore.session.get_session().get_service_model("dynamodb")
OPERATIONS = {"GetItem", "PutItem", "DeleteItem", "UpdateItem", "Query", "BatchGetItem",
              "BatchWriteItem", "CreateTable", "DescribeTable", "DeleteTable", "UpdateTimeToLive",
              "DescribeTimeToLive"}
TARGET = MODEL.metadata["targetPrefix"] + "."
# Members that writes have had since 2023, which older models know of transactions alone.
NEWER = {"ReturnValuesOnConditionCheckFailure"}


def unique(pairs: list) -> dict:
    result = dict(pairs)
    assert len(result) == len(pairs), f"members are unique: {[key for key, _ in pairs]}"
    return result


def with_bytes(value, shape):
    """`value` with bytes wherever the model has a blob, which JSON has in base64."""
    if shape.type_name == "structure" and isinstance(value, dict):
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{shape.name} has no {unknown}"
        return {name: with_bytes(inner, shape.members[name]) for name, inner in value.items()}
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: with_bytes(inner, shape.value) for name, inner in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [with_bytes(inner, shape.member) for inner in value]
    return base64.b64decode(value, validate=True) if shape.type_name == "blob" else value


def check_enums(value, shape) -> None:
    """ParamValidator lets every text pass for an enumeration."""
    if shape.type_name == "structure":
        for name, inner in value.items():
            check_enums(inner, shape.members[name])
    elif shape.type_name == "list":
        for inner in value:
            check_enums(inner, shape.member)
    elif shape.type_name == "map":
        for inner in value.values():
            check_enums(inner, shape.value)
    elif shape.type_name == "string" and shape.enum:
        assert value in shape.enum, f"{shape.name} has no {value}"


def check_call(operation: str, body: str) -> None:
    model = MODEL.operation_model(operation)
    sent = json.loads(body, object_pairs_hook=unique)
    for name in NEWER & set(sent) - set(model.input_shape.members):
        check_enums(sent.pop(name), MODEL.shape_for(name))
    parameters = with_bytes(sent, model.input_shape)
    report = ParamValidator().validate(parameters, model.input_shape)
    assert not report.has_errors(), f"{operation}: {report.generate_report()}\n{body}"
    check_enums(parameters, model.input_shape)
    serializer = create_serializer(MODEL.metadata["protocol"])
    wanted = serializer.serialize_to_request(parameters, model)
    assert json.loads(wanted["body"]) == sent, f"{operation}: botocore writes another body"


def main() -> None:
    done = subprocess.run([sys.argv[1]], capture_output=True, text=True, check=True)
    seen = set()
    for line in done.stdout.splitlines():
        target, _, body = line.partition(" ")
        assert target.startswith(TARGET), target
        seen.add(target.removeprefix(TARGET))
        check_call(target.removeprefix(TARGET), body)
    assert seen == OPERATIONS, f"operations that were not sent: {OPERATIONS ^ seen}"
    print(f"dynamodb: {len(done.stdout.splitlines())} calls of {len(seen)} operations are valid")


if __name__ == "__main__":
    main()
