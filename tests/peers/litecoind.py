"""A real node of the Bitcoin family for tests: litecoind (Debian package ``litecoind``), regtest, on 127.0.0.1."""

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from tests.peers.local import free_port, process

AUTH = ("clew", "regtest")
MWEB_HEIGHT = 432
"""From this height on regtest refuses blocks until coins have entered the MimbleWimble extension."""


def find_litecoind() -> Path | None:
    """The program itself: Debian puts a shell script before it."""
    packaged = Path("/usr/lib/litecoin/litecoind")
    on_path = shutil.which("litecoind")
    return packaged if packaged.is_file() else Path(on_path) if on_path else None


class Litecoind:
    """A running node with one wallet, driven by its own JSON-RPC."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, auth=AUTH, trust_env=False, timeout=120)

    def call(self, method: str, *params: Any) -> Any:
        """The result of a method, decimals exact; AssertionError where the node answers with an error."""
        body = json.dumps({"id": 1, "method": method, "params": params}, default=str)
        answer = json.loads(self.client.post("", content=body).text, parse_float=Decimal)
        assert answer["error"] is None, f"{method}: {answer['error']}"
        return answer["result"]

    def mine(self, count: int = 1) -> list[str]:
        """Hashes of new blocks, whose coins go to the wallet."""
        hashes: list[str] = self.call("generatetoaddress", count, self.call("getnewaddress"))
        return hashes

    def raw_block(self, height: int) -> bytes:
        """A block as the node stores it."""
        return bytes.fromhex(self.call("getblock", self.call("getblockhash", height), 0))

    def close(self) -> None:
        self.client.close()


@contextmanager
def running(program: Path, folder: Path) -> Iterator[Litecoind]:
    """A node with an empty chain and a wallet; it ends with the context."""
    port = free_port()
    node = Litecoind(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        try:
            node.call("createwallet", "clew")
        except (httpx.TransportError, AssertionError):
            return False
        return True

    options = {"datadir": folder, "rpcuser": AUTH[0], "rpcpassword": AUTH[1], "rpcport": port, "fallbackfee": "0.0001"}
    quiet = ("-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1", "-listen=0", "-dnsseed=0", "-discover=0", "-connect=0")
    command = [str(program), "-regtest", "-server", "-txindex=1", *quiet, *(f"-{k}={v}" for k, v in options.items())]
    try:
        # Nothing of it is kept, so it need not take its time to write its state.
        with process(command, answers=answers, end=signal.SIGKILL):
            yield node
    finally:
        node.close()
