"""Real swap contracts for tests: Uniswap v2 and v3 as published on npm, on a node of `tests.peers.anvil`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Crypto.Hash import keccak
from tests.peers.anvil import PEERS, Anvil, bytecode, word

MODULES = PEERS / "node_modules/@uniswap"
ARTIFACTS = {
    "WETH9": "v2-periphery/build/WETH9.json",
    "ERC20": "v2-periphery/build/ERC20.json",
    "UniswapV2Factory": "v2-core/build/UniswapV2Factory.json",
    "UniswapV2Router02": "v2-periphery/build/UniswapV2Router02.json",
    "UniswapV3Factory": "v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
    "SwapRouter": "v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json",
    "NonfungiblePositionManager": "v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/"
    "NonfungiblePositionManager.json",
}
NEVER = 2**48
"""A deadline."""
ALL = 2**255
"""An allowance."""
FEE = 3000
"""A v3 pool's fee in millionths."""

Value = Any  # int, address, bytes, or lists and tuples (structs) of these


def find_contracts() -> dict[str, Path] | None:
    """The compiled contracts by name; None where one is missing."""
    paths = {name: MODULES / path for name, path in ARTIFACTS.items()}
    return paths if all(path.is_file() for path in paths.values()) else None


def call(signature: str, *arguments: Value) -> str:
    """Call data: the function's four bytes and its arguments (contract ABI, as Solidity's documentation gives it)."""
    return "0x" + keccak.new(data=signature.encode(), digest_bits=256).hexdigest()[:8] + encode(arguments)


def encode(values: tuple[Value, ...] | list[Value]) -> str:
    """The arguments, those of varying length behind the others."""
    parts = [_part(value) for value in values]
    size = sum(32 if dynamic else len(text) // 2 for text, dynamic in parts)
    head, tail = "", ""
    for text, dynamic in parts:
        head += word(size + len(tail) // 2) if dynamic else text
        tail += text if dynamic else ""
    return head + tail


def _part(value: Value) -> tuple[str, bool]:
    if isinstance(value, bytes):
        return word(len(value)) + value.hex().ljust(-(-len(value) // 32) * 64, "0"), True
    if isinstance(value, list):
        return word(len(value)) + encode(value), True
    if isinstance(value, tuple):
        return encode(value), any(_part(member)[1] for member in value)
    return word((int(value, 16) if isinstance(value, str) else value) % 2**256), False


@dataclass
class Market:
    """Two exchanges, three tokens, and somebody with all of them who adds what is traded; `weth` is where the chain's
    facts say."""

    node: Anvil
    bank: str
    weth: str
    loot: str
    gold: str
    cash: str
    v2: str
    v3: str
    factory: str
    keeper: str
    v3_factory: str

    def send(self, sender: str, to: str | None, value: int = 0, data: str = "0x") -> Any:
        """Mine a transaction at 1 gwei, which must succeed."""
        self.node.call("anvil_setNextBlockBaseFeePerGas", hex(9 * 10**8))
        receipt = self.node.send(sender, to, value, data, gas=hex(12_000_000), gasPrice=hex(10**9))
        assert receipt["status"] == "0x1", (to, data[:10])
        return receipt

    def pay(self, token: str, sender: str, to: str, amount: int) -> Any:
        """Transfer a token."""
        return self.send(sender, token, 0, call("transfer(address,uint256)", to, amount))

    def allow(self, owner: str, token: str, spender: str) -> Any:
        """Let a spender move all of an owner's tokens."""
        return self.send(owner, token, 0, call("approve(address,uint256)", spender, ALL))

    def ask(self, contract: str, data: str) -> str:
        """The address a contract answers."""
        answer: str = self.node.call("eth_call", {"to": contract, "data": data}, "latest")
        return "0x" + answer[-40:]

    def pool(self, one: str, other: str, amounts: tuple[int, int]) -> str:
        """Add what a new v2 pair trades."""
        signature = "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)"
        self.send(self.bank, self.v2, 0, call(signature, one, other, *amounts, 0, 0, self.bank, NEVER))
        return self.ask(self.factory, call("getPair(address,address)", one, other))

    def pool_v3(self, one: str, other: str, amount: int) -> str:
        """Add as much of each to a new v3 pool at price 1, over the whole range."""
        low, high = sorted((one, other), key=lambda address: int(address, 16))
        create = call("createAndInitializePoolIfNecessary(address,address,uint24,uint160)", low, high, FEE, 2**96)
        self.send(self.bank, self.keeper, 0, create)
        mint = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"
        wide = 887220
        position = (low, high, FEE, -wide, wide, amount, amount, 0, 0, self.bank, NEVER)
        self.send(self.bank, self.keeper, 0, call(mint, position))
        return self.ask(self.v3_factory, call("getPool(address,address,uint24)", low, high, FEE))


def open_market(node: Anvil, contracts: dict[str, Path], weth: str) -> Market:
    """Deploy everything; nothing can be traded yet."""
    bank = node.accounts()[0]

    def deploy(name: str, *arguments: Value) -> str:
        data = bytecode(contracts[name]) + encode(arguments)
        receipt = node.send(bank, None, 0, data, gas=hex(12_000_000))
        assert receipt["status"] == "0x1", name
        return str(receipt["contractAddress"]).lower()

    node.call("anvil_setCode", weth, node.call("eth_getCode", deploy("WETH9"), "latest"))
    loot, gold, cash = (deploy("ERC20", 10**27) for _ in range(3))
    factory, v3_factory = deploy("UniswapV2Factory", bank), deploy("UniswapV3Factory")
    v2, v3 = deploy("UniswapV2Router02", factory, weth), deploy("SwapRouter", v3_factory, weth)
    keeper = deploy("NonfungiblePositionManager", v3_factory, weth, bank)
    market = Market(node, bank, weth, loot, gold, cash, v2, v3, factory, keeper, v3_factory)
    market.send(bank, weth, 3000 * 10**18, call("deposit()"))
    for token in (weth, loot, gold, cash):
        for spender in (v2, keeper):
            market.allow(bank, token, spender)
    return market
