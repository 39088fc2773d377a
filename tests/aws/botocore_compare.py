"""Signs random requests with botocore and with Lift: every Authorization must be the same.

usage: botocore_compare.py SIGN_LINES [COUNT [SEED]]
"""

import datetime
import random
import string
import subprocess
import sys
from urllib.parse import quote

import botocore.auth
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

VISIBLE = string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@/?% \"<>[]{}|^`é語"


class Frozen(datetime.datetime):
    """A datetime whose present is chosen."""

    moment = None

    @classmethod
    def utcnow(cls):
        return cls.moment


class FrozenModule:
    datetime = Frozen


def word(rng, most, letters=VISIBLE, least=0):
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def make_path(rng, s3):
    segments = [quote(word(rng, 8), safe="-._~!$'()*,;:@") for _ in range(rng.randint(0, 4))]
    if not s3:
        segments += rng.choice([[], [], ["."], [".."], ["", ""], ["..", "x"]])
    return "/" + "/".join(segments)


def make_query(rng):
    names = [quote(word(rng, 4, least=1), safe="-._~") for _ in range(rng.randint(0, 4))]
    names += [name for name in names if rng.random() < 0.5]
    parts = [f"{name}={quote(word(rng, 6), safe='-._~')}" for name in names]
    rng.shuffle(parts)
    return ("?" + "&".join(parts)) if parts else ""


def make_headers(rng):
    """Names may come twice; values are what a header may hold, with blanks to fold."""
    names = ["X-" + word(rng, 6, string.ascii_letters + string.digits + "-", 1) for _ in "abc"]
    names += ["Content-Type", "User-Agent", "x-amzn-trace-id", "X-Amz-Target", "Expect", "Range"]
    chosen = [rng.choice(names) for _ in range(rng.randint(0, 6))]
    letters = string.ascii_letters + string.digits + "  \t;,=\"/-"
    return [(name, word(rng, 20, letters)) for name in chosen]


def make_request(rng):
    s3 = rng.random() < 0.25
    scheme = "https"
    port = rng.choice(["", "", ":443", ":8443", ":80"])
    host = rng.choice(["logs.eu-west-1.amazonaws.com", "h", "[fd00::1]", "127.0.0.1", "Ab.C"])
    return {
        "moment": rng.randint(946684800, 4102444800),
        "region": rng.choice(["eu-west-1", "us-east-1", "cn-north-1"]),
        "service": "s3" if s3 else rng.choice(["logs", "monitoring", "xray"]),
        "key": "AKID" + word(rng, 12, string.ascii_uppercase),
        "secret": word(rng, 100, string.ascii_letters + "+/=", 1),
        "token": rng.choice(["", word(rng, 300, string.ascii_letters + "+/=", 1)]),
        "method": rng.choice(["GET", "POST", "PUT", "DELETE"]),
        "url": f"{scheme}://{host}{port}{make_path(rng, s3)}{make_query(rng)}",
        "body": rng.randbytes(rng.choice([0, 1, 63, 64, 1000])),
        "headers": make_headers(rng),
    }


def by_botocore(r):
    Frozen.moment = datetime.datetime.fromtimestamp(r["moment"], datetime.timezone.utc)
    request = AWSRequest(method=r["method"], url=r["url"], data=r["body"])
    for name, value in r["headers"]:
        request.headers.add_header(name, value)
    credentials = Credentials(r["key"], r["secret"], r["token"] or None)
    signer = S3SigV4Auth if r["service"] == "s3" else SigV4Auth
    signer(credentials, r["service"], r["region"]).add_auth(request)
    return request.headers["Authorization"]


def line_of(r):
    mode = "s3" if r["service"] == "s3" else ""
    words = [str(r["moment"]), r["region"], r["service"], mode, r["key"], r["secret"], r["token"]]
    words += [r["method"], r["url"], r["body"]]
    words += [part for header in r["headers"] for part in header]
    return " ".join((w if isinstance(w, bytes) else w.encode()).hex() or "-" for w in words)


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    botocore.auth.datetime = FrozenModule
    requests = [make_request(rng) for _ in range(count)]
    lines = "".join(line_of(r) + "\n" for r in requests)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    ours = done.stdout.splitlines()
    differing = 0
    for request, our in zip(requests, ours, strict=True):
        theirs = by_botocore(request)
        if our != theirs:
            differing += 1
            print(f"differs: {request}\n  ours:     {our}\n  botocore: {theirs}")
    print(f"{count} requests signed, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
