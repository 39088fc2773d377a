"""Every rule fires on a bad sample and is silent on a good one."""

import tempfile
import unittest
from pathlib import Path

from scopes import functions
from source import Source, Tree
from tidy import check, check_file

HEAD = "#pragma once\n// A thing.\n//\n// Thread-safety: none. Cost: free.\n"
BASH = "#!/usr/bin/env bash\nset -euo pipefail\n"
CORO = "Task<void> f() {\n  %s\n}\n"
RACE = '#include <gtest/gtest.h>\nTEST(A, B) { %s }\n'

# rule -> (path, text) pairs that must fire, and pairs that must not.
BAD = {
    "include-direction": [
        ("lift/base/a.cc", '#include "lift/http/method.h"\n'),
        ("lift/http/a.cc", '#include "lift/telemetry/ids.h"\n'),
        ("lift/edge/a.cc", '#include "lift/identity/identify.h"\n'),
        ("lift/testing/a.cc", '#include "lift/net/server.h"\n'),
        ("lift/net/a.cc", '#include "lift/testing/sim_world.h"\n'),
        ("lift/chain/a.cc", '#include "lift/lift.h"\n'),
        ("lift/misc/a.cc", "int x;\n"),
    ],
    "include-outer": [
        ("lift/app/a.cc", '#include "examples/hello/a.h"\n'),
        ("lift/app/a.cc", '#include "tests/support/raw_client.h"\n'),
        ("lift/http/a.cc", '#include "method.h"\n'),
    ],
    "include-private": [("lift/app/a.cc", '#include "lift/net/detail/codec.h"\n')],
    "third-party": [
        ("lift/net/server.h", HEAD + "#include <boost/asio.hpp>\n"),
        ("lift/base/crypto.h", HEAD + "#include <openssl/evp.h>\n"),
        ("lift/chain/a.cc", "#include <boost/json.hpp>\n"),
        ("lift/app/a.cc", "#include <sqlite3.h>\n"),
    ],
    "public-header": [
        ("lift/base/a.h", "// A thing.\n#pragma once\n"),
        ("lift/base/a.h", "#pragma once\n// A thing. Thread-safety: none.\n"),
        ("lift/base/a.h", "#pragma once\n// A thing. Cost: none.\n"),
        ("lift/base/a.h", HEAD + "#define LIFT_TRY(x) x\n"),
    ],
    "file-length": [("lift/base/a.cc", "int x;\n" * 401)],
    "function-length": [("lift/base/a.cc", "int f() {\n" + "  ++x;\n" * 59 + "}\n")],
    "columns": [("lift/base/a.cc", "//" + "x" * 99 + "\n"), ("test", BASH + "#" * 101 + "\n")],
    "co-await": [
        ("lift/base/a.cc", CORO % "co_await call(Options{.a = 1});"),
        ("lift/base/a.cc", CORO % "use(Options{.a = 1}, co_await call());"),
        ("lift/base/a.cc", CORO % "if (co_await call({1, 2})) return;"),
        ("lift/base/a.cc", CORO % "co_await call([x] { return x; });"),
        ("lift/base/a.cc", CORO % "const int n = co_await call(\n      [&](int y) { return y; });"),
        ("lift/base/a.cc", CORO % "use([] { f(); g(); }, Pair{1, 2}, co_await call());"),
        ("lift/base/a.cc", CORO % "co_return Pair{co_await call(), 1};"),
    ],
    "banned-word": [
        ("lift/base/a.cc", "// TO" "DO: more\n"),
        ("README.md", "This works for " "now.\n"),
        ("lift/base/a.cc", "// a stub" "\n"),
    ],
    "machine-path": [
        ("README.md", "see /home/ann/x.txt\n"),
        ("lift/base/a.cc", 'const char* kPath = "/tmp/lift.sock";\n'),
    ],
    "clock": [("lift/net/a.cc", "auto now = std::chrono::steady_clock::now();\n")],
    "random": [
        ("lift/net/a.cc", "int x = rand();\n"),
        ("lift/net/a.cc", "std::random_device device;\n"),
    ],
    "sleep": [
        ("lift/net/a_test.cc", RACE % "std::this_thread::sleep_for(1ms);"),
        ("lift/net/a.cc", "void f() { usleep(5); }\n"),
    ],
    "print": [("lift/net/a.cc", 'void f() { std::printf("x"); }\n')],
    "atomic-shared-ptr": [("lift/net/a.cc", "std::atomic<std::shared_ptr<int>> p;\n")],
    "std-format": [("lift/net/a.cc", "#include <format>\n")],
    "using-namespace": [("lift/net/a.h", HEAD + "using namespace std;\n")],
    "volatile": [("lift/net/a.cc", "volatile int x;\n")],
    "fixed-port": [
        ("tests/e2e/a_test.cc", RACE % "server.listen(host, 8080);"),
        ("tests/e2e/a_test.cc", RACE % "options.port = 8080;"),
        ("tests/e2e/a_test.cc", RACE % 'connect("127.0.0.1:8080");'),
        ("tests/e2e/a_test.cc", RACE % 'run("--port=8080");'),
    ],
    "scratch-name": [("lift/net/a_test.cc", RACE % 'auto x = testing::TempDir() + "lift";')],
    "test-names": [("lift/net/a.cc", RACE % ""), ("lift/net/a_test.cc", "int x;\n")],
    "script": [("run", "#!/usr/bin/env bash\nset -e\n"), ("run", "#!/bin/bash\n")],
    "link": [("docs/a.md", "[x](missing.md)\n")],
    "snippet": [
        ("docs/a.md", "<!-- snippet: docs/snippets/no.cc -->\n```cpp\nint x;\n```\n"),
        ("docs/a.md", "<!-- snippet: docs/snippets/good.cc -->\n```cpp\nint y;\n```\n"),
        ("docs/a.md", "<!-- snippet: docs/snippets/good.cc -->\n"),
        ("docs/a.md", "Code:\n```cpp\nint x;\n```\n"),
        ("docs/snippets/alone.cc", "int main() {}\n"),
    ],
    "changelog": [
        ("CHANGELOG.md", "# Changelog\n\n## [1.0.0] - 2026-01-31\n"),
        ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## 1.0\n"),
        ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### New\n"),
    ],
    "tests-built": [
        ("lift/net/deep/a_test.cc", RACE % ""),
        ("lift/nobody/a_test.cc", RACE % ""),
        ("tests/other/a_test.cc", RACE % ""),
        ("examples/x/a_test.cc", RACE % ""),
    ],
    "fuzz": [("fuzz/a_fuzz.cc", "int x;\n")],
}
GOOD = [
    ("lift/base/a_bench.cc", '#include "benchmarks/bench.h"\n'),
    ("lift/export/a.cc", '#include "lift/aws/sigv4.h"\n#include "lift/base/task.h"\n'),
    ("lift/net/a_test.cc", '#include "lift/testing/sim_world.h"\n' + RACE % ""),
    ("lift/testing/a.cc", '#include "lift/chain/run.h"\n'),
    ("lift/net/a.cc", '#include "lift/asio.h"\n'),
    ("lift/net/a_fixture.h", "#pragma once\n#include <gtest/gtest.h>\n"),
    ("lift/net/a_bench.cc", '#include "benchmarks/bench.h"\n'),
    ("lift/net/a_test.cc", '#include "tests/support/raw_client.h"\n' + RACE % ""),
    ("lift/net/a.cc", '#include <boost/asio.hpp>\n#include "lift/net/detail/codec.h"\n'),
    ("lift/asio.h", HEAD + "#include <boost/asio.hpp>\n"),
    ("lift/net/detail/codec.h", "#pragma once\n#include <boost/beast.hpp>\n"),
    ("lift/lift.h", HEAD + '#include "lift/app/app.h"\n'),
    ("lift/base/a.cc", "int f() {\n" + "  ++x;\n" * 58 + "}\n"),
    ("lift/base/a.cc", "const int kTable[] = {\n" + "  1,\n" * 80 + "};\n"),
    ("lift/base/a.cc", "class A {\n" + "  int f() { return 1; }\n" * 80 + "};\n"),
    ("lift/base/a.cc", CORO % "co_await call(Options(1));"),
    ("lift/base/a.cc", CORO % "Options o{.a = 1};\n  co_await call(std::move(o));"),
    ("lift/base/a.cc", CORO % "if (co_await call()) {\n    use(Pair{1, 2});\n  }"),
    ("lift/base/a.cc", CORO % "while (co_await call()) use(Pair{1, 2});"),
    ("lift/base/a.cc", CORO % "co_await call([](int x) { return Pair{x, 1}; });"),
    ("lift/base/a.cc", CORO % "auto t = [&]() -> Task<void> { co_await call(); }();"),
    ("lift/base/a.cc", CORO % "const int a[2] = {1, 2};\n  co_await call(a[0]);"),
    ("lift/base/a.cc", "auto operator co_await() noexcept {\n  return Awaiter{frame_};\n}\n"),
    ("lift/base/a.cc", '// "volatile" and usleep in words\nauto s = "rand() usleep";\n'),
    ("lift/base/a.cc", "usleep(1);  // tidy: allow sleep because the kernel wants it\n"),
    ("lift/base/clock.cc", "auto now = std::chrono::steady_clock::now();\n"),
    ("lift/base/a.cc", 'std::fputs("bad\\n", stderr);\n  std::abort();\n'),
    ("lift/base/a.cc", 'auto x = 1\'000\'000; auto y = R"(usleep " )"; char c = \'"\';\n'),
    ("examples/hello/a.cc", 'int main() { std::printf("x"); }\n'),
    ("examples/hello/good_test.cc", RACE % ""),
    ("tests/e2e/a_test.cc", RACE % 'server.listen("127.0.0.1", 0); parse("1.2.3.4:8080");'),
    ("tests/e2e/a_test.cc", RACE % 'mkdtemp("/tmp/lift-XXXXXX");'),
    ("tests/e2e/a_test.cc", RACE % 'auto x = testing::TempDir() + "lift-XXXXXX";'),
    ("tests/e2e/a_test.cc", RACE % 'EXPECT_EQ(listen[0].text(), "1.2.3.4:8080");'),
    ("run", BASH + "true\n"),
    ("docs/a.md", "[a](../run), [b](#x), [c](https://x.org/y)\n```\n[d](gone.md)\n```\n"),
    ("docs/a.md", "<!-- snippet: docs/snippets/good.cc -->\n```cpp\nint x;\n```\n"),
    ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [0.1.0] - 2026-01-31\n"),
    ("fuzz/good_fuzz.cc", "int x;\n"),
]
AROUND = [
    ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n"),
    ("CMakeLists.txt", "lift_module(net MODULES chain)\n"),
    ("examples/hello/CMakeLists.txt", "add_executable(hello_test good_test.cc)\n"),
    ("fuzz/CMakeLists.txt", "lift_fuzzer(good lift_http)\n"),
    ("docs/page.md", "<!-- snippet: docs/snippets/good.cc -->\n```cpp\nint x;\n```\n"),
    ("docs/snippets/good.cc", "// [snippet]\n  int x;\n// [/snippet]\nint main() {}\n"),
    ("run", BASH),
]


def findings(path: str, text: str) -> list:
    """What the rules say about a file in a small tree that is otherwise fine."""
    files = dict(AROUND) | {path: text}
    sources = [Source(name, body, executable=True) for name, body in files.items()]
    with tempfile.TemporaryDirectory() as root:
        Path(root, "fuzz/corpus/good").mkdir(parents=True)
        return [f for f in check(Tree(sources, Path(root))) if not f.note]


class TidyTest(unittest.TestCase):
    def test_the_surroundings_of_the_samples_are_fine(self):
        self.assertEqual(findings("run", BASH), [])

    def test_every_rule_fires_on_what_it_bans(self):
        for rule, samples in BAD.items():
            for path, text in samples:
                with self.subTest(rule=rule, path=path, text=text[-60:]):
                    self.assertIn(rule, {f.rule for f in findings(path, text)})

    def test_every_rule_is_silent_on_what_is_right(self):
        for path, text in GOOD:
            with self.subTest(path=path, text=text[-60:]):
                self.assertEqual([str(f) for f in findings(path, text)], [])

    def test_a_script_must_be_executable(self):
        self.assertEqual([f.rule for f in check_file(Source("run", BASH))], ["script"])

    def test_functions_are_found_with_their_bounds(self):
        code = (
            "namespace a {\ntemplate <class T>\nclass B : C<T> {\n public:\n"
            "  explicit B(int x) : x_{x}, y_(1) {}\n  void f() {\n    if (x) {\n    }\n  }\n};\n"
            "enum class E { a, b };\nconst std::map<int, int> kM = {{1, 2}};\n"
            "bool operator==(A a, B b) { return true; }\nauto kF = [](int x) { return x; };\n}\n"
        )
        lines = [(code.count("\n", 0, b) + 1, code.count("\n", 0, e) + 1)
                 for b, e, _ in functions(code)]
        self.assertEqual(lines, [(4, 5), (6, 9), (13, 13), (14, 14)])


if __name__ == "__main__":
    unittest.main()
