"""A real Ethereum node for tests: anvil, of the npm package @foundry-rs/anvil, on a port of 127.0.0.1."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.peers.local import free_port, process

PEERS = Path(__file__).resolve().parents[2] / ".peers"
"""Where ``npm install --prefix .peers @foundry-rs/anvil @uniswap/v2-periphery`` puts the peers."""


def find_anvil() -> Path | None:
    """The program itself (no wrapper, so that its process is the one started)."""
    packaged = sorted(PEERS.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*"))
    on_path = shutil.which("anvil")
    return packaged[0] if packaged else Path(on_path) if on_path else None


def find_artifact(name: str) -> Path | None:
    """The compiled contract `name` of Uniswap's v2-periphery (``WETH9``, ``ERC20``)."""
    path = PEERS / "node_modules/@uniswap/v2-periphery/build" / f"{name}.json"
    return path if path.is_file() else None


class Anvil:
    """A running node, driven by its own JSON-RPC; `client` may serve others that ask it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self._number = 0

    def call(self, method: str, *params: Any) -> Any:
        """The result of a method; AssertionError where the node answers with an error."""
        self._number += 1
        body = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": list(params)}
        answer = self.client.post("", json=body).json()
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def accounts(self) -> list[str]:
        """The unlocked accounts, in lower case."""
        return [account.lower() for account in self.call("eth_accounts")]

    def send(self, sender: str, to: str | None, value: int = 0, data: str = "0x", **fields: Any) -> Any:
        """Mine a transaction from an unlocked account; its receipt, also of one that fails."""
        hash_ = self.submit(sender, to, value, data, **fields)
        self.call("evm_mine")
        return self.call("eth_getTransactionReceipt", hash_)

    def submit(self, sender: str, to: str | None, value: int = 0, data: str = "0x", **fields: Any) -> str:
        """Hash of a transaction that waits for the next block; its gas limit spares anvil the estimate."""
        tx = {"from": sender, "value": hex(value), "data": data, "gas": hex(3_000_000)} | fields
        return str(self.call("eth_sendTransaction", tx | ({"to": to} if to else {})))

    def deploy(self, sender: str, code: str, value: int = 0) -> str:
        """Address of a new contract."""
        receipt = self.send(sender, None, value, code)
        assert receipt["status"] == "0x1"
        return str(receipt["contractAddress"]).lower()

    def balance(self, account: str, token: str | None = None) -> int:
        """Balance in base units, of the native coin or of an ERC-20 token (``balanceOf``)."""
        if token is None:
            return int(self.call("eth_getBalance", account, "latest"), 16)
        data = "0x70a08231" + word(int(account, 16))
        return int(self.call("eth_call", {"to": token, "data": data}, "latest"), 16)

    def close(self) -> None:
        self.client.close()


def word(value: int) -> str:
    """A 32-byte word of call data, as hex without prefix."""
    return f"{value:064x}"


def bytecode(artifact: Path) -> str:
    """Creation code of a compiled contract."""
    code: str = json.loads(artifact.read_text(encoding="utf-8"))["bytecode"]
    return code if code.startswith("0x") else "0x" + code


@contextmanager
def running(program: Path, *options: str) -> Iterator[Anvil]:
    """A node that mines when it is told to; it ends with the context."""
    port = free_port()
    node = Anvil(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        try:
            node.call("eth_chainId")
        except httpx.TransportError:
            return False
        return True

    command = [str(program), "--host", "127.0.0.1", "--port", str(port), "--quiet", "--no-mining", *options]
    try:
        with process(command, answers=answers):
            yield node
    finally:
        node.close()
