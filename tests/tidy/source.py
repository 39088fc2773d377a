"""A source file as the rules see it: raw lines, and the code with comments and literals blanked."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SKIPPED_FOLDERS = {".git", ".deps", ".cache", "build", "corpus", "__pycache__"}
NO_SOURCES = {"LICENSE", ".git"}  # ".git" is a file in a worktree
CPP_SUFFIXES = {".h", ".cc"}
TEXT_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".md", ".cmake", ".txt", ".json", ".conf", ""}

_TOKEN = re.compile(
    r'R"(?P<delim>[^()\\\s]{0,16})\(.*?\)(?P=delim)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])(?:u8|u|U|L)?'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_ALLOW = re.compile(r"tidy: allow ([a-z-]+) because \S")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str
    note: bool = False

    def __str__(self) -> str:
        kind = "note: " if self.note else ""
        return f"{self.path}:{self.line}: {kind}{self.message} [{self.rule}]"


def _blank(match: re.Match) -> str:
    text = match.group(0)
    if text.startswith("/"):
        return re.sub(r"[^\n]", " ", text)
    return '"' + re.sub(r"[^\n]", " ", text[1:-1]) + '"'


class Source:
    """One text file of the tree; `path` is relative to the root, with forward slashes."""

    def __init__(self, path: str, text: str, executable: bool = False):
        self.path = path
        self.text = text
        self.executable = executable

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def code(self) -> str:
        """As long as the text, line for line, without comments and what stands in quotes."""
        return _TOKEN.sub(_blank, self.text)

    @cached_property
    def code_lines(self) -> list[str]:
        return self.code.splitlines()

    def line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def allows(self, line: int, rule: str) -> bool:
        found = _ALLOW.search(self.lines[line - 1]) if 0 < line <= len(self.lines) else None
        return found is not None and found.group(1) == rule

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def is_cpp(self) -> bool:
        return Path(self.path).suffix in CPP_SUFFIXES

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    @property
    def is_private(self) -> bool:
        return self.name.endswith("_internal.h") or "detail" in self.path.split("/")[:-1]

    @property
    def is_public_header(self) -> bool:
        in_library = self.path.startswith("lift/") and not self.is_test
        return self.is_header and in_library and not self.is_private

    @property
    def is_test(self) -> bool:
        named = re.search(r"_(test|fixture)\.(cc|h)$", self.path) is not None
        return named or self.path.startswith("tests/")

    @property
    def is_bench(self) -> bool:
        return self.path.startswith("benchmarks/") or self.path.endswith("_bench.cc")

    @property
    def is_script(self) -> bool:
        return self.text.startswith("#!") and "bash" in self.text.split("\n", 1)[0]

    @property
    def module(self) -> str:
        """The folder of lift/ it belongs to; "" elsewhere and for lift/*.h."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "lift" and len(parts) > 2 else ""


class Tree:
    """All text files below a root."""

    def __init__(self, sources: list[Source], root: Path):
        self.root = root
        self.sources = sources
        self.by_path = {source.path: source for source in sources}

    def exists(self, path: str) -> bool:
        return path in self.by_path or (self.root / path).exists()


def read_tree(root: Path) -> Tree:
    sources = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
        for path in (Path(folder, name) for name in sorted(names)):
            if path.suffix in TEXT_SUFFIXES and path.name not in NO_SOURCES and path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                executable = path.stat().st_mode & 0o111 != 0
                sources.append(Source(path.relative_to(root).as_posix(), text, executable))
    return Tree(sources, root)
