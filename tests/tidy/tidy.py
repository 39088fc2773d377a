#!/usr/bin/env python3
"""Checks that the tree keeps the rules of the house. Usage: tidy.py [--notes] [root]

Prints one line a finding, `file:line: message [rule]`, and fails if there is any. With --notes
also what is allowed but longer than aimed at. A line may be exempted, with its reason, by a
comment on it: tidy: allow <rule> because <reason>.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import rules_code
import rules_layers
import rules_tree
from source import Finding, Source, Tree, read_tree

FILE_RULES = (*rules_layers.RULES, *rules_code.RULES)
TREE_RULES = rules_tree.RULES


def check_file(source: Source) -> Iterator[Finding]:
    for rule in FILE_RULES:
        for finding in rule(source):
            if not source.allows(finding.line, finding.rule):
                yield finding


def check(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources:
        yield from check_file(source)
    for rule in TREE_RULES:
        yield from rule(tree)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--notes", action="store_true", help="print the aims that are missed too")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[2])
    arguments = parser.parse_args()
    tree = read_tree(arguments.root)
    findings = list(check(tree))
    failures = [finding for finding in findings if not finding.note]
    for finding in findings if arguments.notes else failures:
        print(finding)
    notes = len(findings) - len(failures)
    print(f"tidy: {len(tree.sources)} files, {len(failures)} failures, {notes} notes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
