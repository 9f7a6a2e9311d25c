"""Speed of screening: addresses in one process, a million at once, and over HTTP while lists are swapped.

The lists are made here: 1,000 wallets and as many parties. Over HTTP the service runs as a person starts it, keeping
every answer; the client, in this process, sends single addresses at a fixed rate over 32 connections and times each
from the moment it was due, so that a stall counts for all that it held up. Meanwhile a new version of the list is
taken in every five seconds; each answer must be that of the one version it cites.

Run ``python -m benchmarks.screening [requests a second] [seconds]``; about a minute.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from tests.peers.local import free_port

from clew.records.store import Records
from clew.screening.addresses import screen_address
from clew.screening.bulk import screen_many
from clew.service.lists import UpdateRequest, update_lists
from clew.service.snapshots import Ground, read_snapshot
from clew.settings import Settings

CONNECTIONS = 32
LISTED = [f"0x{number:040x}" for number in range(1, 1001)]
SWING = "0x" + "ab" * 20
"""Listed in every other version."""


def write_list(folder: Path, store: Path, turn: int) -> None:
    """Take version `turn` of the list in."""
    path = folder / "own.csv"
    rows = [f"{address},Party {number},P{turn}" for number, address in enumerate(LISTED)]
    rows += [f"{SWING},Swing,P{turn}"] if turn % 2 else []
    path.write_text("\n".join(["address,entity,program", *rows]) + "\n")
    done = update_lists(UpdateRequest(Settings(), ("own",), (path,), store, dated=f"2026-01-{turn % 27 + 1:02}"))
    assert done[0]["state"] != "refused", done


def in_process(store: Path) -> None:
    """One address, and a million."""
    snapshot = read_snapshot(Ground(Settings(), store))
    index, policy = snapshot.addresses, snapshot.policy
    rng = random.Random(1)
    texts = [f"0x{rng.randbytes(20).hex()}" for _ in range(10_000)]
    start = time.perf_counter()
    for text in texts:
        screen_address(text, index, policy)
    alone = (time.perf_counter() - start) / len(texts)
    many = texts * 100
    screen_many(texts, index, policy)
    start = time.perf_counter()
    screen_many(many, index, policy)
    bulk = (time.perf_counter() - start) / len(many)
    print(f"one address in process        {alone * 1e6:8.0f} us")
    print(f"1,000,000 addresses at once   {bulk * len(many):8.2f} s   {alone / bulk:.0f} times one by one")


async def ask(port: int, secret: str, rate: float, seconds: float, taken: list[float], wrong: list[str]) -> None:
    """One connection's share of the load."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    rng, pause = random.Random(id(reader)), CONNECTIONS / rate
    due = time.perf_counter() + rng.random() * pause
    end = time.perf_counter() + seconds
    while due < end:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        address = SWING if rng.random() < 0.1 else f"0x{rng.randbytes(20).hex()}"
        body = orjson.dumps({"addresses": [{"address": address}]})
        head = f"POST /v1/screen/addresses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        size = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        reply = await reader.readexactly(size)
        taken.append(time.perf_counter() - due)
        if not answer.startswith(b"HTTP/1.1 200"):
            wrong.append(answer.decode().splitlines()[0])
        elif fault := mixed(orjson.loads(reply), address):
            wrong.append(fault)
        due += pause
    writer.close()


def mixed(reply: Any, address: str) -> str:
    """Why an answer is not that of the one version it cites; empty where it is."""
    (version,) = reply["lists"]
    (answer,) = reply["answers"]
    odd = int(version["since"][-2:]) % 2 == 0  # turn 1 is of the 2nd
    due = "block" if address == SWING and odd else "clear"
    cited = {listing["version"] for listing in answer["listings"]} <= {version["version"]}
    return "" if cited and answer["decision"] == due else f"mixed: {answer['decision']} under {version['since']}"


async def load(port: int, secret: str, rate: float, seconds: float, folder: Path, store: Path) -> None:
    """All connections, and a swap of the list every five seconds."""
    taken: list[float] = []
    wrong: list[str] = []
    asking = asyncio.gather(*(ask(port, secret, rate, seconds, taken, wrong) for _ in range(CONNECTIONS)))
    turn = 1
    swapper = [sys.executable, "-m", "benchmarks.screening", "swap", str(folder), str(store)]
    while not asking.done():
        await asyncio.sleep(5)
        turn += 1
        await (await asyncio.create_subprocess_exec(*swapper, str(turn))).wait()
    await asking
    p50, p95, p99, most = np.percentile(np.array(taken) * 1000, [50, 95, 99, 100])
    print(f"over HTTP                     {len(taken) / seconds:8.0f} a second, {rate:.0f} asked for")
    print(f"  p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, longest {most:.1f} ms; {turn} versions")
    print(f"  wrong or mixed answers: {len(wrong)} {wrong[:3]}")
    if wrong:
        sys.exit(1)


def over_http(folder: Path, store: Path, rate: float, seconds: float) -> None:
    """The service as a person starts it, under load."""
    url, port = f"sqlite:///{folder}/records.db", free_port()
    secret = Records(url).add_token("load", ["screen"])
    command = [sys.executable, "-c", "from clew.cli import main; main()", "serve", "--port", str(port)]
    command += ["--records", url, "--store", str(store), "--refresh", "0.5"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        try:
            assert service.stderr is not None
            while "asked past" not in (line := service.stderr.readline()):
                assert line, "the service did not start"
            asyncio.run(load(port, secret, rate, seconds, folder, store))
        finally:
            service.terminate()


def main() -> None:
    """Print the figures."""
    if sys.argv[1:2] == ["swap"]:
        write_list(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        return
    rate, seconds = (float(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((1, 2000.0), (2, 15.0)))
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Path(name) / "lists"
        write_list(folder, store, 1)
        in_process(store)
        over_http(folder, store, rate, seconds)


if __name__ == "__main__":
    main()
