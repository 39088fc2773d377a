"""Who may include whom, and what a public header must be."""

import re
from collections.abc import Iterator

from source import Finding, Source

# The rows of ARCHITECTURE.md: a module includes lower rows, and what SAME_ROW says.
ROWS = {
    "base": 0,
    "http": 1, "telemetry": 1,
    "chain": 2,
    "observe": 3, "health": 3, "ratelimit": 3, "resilience": 3, "edge": 3, "identity": 3,
    "net": 4,
    "aws": 5, "export": 5, "client": 5, "lambda": 5,
    "app": 6,
}
SAME_ROW = {"export": {"aws"}, "health": {"resilience"}, "ratelimit": {"resilience"}}
AT_TOP = {"lift/asio.h": "net"}
TESTING_MAY = {"base", "http", "telemetry", "chain", "ratelimit"}
OUTER = ("examples/", "gateway/", "benchmarks/", "fuzz/", "tests/", "docs/", "tools/")

# Where each third party is at home: (what its includes look like, where they may stand).
THIRD_PARTY = (
    (r"boost/json", ("lift/http/",)),
    (r"boost/(asio|beast)", ("lift/net/", "lift/asio.h", "lift/base/asio", "tests/")),
    (r"boost/system", ("lift/http/", "lift/net/", "lift/asio.h", "lift/base/asio")),
    (r"openssl/", ("lift/base/", "lift/net/")),
    (r"nghttp2/", ("lift/net/",)),
    (r"(fmt/|zlib\.h$)", ("lift/base/", "lift/telemetry/", "tests/")),
    (r"sqlite3\.h$", ("examples/",)),
    (r"(yaml-cpp/|CLI/)", ("gateway/",)),
    (r"(gtest|gmock)/", ("tests/", "_test.cc", "_test.h", "_fixture.h")),
)
_INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def includes(source: Source) -> Iterator[tuple[int, str, str]]:
    """(line, "<" or '"', what is included)."""
    for number, line in enumerate(source.lines, 1):
        if found := _INCLUDE.match(line):
            yield number, found.group(1), found.group(2)


def _may_include(source: Source, other: str) -> bool:
    own = source.module
    if other == own:
        return True
    if other == "testing":
        return source.is_test or source.is_bench
    if own == "testing":
        return other in TESTING_MAY
    return ROWS[other] < ROWS[own] or other in SAME_ROW.get(own, set())


def include_direction(source: Source) -> Iterator[Finding]:
    own = source.module
    if not source.is_cpp or own == "":
        return
    if own not in ROWS and own != "testing":
        message = f"lift/{own} stands in no row of the map"
        yield Finding(source.path, 1, "include-direction", message)
        return
    for line, _, target in includes(source):
        parts = target.split("/")
        if parts[0] != "lift":
            continue
        other = AT_TOP.get(target) or (parts[1] if len(parts) > 2 else target)
        if other not in ROWS and other != "testing":
            message = f"{target}: modules include modules, not what stands above them"
            yield Finding(source.path, line, "include-direction", message)
        elif not _may_include(source, other):
            message = f"lift/{own} may not include lift/{other}"
            yield Finding(source.path, line, "include-direction", message)


def include_outer(source: Source) -> Iterator[Finding]:
    """The library knows nothing of what is built upon it, and includes by full path."""
    if not source.is_cpp or not source.path.startswith("lift/"):
        return
    for line, quote, target in includes(source):
        if source.is_bench and target.startswith("benchmarks/"):
            continue
        support = source.is_test and target.startswith("tests/support/")
        bench = source.is_bench and target.startswith("benchmarks/")
        if support or bench:
            continue
        if target.startswith(OUTER):
            yield Finding(source.path, line, "include-outer", f"lift may not include {target}")
        elif quote == '"' and not target.startswith("lift/"):
            message = f'write "lift/…/{target}", the path from the root'
            yield Finding(source.path, line, "include-outer", message)


def include_private(source: Source) -> Iterator[Finding]:
    """A module's private headers are for the module, its tests, fuzzers and benchmarks."""
    if not source.is_cpp or source.path.startswith(("tests/", "fuzz/", "benchmarks/")):
        return
    for line, _, target in includes(source):
        header = Source(target, "")
        if header.is_private and header.module not in ("", source.module):
            message = f"{target} is private to lift/{header.module}"
            yield Finding(source.path, line, "include-private", message)


def third_party(source: Source) -> Iterator[Finding]:
    """Third parties stay in their modules' sources, out of every public header."""
    opt_in = source.path == "lift/asio.h" or source.path.startswith("lift/base/asio")
    for line, quote, target in includes(source) if source.is_cpp else ():
        if source.is_public_header and not opt_in and quote == "<":
            if not re.fullmatch(r"[a-z_0-9]+", target):
                message = f"<{target}> in a public header: only standard headers may show there"
                yield Finding(source.path, line, "third-party", message)
                continue
        for pattern, homes in THIRD_PARTY:
            at_home = any(source.path.startswith(h) or source.path.endswith(h) for h in homes)
            if re.match(pattern, target) and not at_home:
                message = f"<{target}> belongs into {' or '.join(homes)}"
                yield Finding(source.path, line, "third-party", message)


def public_header(source: Source) -> Iterator[Finding]:
    """`#pragma once`, then a comment that says what it is, its thread-safety and its cost."""
    if source.is_header and source.lines[:1] != ["#pragma once"]:
        yield Finding(source.path, 1, "public-header", "the first line must be #pragma once")
    if not source.is_public_header:
        return
    comment = []
    for line in source.lines[1:]:
        if not line.startswith("//"):
            break
        comment.append(line)
    for word in ("Thread-safety:", "Cost:"):
        if word not in "\n".join(comment):
            message = f'the comment at the top has no "{word}" line'
            yield Finding(source.path, 2, "public-header", message)
    for number, line in enumerate(source.code_lines, 1):
        if re.match(r"\s*#\s*define\b", line):
            message = "no macros in public headers"
            yield Finding(source.path, number, "public-header", message)


RULES = (include_direction, include_outer, include_private, third_party, public_header)
