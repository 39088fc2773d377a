#!/usr/bin/env python3
"""The demo keeps its payments in DynamoDB: two processes share a table, and none makes it.

Usage: dynamodb_demo.py PAYMENTS_BINARY LIFT_DYNAMODB_BINARY FOLDER_OF_DYNALITE SERVE_JS
The engine is dynalite, or the one at LIFT_DYNAMODB_ENDPOINT with the environment's keys; there the
table stays.
"""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path

from demo import PATIENCE_S, Caller, Demo, check

JSON = {"Content_Type": "application/json"}
CHARGE = '{"amount": 1250, "currency": "EUR"}'
for variable, value in {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
                        "AWS_REGION": "us-east-1"}.items():
    os.environ.setdefault(variable, value)


def start_engine(stack: ExitStack, folder: str, script: str) -> str:
    if given := os.environ.get("LIFT_DYNAMODB_ENDPOINT"):
        return given
    module = Path(folder, "node_modules", "dynalite")
    if not module.exists():
        raise SystemExit(f"{module} is missing: run tools/deps test")
    engine = stack.enter_context(subprocess.Popen(
        ["node", script, module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    stack.callback(engine.kill)
    return f"http://127.0.0.1:{int(engine.stdout.readline())}/"


def refused(binary: str, flags: list[str]) -> str:
    """What it says where it does not start."""
    ended = subprocess.run([binary, "--port", "0", "--management", "off", *flags],
                           capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    check("a start without a table", ended.returncode != 0, True)
    return ended.stderr


def check_missing(binary: str, flags: list[str], table: str) -> None:
    said = refused(binary, flags)
    for words in ("--dynamodb-table", f"there is no table {table}", "lift-dynamodb create-table"):
        check(f"{words} in {said}", words in said, True)


def main() -> None:
    payments, tool, dynalite, script = sys.argv[1:]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        engine = start_engine(stack, dynalite, script)
        table = f"lift-test-{uuid.uuid4().hex}"
        flags = ["--store", "dynamodb", "--dynamodb-table", table, "--dynamodb-endpoint", engine]
        check_missing(payments, [*flags, "--db", f"{folder}/none.db"], table)
        subprocess.run([tool, "create-table", "--kind", "items", "--table", table,
                        "--endpoint", engine], check=True)

        demos = [stack.enter_context(Demo(payments, folder, *flags, "--db", f"{folder}/{name}.db",
                                          name=name)) for name in ("one", "two")]
        one, two = (Caller(demo.url) for demo in demos)
        keys = [{"Authorization": "Bearer " + demo.said(r"ACME=(\S+)")} for demo in demos]
        status, headers, made = one.response("POST", "/payments", CHARGE, **JSON, **keys[0],
                                             Idempotency_Key="order-7")
        check("a payment is made", status, 201)
        check("it is kept", two.response("GET", headers["location"], **keys[1])[2], made)
        status, headers, again = two.response("POST", "/payments", CHARGE, **JSON, **keys[1],
                                              Idempotency_Key="order-7")
        check("its repetition elsewhere", (status, headers.get("x-idempotent-replay"), again),
              (201, "true", made))
        check("refund", two.ask("POST", f"{headers['location']}/refunds", '{"amount": 250}',
                                **JSON, **keys[1]), 200)
        listed = json.loads(one.response("GET", "/payments", **keys[0])[2])["payments"]
        check("the list", [(item["amount"], item["refunded_amount"]) for item in listed],
              [(1250, 250)])
        ready = Caller(demos[0].url)
        check("ready", ready.ask("GET", "/ready"), 200)
        check("no file of payments", Path(f"{folder}/one.db").exists(), False)
        for demo in demos:
            check("exit code", demo.stop(), 0)
    print("dynamodb: two processes share their payments")


if __name__ == "__main__":
    main()
