#!/usr/bin/env python3
"""The page of health in a real browser. Usage: health_page.py <server> [screenshot.png]

Headless Chromium reads the page that an app in every state of health shows: what a person sees is
there, nothing comes from elsewhere, nothing is blocked, nothing that a check said is markup.
"""

import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CHROMIUM = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--window-size=1100,640", "--disable-background-networking", "--no-first-run"]
STATES = {"database": "pass", "disk": "warn", "ledger": "fail", "cache": "warn"}


def page(address: str) -> str:
    """The document as the server sends it: 503 is an answer like any other here."""
    request = urllib.request.Request(address, headers={"Accept": "text/html"})
    opener = urllib.request.build_opener()
    opener.error = lambda *_: None
    try:
        return urllib.request.urlopen(request, timeout=10).read().decode()
    except urllib.error.HTTPError as answer:
        return answer.read().decode()


def state_of(document: str, name: str) -> str:
    row = re.search(rf"<tr><td><b>{name}</b>.*?</tr>", document, re.S)
    badge = re.search(r'<span class="s (\w+)">', row.group(0)) if row else None
    return badge.group(1) if badge else "absent"


def wait_for_states(address: str) -> None:
    for _ in range(400):
        document = page(address)
        if all(state_of(document, name) == state for name, state in STATES.items()):
            return
        time.sleep(0.05)
    sys.exit(f"the checks never came to their states:\n{document}")


def browse(profile: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([*CHROMIUM, f"--user-data-dir={profile}", *arguments],
                          capture_output=True, text=True, timeout=60, check=True)


def check(address: str, picture: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        seen = browse(profile, "--enable-logging=stderr", "--v=0", "--dump-dom", address)
        browse(profile, f"--screenshot={picture}", address)
    dom = seen.stdout
    for name, state in STATES.items():
        assert state_of(dom, name) == state, f"{name} is shown as {state_of(dom, name)}:\n{dom}"
    assert "ledger &lt;internal&gt; &amp; co: connection refused" in dom, dom
    assert "flapping" in dom and "circuit open" in dom, dom
    assert len(re.findall(r'role="img"', dom)) == len(STATES) + 1, dom
    assert not re.search(r"(src|href)=", dom), "the page asks for something from elsewhere"
    assert "Content Security Policy" not in seen.stderr, seen.stderr
    assert picture.stat().st_size > 20_000, "the page is as good as empty"


def main() -> None:
    server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True)
    try:
        address = server.stdout.readline().strip() + "/health/detail"
        wait_for_states(address)
        with tempfile.TemporaryDirectory() as scratch:
            picture = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch) / "page.png"
            check(address, picture)
    finally:
        server.stdin.close()
        server.wait(10)
    print(f"the page of health: {len(STATES) + 1} checks as they are")


if __name__ == "__main__":
    main()
