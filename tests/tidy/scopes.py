"""Finds functions and the ends of expressions in clang-formatted C++, by braces."""

import re
from collections.abc import Iterator

OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {")": "(", "]": "[", "}": "{"}
_LABEL = re.compile(r"^\s*(public|protected|private|default|case [^:]*)\s*:(?!:)")
_DIRECTIVE = re.compile(r"^[ \t]*#.*(?:\\\n.*)*", re.MULTILINE)


def without_directives(code: str) -> str:
    """The same text with preprocessor lines blanked: their braces need not match."""
    return _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)


def closing(code: str, start: int) -> int:
    """Where the bracket at `start` closes; the end of the text if it never does."""
    depth = 0
    for position in range(start, len(code)):
        if code[position] in OPEN:
            depth += 1
        elif code[position] in CLOSE:
            depth -= 1
            if depth == 0:
                return position
    return len(code)


def opening(code: str, end: int) -> int:
    """Where the bracket that closes at `end` was opened; 0 if nowhere."""
    depth = 0
    for position in range(end, -1, -1):
        if code[position] in CLOSE:
            depth += 1
        elif code[position] in OPEN:
            depth -= 1
            if depth == 0:
                return position
    return 0


def next_char(code: str, position: int) -> str:
    rest = re.compile(r"\S").search(code, position)
    return rest.group(0) if rest else ""


def _strip_templates(text: str) -> str:
    """Without leading `template <...>` and requires-clauses in it."""
    while found := re.match(r"\s*template\s*<", text):
        depth, position = 1, found.end()
        while position < len(text) and depth > 0:
            depth += {"<": 1, ">": -1}.get(text[position], 0)
            position += 1
        text = text[position:]
    return text


def _opened_by(prefix: str) -> str:
    """Whether a `{` after `prefix` opens a "scope", a "function" or "data"."""
    text = _strip_templates(prefix)
    while found := _LABEL.match(text):
        text = _strip_templates(text[found.end():])
    text = re.sub(r"operator\s*[^\s(\w]+", "operator_", text)
    text = re.sub(r"\balignas\s*\([^)]*\)|\[\[.*?\]\]", "", text)
    if re.match(r"\s*((inline\s+)?namespace|extern\s+\")", text) or text.strip() == "":
        return "scope"
    if re.match(r"\s*(class|struct|union|enum)\b", text) and "(" not in text.split(":")[0]:
        return "scope"
    if "(" not in text or text.count("(") != text.count(")"):
        return "data"
    outside = text
    while (inner := re.sub(r"\([^()]*\)", " ", outside)) != outside:
        outside = inner
    assigned = re.search(r"(?<![=!<>])=(?!=)", outside)
    return "function" if assigned is None or "[" in outside[assigned.end():] else "data"


def functions(code: str) -> Iterator[tuple[int, int, str]]:
    """(offset of the signature, offset of the closing brace, signature), outermost ones only."""
    code = without_directives(code)
    position, begin = 0, 0
    while position < len(code):
        if code[position] in ";}":
            begin = position + 1
        elif code[position] == "{":
            prefix = code[begin:position]
            kind = _opened_by(prefix)
            if kind == "scope":
                begin = position + 1
            else:
                end = closing(code, position)
                # A brace that a comma or another one follows initialises a member, before the body.
                if kind == "function" and next_char(code, end + 1) not in (",", "{"):
                    start = begin + len(prefix) - len(prefix.lstrip())
                    yield start, end, " ".join(prefix.split())
                    begin = end + 1
                position = end
        position += 1


_LAMBDA_BEFORE = re.compile(r"(?:[(,={&|!?:;]|\breturn|\bco_await|\bco_return|^)\s*$")


def lambda_at(code: str, position: int) -> bool:
    """Whether the `[` there begins a lambda, rather than an index or an attribute."""
    if code.startswith("[[", position) or code[position - 1 : position] == "[":
        return False
    return _LAMBDA_BEFORE.search(code[max(0, position - 80) : position]) is not None


def _statement_start(code: str, position: int) -> int:
    """Back from `position` to where its full-expression may begin, over braced temporaries."""
    while position > 0:
        char = code[position - 1]
        if char == ";":
            break
        if char == "}":
            if next_char(code, position) not in (",", ")", "."):
                break
            position = opening(code, position - 1)
            continue
        if char == "{":
            body = code[position : closing(code, position - 1)]
            if ";" in body or body.strip() == "":
                break
        position -= 1
    return position


def full_expression(code: str, position: int) -> tuple[int, int]:
    """The bounds of the full-expression around the `co_await` at `position`."""
    start, end, depth = _statement_start(code, position), position, 0
    while end < len(code):
        char = code[end]
        if char in OPEN:
            end = closing(code, end)
        elif char == ";":
            break
        elif char in CLOSE:
            depth += 1
            if char == "}" or re.match(r"\)\s*(\{|[a-z_]+\b[^;]*;|return)", code[end:]):
                keyword = re.search(r"\b(if|while|for|switch)\b[^;{}]*$", code[start:position])
                if keyword or char == "}":
                    break
        end += 1
    return start, end


def awaited_temporaries(code: str) -> Iterator[tuple[int, str]]:
    """(offset, what) of braced temporaries and capturing lambdas in co_await expressions."""
    code = without_directives(code)
    for found in re.finditer(r"(?<!operator )\bco_await\b", code):
        start, end = full_expression(code, found.start())
        what = _temporary(code, start, end)
        if what:
            yield found.start(), what


def _temporary(code: str, start: int, end: int) -> str:
    position = start
    while position < end:
        char = code[position]
        if char == "[" and lambda_at(code, position):
            bracket = closing(code, position)
            if code[position + 1 : bracket].strip():
                return "a capturing lambda"
            body = code.find("{", bracket)
            position = closing(code, body) if body >= 0 else end
        elif char == "{":
            return "a braced temporary"
        position += 1
    return ""
