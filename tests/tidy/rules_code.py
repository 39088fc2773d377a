"""Rules about one file's text: sizes, words, identifiers, awaits, tests, scripts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scopes import awaited_temporaries, functions
from source import Finding, Source

FILE_AIM, FILE_LIMIT = 250, 400
FUNCTION_AIM, FUNCTION_LIMIT = 25, 60
COLUMNS = 100


def file_length(source: Source) -> Iterator[Finding]:
    if not (source.is_cpp or source.path.endswith(".py") or source.is_script):
        return
    count = len(source.lines)
    if count > FILE_AIM:
        limit = FILE_LIMIT if count > FILE_LIMIT else FILE_AIM
        message = f"{count} lines, more than {limit}: split it by idea"
        yield Finding(source.path, 1, "file-length", message, note=count <= FILE_LIMIT)


def function_length(source: Source) -> Iterator[Finding]:
    if not source.is_cpp:
        return
    for start, end, signature in functions(source.code):
        first, last = source.line_at(start), source.line_at(end)
        count = last - first + 1
        if count > FUNCTION_AIM and not source.allows(first, "function-length"):
            limit = FUNCTION_LIMIT if count > FUNCTION_LIMIT else FUNCTION_AIM
            message = f"{count} lines, more than {limit}: {signature[:60]}"
            note = count <= FUNCTION_LIMIT
            yield Finding(source.path, first, "function-length", message, note)


def columns(source: Source) -> Iterator[Finding]:
    if source.path.endswith((".md", ".json", ".txt")) and source.name != "CMakeLists.txt":
        return
    for number, line in enumerate(source.lines, 1):
        is_link = "https://" in line
        if len(line) > COLUMNS and not is_link and not source.allows(number, "columns"):
            message = f"{len(line)} columns, more than {COLUMNS}"
            yield Finding(source.path, number, "columns", message)


def awaits(source: Source) -> Iterator[Finding]:
    if not source.is_cpp:
        return
    for offset, what in awaited_temporaries(source.code):
        line = source.line_at(offset)
        if not source.allows(line, "co-await"):
            message = f"{what} in a co_await expression (GCC 12 destroys it twice): name it first"
            yield Finding(source.path, line, "co-await", message)


@dataclass(frozen=True)
class Ban:
    """`pattern` may stand in no line of a file where `where` holds."""

    rule: str
    pattern: str
    message: str
    where: Callable[[Source], bool]
    in_code: bool = True


def _library(source: Source) -> bool:
    return source.is_cpp and source.path.startswith("lift/") and not source.is_test


def _product(source: Source) -> bool:
    return source.is_cpp and not source.is_test and not source.is_bench


def _quiet(source: Source) -> bool:
    """Library code that has no business printing."""
    return _library(source) and source.module not in ("app", "export") and not source.is_bench


def _cpp(source: Source) -> bool:
    return source.is_cpp


def _cpp_test(source: Source) -> bool:
    return source.is_cpp and source.is_test


def _prose(source: Source) -> bool:
    return not source.path.startswith("tests/tidy/")


def _outside(*paths: str) -> Callable[[Source], bool]:
    return lambda source: _product(source) and source.path not in paths


BANS = (
    Ban("banned-word", r"\b(TODO|FIXME|XXX|HACK)\b", "finish it or leave it out", _prose, False),
    Ban("banned-word", r"(?i)\bfor now\b", "say how it is, not how it may become", _prose, False),
    Ban("banned-word", r"(?i)\bstub(s|bed)?\b", "finish it, or call it what it is", _prose, False),
    Ban("machine-path", r"(?<![\w.}])/(work|root|home/\w+)/|\.library\b",
        "a path of one machine", _prose, False),
    Ban("machine-path", r"(?<![\w.}])/tmp/(?!.*XXXXXX)", "use mkdtemp or mktemp", _prose, False),
    Ban("clock", r"\b(steady|system|high_resolution)_clock::now\b",
        "time comes from lift::Clock", _outside("lift/base/clock.cc")),
    Ban("random", r"\bs?rand\s*\(|\bstd::(random_device|mt19937)",
        "chance comes from lift::Random", _outside("lift/base/random.cc")),
    Ban("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w:.>])::sleep\s*\(",
        "nothing sleeps: wait for the event", _cpp),
    Ban("atomic-shared-ptr", r"\batomic\s*<\s*std::shared_ptr",
        "use lift::Live: this one races under TSan", _cpp),
    Ban("std-format", r"\bstd::format\b|#\s*include\s*<format>", "absent from GCC 12", _cpp),
    Ban("using-namespace", r"\busing\s+namespace\b", "never in a header",
        lambda source: source.is_header and not source.is_test),
    Ban("volatile", r"\bvolatile\b", "it is no tool for threads", _product),
    Ban("scratch-name", r"\b(TempDir|temp_directory_path)\(\)(?!.*XXXXXX)",
        "tests run beside each other: use mkdtemp", _cpp_test, False),
    Ban("fixed-port",
        r"\b(listen|bind|connect|serve)\w*\s*[({][^()]*(?<![\w.])[1-9]\d{1,4}\b\s*[,)}]",
        "listen at port 0 and ask which it became", _cpp_test),
    Ban("fixed-port", r"\.?\bport\s*=\s*[1-9]\d+|\bendpoint\s*[({].*,\s*[1-9]\d+\s*[)}]",
        "listen at port 0 and ask which it became", _cpp_test),
    Ban("fixed-port", r'"--port[ =]?[1-9]|"(127\.0\.0\.1|localhost|\[::1?\]|0\.0\.0\.0):[1-9]\d*"'
        r"[^;]*\b(listen|bind|connect)|\b(listen|bind|connect)\w*\s*[({][^;]*:[1-9]\d{1,4}\"",
        "listen at port 0 and ask which it became", _cpp_test, False),
)


def banned(source: Source) -> Iterator[Finding]:
    for ban in BANS:
        if not ban.where(source):
            continue
        for number, line in enumerate(source.code_lines if ban.in_code else source.lines, 1):
            found = re.search(ban.pattern, line)
            if found and not source.allows(number, ban.rule):
                message = f"`{found.group(0).strip()}`: {ban.message}"
                yield Finding(source.path, number, ban.rule, message)


_PRINT = re.compile(r"\bv?(f|s|sn|vsn)?printf\s*\(|\bf?puts\s*\(|\bstd::(cout|cerr|clog)\b")


def prints(source: Source) -> Iterator[Finding]:
    """The library does not print, but for the last words before it aborts."""
    if not _quiet(source):
        return
    for number, line in enumerate(source.code_lines, 1):
        last_words = "std::abort()" in "".join(source.code_lines[number : number + 2])
        if _PRINT.search(line) and not last_words:
            yield Finding(source.path, number, "print", "the library does not print")


def test_names(source: Source) -> Iterator[Finding]:
    """A file of tests is called so, and stands where the build looks for it."""
    if not source.path.endswith(".cc"):
        return
    has_tests = re.search(r"^(TYPED_)?TEST(_F|_P)?\(", source.code, re.MULTILINE) is not None
    if has_tests != source.path.endswith("_test.cc"):
        message = "tests stand in *_test.cc files, and every such file holds some"
        yield Finding(source.path, 1, "test-names", message)


def scripts(source: Source) -> Iterator[Finding]:
    if not source.is_script:
        return
    if not source.text.startswith("#!/usr/bin/env bash\n"):
        yield Finding(source.path, 1, "script", "begin with #!/usr/bin/env bash")
    if "\nset -euo pipefail\n" not in source.text:
        yield Finding(source.path, 1, "script", "needs `set -euo pipefail`")
    if not source.executable:
        yield Finding(source.path, 1, "script", "is not executable")


RULES = (file_length, function_length, columns, awaits, banned, prints, test_names, scripts)
