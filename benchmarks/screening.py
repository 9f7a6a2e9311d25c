"""Speed of screening: addresses in one process, a million at once, and over HTTP while lists are swapped.

The lists are made here: 1,000 wallets and as many parties. Over HTTP the service runs as a person starts it, keeping
every answer; the client, in this process, sends addresses at a fixed rate over 32 connections, one or several in a
request, and times each request from the moment it was due, so that a stall counts for all that it held up. Meanwhile a
new version of the list is taken in by ``clew lists update`` every five seconds; each answer must be that of the one
version it cites.

Run ``python -m benchmarks.screening [scale]``; about a minute and a half.
"""

import asyncio
import gc
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Process, Queue
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import uvloop
from benchmarks.table import Row, print_rows
from tests.peers.local import free_port

from clew.records.store import Records
from clew.screening.addresses import screen_address
from clew.screening.bulk import screen_many
from clew.service.lists import UpdateRequest, update_lists
from clew.service.snapshots import Ground, read_snapshot
from clew.settings import Settings

RATE = 2000.0
"""Addresses a second."""
TOGETHER = 10
"""Addresses of one request, where several are asked for at once."""
CONNECTIONS = 32
WORKERS = 2
SLOW = 2.5
"""Times its usual processor time that a piece of work takes when the machine is held up."""
LISTED = [f"0x{number:040x}" for number in range(1, 1001)]
SWING = "0x" + "ab" * 20
"""Listed in every other version."""


def dated(turn: int) -> str:
    """The date of a version."""
    return f"2026-01-{turn % 27 + 1:02}"


def write_list(folder: Path, turn: int) -> Path:
    """The file of version `turn` of the list."""
    path = folder / "own.csv"
    lines = [f"{address},Party {number},P{turn}" for number, address in enumerate(LISTED)]
    lines += [f"{SWING},Swing,P{turn}"] if turn % 2 else []
    path.write_text("\n".join(["address,entity,program", *lines]) + "\n")
    return path


def in_process(store: Path) -> Iterator[Row]:
    """One address, and a million, without HTTP."""
    start = time.perf_counter()
    snapshot = read_snapshot(Ground(Settings(), store))
    index, policy = snapshot.addresses, snapshot.policy
    opened = time.perf_counter() - start
    rng = random.Random(1)
    texts = [f"0x{rng.randbytes(20).hex()}" for _ in range(10_000)]
    start = time.perf_counter()
    for text in texts:
        screen_address(text, index, policy)
    alone = (time.perf_counter() - start) / len(texts)
    yield Row("one address in process", alone * 1000, "ms", 5.0, less=True)
    many = texts * 100
    screen_many(texts, index, policy)
    start = time.perf_counter()
    screen_many(many, index, policy)
    bulk = time.perf_counter() - start
    note = f"{alone * len(many) / bulk:.0f} times one by one"
    yield Row("1,000,000 addresses at once, lists read", opened + bulk, "s", 5.0, less=True, note=note)


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw; milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    longest: float
    own: float
    """p99 of the requests that the machine did not hold up."""
    held_up: float
    """Share of those that it did."""
    turn: int
    """The last version of the list that was taken in."""
    wrong: list[str]


class Client(asyncio.Protocol):
    """One connection's share of the load: one request at a time, each timed from the moment it was due.

    The requests are made before the first is sent, and the replies looked at after the last: the client has the same
    cores as the service.
    """

    def __init__(self, secret: str, rate: float, seconds: float, together: int, number: int) -> None:
        self.taken: list[tuple[float, float]] = []
        self.done = asyncio.get_running_loop().create_future()
        rng = random.Random(number)
        self._pause, self._until = CONNECTIONS * together / rate, 0.0
        self._wait = rng.random() * self._pause
        self._asked = [
            [SWING if rng.random() < 0.1 else f"0x{rng.randbytes(20).hex()}" for _ in range(together)]
            for _ in range(int(seconds / self._pause) + 2)
        ]
        head = (
            "POST /v1/screen/addresses HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {secret}\r\nContent-Length: "
        )
        bodies = (orjson.dumps({"addresses": [{"address": each} for each in asked]}) for asked in self._asked)
        self._requests = iter([f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies])
        self._reply = b""
        self._replies: list[bytes] = []
        self._lost = ""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def begin(self, seconds: float) -> None:
        """Ask for so long, from now on."""
        self._due = asyncio.get_running_loop().time() + self._wait
        self._until = self._due - self._wait + seconds
        asyncio.get_running_loop().call_at(self._due, self._send)

    def _send(self) -> None:
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._reply += data
        head, _, body = self._reply.partition(b"\r\n\r\n")
        if not body or len(body) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            return
        self.taken.append((self._due, asyncio.get_running_loop().time() - self._due))
        self._replies.append(self._reply)
        self._reply = b""
        self._due += self._pause
        if self._due < self._until:
            asyncio.get_running_loop().call_at(self._due, self._send)
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None or self._due < self._until:
            self._lost = f"the connection was closed: {error}"
        self.done.set_result(None)

    def wrong(self) -> Iterator[str]:
        """What is wrong with the replies."""
        for reply, asked in zip(self._replies, self._asked, strict=False):
            head, _, body = reply.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                yield head.decode().splitlines()[0]
            elif fault := mixed(orjson.loads(body), asked):
                yield fault
        if self._lost:
            yield self._lost


def pulse(ends: float, told: "Queue[list[tuple[float, float]]]") -> None:
    """Do the same small piece of work 300 times a second; when each was done, and the processor time it took.

    Where a virtual machine is held up from outside, the same work takes many times its processor time, on all cores.
    """
    seen = []
    while time.monotonic() < ends:
        start = time.thread_time()
        for _ in range(3000):
            pass
        seen.append((time.monotonic(), time.thread_time() - start))
        time.sleep(0.003)
    told.put(seen)


def steady(taken: Any, seen: list[tuple[float, float]]) -> Any:
    """Which requests the machine did not hold up: none of its own slow moments from 50 ms before they were due on."""
    at, took = np.array(seen).T
    slow = at[took > SLOW * np.median(took)]
    first = np.searchsorted(slow, taken[:, 0] - 0.05)
    return first == np.searchsorted(slow, taken[:, 0] + taken[:, 1] + 0.005)


def mixed(reply: Any, addresses: list[str]) -> str:
    """Why the answers are not those of the one version they cite; empty where they are."""
    (version,) = reply["lists"]
    odd = int(version["since"][-2:]) % 2 == 0  # turn 1 is of the 2nd
    for address, answer in zip(addresses, reply["answers"], strict=True):
        due = "block" if address == SWING and odd else "clear"
        cited = {listing["version"] for listing in answer["listings"]} <= {version["version"]}
        if not cited or answer["decision"] != due:
            return f"mixed: {answer['decision']} under {version['since']}"
    return ""


async def load(
    port: int,
    secret: str,
    seconds: float,
    swap: Callable[[int], list[str]] | None = None,
    *,
    together: int = 1,
    turn: int = 1,
) -> Load:
    """All connections at once; with `swap`, a version of the list after `turn` is taken in every five seconds."""
    gc.disable()  # to look for garbage takes the client 50 ms, which no server is to blame for
    loop = asyncio.get_running_loop()
    made = [
        loop.create_connection(partial(Client, secret, RATE, seconds, together, number), "127.0.0.1", port)
        for number in range(CONNECTIONS)
    ]
    clients = [client for _, client in await asyncio.gather(*made)]
    until = loop.time() + seconds
    told: Queue[list[tuple[float, float]]] = Queue()
    beside = Process(target=pulse, args=(until, told))
    beside.start()
    for client in clients:
        client.begin(seconds)
    while swap is not None and loop.time() + 5 < until:
        await asyncio.sleep(5)
        turn += 1
        assert await (await asyncio.create_subprocess_exec(*swap(turn), stdout=asyncio.subprocess.DEVNULL)).wait() == 0
    await asyncio.gather(*(client.done for client in clients))
    taken = np.array([each for client in clients for each in client.taken])
    calm = steady(taken, told.get())
    beside.join()
    wrong = [each for client in clients for each in client.wrong()]
    p50, p95, p99, longest = (np.percentile(taken[:, 1], [50, 95, 99, 100]) * 1000).tolist()
    own = float(np.percentile(taken[calm, 1], 99)) * 1000 if calm.any() else float("nan")
    return Load(len(taken) * together / seconds, p50, p95, p99, longest, own, 1 - float(calm.mean()), turn, wrong)


def over_http(folder: Path, store: Path, seconds: float, *, swapping: bool, together: int, turn: int) -> Load:
    """The service as a person starts it, under load."""
    url, port = f"sqlite:///{folder}/records-{swapping}-{together}.db", free_port()
    secret = Records(url).add_token("load", ["screen"])
    clew = [sys.executable, "-c", "from clew.cli import main; main()"]
    command = [*clew, "serve", "--port", str(port), "--records", url, "--store", str(store), "--refresh", "0.5"]
    command += ["--workers", str(WORKERS)]

    def swap(turn: int) -> list[str]:
        path = write_list(folder, turn)
        return [*clew, "lists", "update", "own", "--from", str(path), "--store", str(store), "--dated", dated(turn)]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        try:
            assert service.stderr is not None
            up = 0
            while up < WORKERS:
                line = service.stderr.readline()
                assert line, "the service did not start"
                up += line.startswith("Listening")
            time.sleep(2)  # each loads what it answers with
            return uvloop.run(load(port, secret, seconds, swap if swapping else None, together=together, turn=turn))
        finally:
            service.terminate()


class Fixed(asyncio.Protocol):
    """Answers every request alike, without a look at it: the least that a process can do."""

    reply = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if self._seen.endswith(b"}"):  # of the question's body
            self._seen = b""
            self._transport.write(self.reply)


def answer_fixed(port: int) -> None:
    """Serve `Fixed` until terminated, on a port that others share."""
    body = orjson.dumps({"answers": [{"decision": "clear", "listings": []}], "lists": [{"version": "", "since": "02"}]})
    Fixed.reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", port, reuse_port=True)
        await server.serve_forever()

    asyncio.run(serve())


def bare(seconds: float) -> Load:
    """The same load on processes that do nothing: what of the longest answers is the machine's and the client's own."""
    port = free_port()
    serving = [Process(target=answer_fixed, args=(port,), daemon=True) for _ in range(WORKERS)]
    for each in serving:
        each.start()
    time.sleep(1)
    try:
        return uvloop.run(load(port, "", seconds))
    finally:
        for each in serving:
            each.terminate()


def rows(scale: float = 1.0) -> Iterator[Row]:
    """Addresses in one process, and over HTTP; `scale` 1 asks over HTTP for 20 seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Path(name) / "lists"
        request = UpdateRequest(Settings(), ("own",), (write_list(folder, 1),), store, dated=dated(1))
        assert update_lists(request)[0]["state"] != "refused"
        yield from in_process(store)
        got = bare(max(6.0, 10 * scale))
        told = f"p50 {got.p50:.1f} ms, longest {got.longest:.0f} ms; of it the machine's own and the client's"
        yield Row(
            f"HTTP, {RATE:.0f} a second, fixed replies by processes that do nothing: p99", got.p99, "ms", note=told
        )
        turn = 1
        for swapping, together in ((False, 1), (True, 1), (True, TOGETHER)):
            got = over_http(folder, store, max(6.0, 20 * scale), swapping=swapping, together=together, turn=turn)
            told = f"p50 {got.p50:.1f} ms, p95 {got.p95:.1f} ms, longest {got.longest:.0f} ms, {got.rate:.0f} a second"
            lists = f"{got.turn - turn} new versions of the list" if swapping else "the list stands still"
            turn = got.turn
            asked = f"{together} in a request" if together > 1 else "one in a request"
            goal = 20.0 if swapping else None
            yield Row(
                f"HTTP, {RATE:.0f} addresses a second, {asked}, {lists}: p99", got.p99, "ms", goal, less=True, note=told
            )
            told = f"{got.held_up:.0%} of the requests left out: the machine was held up from outside"
            yield Row("the same, while the machine kept its pace: p99", got.own, "ms", goal, less=True, note=told)
            yield Row("HTTP, wrong or mixed answers", len(got.wrong), "answers", 0, less=True, note=str(got.wrong[:2]))


def main() -> None:
    """Print the figures."""
    print_rows(rows(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))


if __name__ == "__main__":
    main()
