"""Rules about how files hang together: links, snippets, the changelog, what is built."""

import posixpath
import re
from collections.abc import Iterator

from source import Finding, Source, Tree

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_SNIPPET = re.compile(r"<!-- snippet: (\S+) -->\n(```\w*\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
_REGION = re.compile(r"^[ \t]*// \[snippet\]\n(.*?)^[ \t]*// \[/snippet\]$", re.M | re.DOTALL)


def _markdown(tree: Tree) -> Iterator[Source]:
    return (source for source in tree.sources if source.path.endswith(".md"))


def links(tree: Tree) -> Iterator[Finding]:
    """Every link to a file of the tree leads somewhere."""
    for source in _markdown(tree):
        prose = _FENCE.sub(lambda match: "\n" * match.group(0).count("\n"), source.text)
        for found in _LINK.finditer(prose):
            target = (found.group(1) or found.group(2)).split("#")[0]
            if target == "" or re.match(r"[a-z]+:", target):
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), target))
            if not tree.exists(path):
                line = prose.count("\n", 0, found.start()) + 1
                yield Finding(source.path, line, "link", f"{target} does not exist")


def _dedent(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    margin = min((len(li) - len(li.lstrip()) for li in lines if li.strip()), default=0)
    return "\n".join(li[margin:].rstrip() for li in lines)


def snippets(tree: Tree) -> Iterator[Finding]:
    """What a page shows is what is compiled and run, and every program is shown by a page."""
    shown = set()
    for source in _markdown(tree):
        for found in _SNIPPET.finditer(source.text):
            line = source.line_at(found.start())
            shown.add(found.group(1))
            program = tree.by_path.get(found.group(1))
            if program is None:
                yield Finding(source.path, line, "snippet", f"{found.group(1)} does not exist")
                continue
            region = _REGION.search(program.text)
            if region is None:
                message = "has no region between // [snippet] and // [/snippet]"
                yield Finding(program.path, 1, "snippet", message)
            elif found.group(3) is None:
                yield Finding(source.path, line, "snippet", "no code fence follows")
            elif _dedent(found.group(3)) != _dedent(region.group(1)):
                message = f"the code differs from the region in {program.path}"
                yield Finding(source.path, line, "snippet", message)
    for source in tree.sources:
        if re.fullmatch(r"docs/snippets/\w+\.cc", source.path) and source.path not in shown:
            yield Finding(source.path, 1, "snippet", "no page shows it")


def doc_fences(tree: Tree) -> Iterator[Finding]:
    """C++ in a page of docs/ is a snippet: code that nothing compiles goes stale."""
    for source in _markdown(tree):
        if not re.fullmatch(r"docs/[^/]+\.md", source.path):
            continue
        for found in re.finditer(r"^```(cpp|c\+\+)$", source.text, re.MULTILINE):
            before = source.text[: found.start()].rstrip("\n").rsplit("\n", 1)[-1]
            if not before.startswith("<!-- snippet: "):
                line = source.line_at(found.start())
                yield Finding(source.path, line, "snippet", "C++ without a snippet line above")


def changelog(tree: Tree) -> Iterator[Finding]:
    """Keep-a-changelog: a title, Unreleased first, then versions downwards, known headings."""
    source = tree.by_path.get("CHANGELOG.md")
    if source is None:
        yield Finding("CHANGELOG.md", 1, "changelog", "is missing")
        return
    if source.lines[:1] != ["# Changelog"]:
        yield Finding(source.path, 1, "changelog", "begin with `# Changelog`")
    sections = [(n, li) for n, li in enumerate(source.lines, 1) if li.startswith("## ")]
    if not sections or sections[0][1] != "## [Unreleased]":
        yield Finding(source.path, 1, "changelog", "the first section is `## [Unreleased]`")
    for line, title in sections[1:]:
        if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", title):
            yield Finding(source.path, line, "changelog", "write `## [1.2.3] - 2026-01-31`")
    for line, title in enumerate(source.lines, 1):
        kinds = "Added|Changed|Deprecated|Removed|Fixed|Security"
        if title.startswith("### ") and not re.fullmatch(f"### ({kinds})", title):
            yield Finding(source.path, line, "changelog", f"a heading is one of {kinds}")


def _is_built(tree: Tree, source: Source) -> bool:
    root = tree.by_path.get("CMakeLists.txt")
    parts = source.path.split("/")
    if parts[0] == "lift":
        module = f"lift_module({source.module}"
        return len(parts) == 3 and root is not None and re.search(
            re.escape(module) + r"[ )]", root.text) is not None
    if parts[0] == "tests":
        return len(parts) == 3 and parts[1] in ("regression", "e2e", "sim")
    for depth in range(len(parts) - 1, 0, -1):
        lists = tree.by_path.get("/".join([*parts[:depth], "CMakeLists.txt"]))
        below = "/".join(parts[depth:])
        if lists is not None and (below in lists.text or "*_test.cc" in lists.text):
            return True
    return False


def tests_built(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources:
        if source.path.endswith("_test.cc") and not _is_built(tree, source):
            yield Finding(source.path, 1, "tests-built", "no CMakeLists.txt builds this test")


def fuzz_corpora(tree: Tree) -> Iterator[Finding]:
    """A fuzzer starts from something and is built."""
    lists = tree.by_path.get("fuzz/CMakeLists.txt")
    for source in tree.sources:
        found = re.fullmatch(r"fuzz/(\w+)_fuzz\.cc", source.path)
        if not found:
            continue
        if not tree.exists(f"fuzz/corpus/{found.group(1)}"):
            yield Finding(source.path, 1, "fuzz", f"has no fuzz/corpus/{found.group(1)}")
        if lists is None or found.group(1) not in lists.text and "*_fuzz.cc" not in lists.text:
            yield Finding(source.path, 1, "fuzz", "fuzz/CMakeLists.txt does not build it")


RULES = (links, snippets, doc_fences, changelog, tests_built, fuzz_corpora)
