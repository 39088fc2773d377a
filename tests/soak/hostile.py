#!/usr/bin/env python3
"""Good and hostile clients at once. Usage: hostile.py PAYMENTS_BINARY SECONDS [SEED]

Every good request must be answered well, the server must live and end in good order, and its
memory must not grow once it is warm. A failure can be repeated by its seed.
"""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

GOOD_CLIENTS, HOSTILE_CLIENTS = 4, 24
MAX_GROWTH = 24 * 1024 * 1024
SEEDS = [
    b"GET /payments HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n",
    b"POST /payments HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /payments HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0\r\n\r\n",
    b"GET /payments/%2e%2e/%00?limit=9 HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
]


class Server:
    def __init__(self, binary: str, folder: str):
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=8:malloc_context_size=4")
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--db", f"{folder}/payments.db", "--lame-duck", "0s",
             "--limit", "off", "--management", "off", "--log", f"{folder}/payments.log"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
        self.port, self.token = 0, ""
        for line in self.process.stdout:
            if found := re.search(r"listening on http://\S+:(\d+)", line):
                self.port = int(found[1])
            if found := re.search(r"export ACME=(\S+)", line):
                self.token = found[1]
                return

    def memory(self) -> int:
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Tally:
    good = bad = hostile = 0
    first_bad = ""


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    body = await asyncio.wait_for(reader.readexactly(int(length[1])), 30) if length else b""
    return int(head[9:12]), body


async def good_client(server: Server, tally: Tally, until: float) -> None:
    body = b'{"amount": 5, "currency": "EUR"}'
    auth = b"Host: a\r\nAuthorization: Bearer " + server.token.encode() + b"\r\n"
    create = (b"POST /payments HTTP/1.1\r\n" + auth + b"Content-Type: application/json\r\n"
              + b"Idempotency-Key: one\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    listing = b"GET /payments?limit=5 HTTP/1.1\r\n" + auth + b"\r\n"
    missing = b"GET /nothing HTTP/1.1\r\n" + auth + b"\r\n"
    while time.monotonic() < until:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for request, expected in ((create, (201, 409)), (listing, (200,)), (missing, (404,))) * 8:
            try:
                writer.write(request)
                status, _ = await read_answer(reader)
                wrong = "" if status in expected else f"{status} for {request[:30]!r}"
            except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
                wrong = f"{error!r} for {request[:30]!r}"
            tally.good += 1
            if wrong:
                tally.bad += 1
                tally.first_bad = tally.first_bad or wrong
                break
        writer.close()


def attack(dice: random.Random) -> bytes:
    """Bytes that are no proper request, or several, or half of one."""
    kind = dice.randrange(7)
    request = bytearray(dice.choice(SEEDS))
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 4000))
    if kind == 1:
        for _ in range(dice.randrange(1, 8)):
            request[dice.randrange(len(request))] = dice.randrange(256)
    elif kind == 2:
        request = request[: dice.randrange(1, len(request))]
    elif kind == 3:
        request = bytearray(b"".join(dice.choice(SEEDS) for _ in range(dice.randrange(2, 40))))
    elif kind == 4:
        request = bytearray(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: b\r\n" * dice.randrange(5000))
    elif kind == 5:
        request = bytearray(b"GET /" + b"a" * dice.randrange(100_000) + b" HTTP/1.1\r\n")
    else:
        nested = b"[" * dice.randrange(10_000)
        request = bytearray(b"POST /payments HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
                            % len(nested) + nested)
    return bytes(request)


async def hostile_client(server: Server, tally: Tally, until: float, dice: random.Random) -> None:
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            data = attack(dice)
            cut = dice.randrange(len(data) + 1)
            writer.write(data[:cut])
            await asyncio.wait_for(writer.drain(), 5)
            if dice.randrange(3) == 0:
                await asyncio.sleep(dice.random())
            writer.write(data[cut:])
            if dice.randrange(2) == 0:
                await asyncio.wait_for(reader.read(65536), 0.5)
            if dice.randrange(3) == 0:
                writer.transport.abort()
            writer.close()
        except (OSError, asyncio.TimeoutError):
            pass
        tally.hostile += 1


async def play(server: Server, seconds: int, seed: int) -> int:
    tally = Tally()
    until = time.monotonic() + seconds
    clients = [good_client(server, tally, until) for _ in range(GOOD_CLIENTS)]
    clients += [hostile_client(server, tally, until, random.Random(seed * 1000 + i))
                for i in range(HOSTILE_CLIENTS)]
    playing = asyncio.gather(*clients)
    await asyncio.sleep(seconds / 4)
    warm = server.memory()
    await playing
    growth = server.memory() - warm
    print(f"{tally.good} good requests, {tally.bad} of them answered wrongly {tally.first_bad}; "
          f"{tally.hostile} hostile connections; "
          f"memory {warm >> 20} MiB, then {growth >> 10} KiB more")
    return 1 if tally.bad or not tally.good or growth > MAX_GROWTH else 0


def main() -> int:
    seconds = int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
    print(f"{seconds} s, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(sys.argv[1], folder)
        failed = asyncio.run(play(server, seconds, seed))
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(timeout=60)
    print(f"the server ended with {code}")
    return 1 if failed or code else 0


if __name__ == "__main__":
    sys.exit(main())
