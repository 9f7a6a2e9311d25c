"""The chains Clew reads: facts of each, its addresses, and the pure decoders of its raw replies.

A chain belongs to a family (one module): ``bitcoin``, ``evm``, ``tron``. To add a chain of a known family, add a
line to CHAINS; to add a family, write a module with ``parse_address(text, chain) -> str``; to add a reply format,
write ``decode(reply) -> Decoded`` and add a line to DECODERS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from clew.amounts import Asset
from clew.errors import InputError
from clew.model import Address, Decoded, Reply

Family = Literal["bitcoin", "evm", "tron"]


@dataclass(frozen=True, slots=True)
class Chain:
    """Facts of one chain that every stage may need."""

    id: str
    """CAIP-2 id."""
    names: tuple[str, ...]
    """What people write; the first is what Clew prints."""
    family: Family
    native: Asset
    reorg_depth: int
    """Blocks after which the chain's users hold a payment final; younger blocks may be taken back."""
    wrapped: str = ""
    """Contract of the 1:1 wrapped native coin."""
    wrapped_transfers: bool = False
    """Whether that contract shows a wrap as a Transfer from the zero address (aeWETH), not as Deposit (WETH9)."""
    burns_base_fee: bool = False
    """Whether the base fee is destroyed (EIP-1559); elsewhere the chain's operator collects it."""

    @property
    def name(self) -> str:
        """The name Clew prints."""
        return self.names[0]

    @property
    def utxo(self) -> bool:
        """Whether value stands in transaction outputs rather than in balances."""
        return self.family == "bitcoin"


def _evm(
    number: int,
    *names: str,
    symbol: str = "ETH",
    slip44: int = 60,
    depth: int = 64,
    wrapped: str = "",
    wrapped_transfers: bool = False,
    burns: bool = False,
) -> Chain:
    chain = f"eip155:{number}"
    native = Asset(f"{chain}/slip44:{slip44}", symbol, 18)
    return Chain(chain, names, "evm", native, depth, wrapped, wrapped_transfers, burns)


def _bitcoin(genesis: str, *names: str, symbol: str, slip44: int, depth: int = 6) -> Chain:
    chain = f"bip122:{genesis[:32]}"
    return Chain(chain, names, "bitcoin", Asset(f"{chain}/slip44:{slip44}", symbol, 8), depth)


CHAINS: tuple[Chain, ...] = (
    _bitcoin("000000000019d6689c085ae165831e93", "bitcoin", "btc", symbol="BTC", slip44=0),
    _bitcoin("000000000933ea01ad0ee984209779ba", "bitcoin-testnet", symbol="tBTC", slip44=1),
    _bitcoin("0f9188f13cb7b2c71f2a335e3a4fc328", "bitcoin-regtest", symbol="rBTC", slip44=1),
    _bitcoin("12a765e31ffd4059bada1e25190f6e98", "litecoin", "ltc", symbol="LTC", slip44=2),
    _bitcoin("530827f38f93b43ed12af0b3ad25a288", "litecoin-regtest", symbol="rLTC", slip44=1),
    _evm(1, "ethereum", "eth", wrapped="0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", burns=True),
    _evm(10, "optimism", wrapped="0x4200000000000000000000000000000000000006"),
    _evm(56, "bsc", "bnb", symbol="BNB", slip44=714, wrapped="0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"),
    _evm(100, "gnosis", symbol="xDAI", slip44=700, wrapped="0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"),
    _evm(137, "polygon", symbol="POL", slip44=966, wrapped="0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"),
    _evm(8453, "base", wrapped="0x4200000000000000000000000000000000000006"),
    _evm(42161, "arbitrum", wrapped="0x82af49447d8a07e3bd95bd0d56f35241523fbab1", wrapped_transfers=True),
    _evm(
        43114,
        "avalanche",
        symbol="AVAX",
        slip44=9005,
        wrapped="0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7",
        burns=True,
    ),
    _evm(59144, "linea", wrapped="0xe5d7c2a44ffddf6b295a15c148167daaaf5cf34f"),
    _evm(534352, "scroll", wrapped="0x5300000000000000000000000000000000000004"),
    _evm(31337, "anvil", wrapped="0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", burns=True),  # as a fork of Ethereum
    Chain("tron:0x2b6653dc", ("tron", "trx"), "tron", Asset("tron:0x2b6653dc/slip44:195", "TRX", 6), 19),
)
"""Every chain. Genesis hashes, chain ids, SLIP-44 coin types and wrapped coins are public facts of each chain."""

DECODERS: dict[str, str] = {
    "bitcoin/block": "bitcoin:decode_block",
    "bitcoin/getblock": "bitcoin:decode_getblock",
    "esplora/tx": "bitcoin:decode_esplora",
    "esplora/txs": "bitcoin:decode_esplora_list",
    "evm/block": "evm:decode_block",
    "etherscan/txlist": "etherscan:decode_txlist",
    "etherscan/txlistinternal": "etherscan:decode_internal",
    "etherscan/tokentx": "etherscan:decode_tokens",
    "etherscan/eth_getTransactionByHash": "etherscan:decode_place",
    "etherscan/eth_getTransactionReceipt": "etherscan:decode_place",
    "etherscan/transaction": "etherscan:decode_transaction",
    "trongrid/transactions": "tron:decode_transactions",
    "trongrid/trc20": "tron:decode_trc20",
    "trongrid/transactioninfo": "tron:decode_transaction_info",
}
"""Reply format -> ``module:function`` in this folder; a module loads when its format is first met."""

_BY_NAME = {name: chain for chain in CHAINS for name in (chain.id, *chain.names)}


def find_chain(name: str, *, where: str = "chain") -> Chain:
    """The chain of a CAIP-2 id or of a name people write; InputError names the known ones."""
    chain = _BY_NAME.get(name) or _BY_NAME.get(name.lower())
    if chain is None:
        known = ", ".join(c.name for c in CHAINS)
        raise InputError(f"unknown chain {name!r}", where=where, mend=f"known: {known}, or their CAIP-2 ids")
    return chain


def parse_address(text: str, chain: Chain, *, where: str = "address") -> Address:
    """The canonical form of an address of `chain`; InputError says what is wrong with it."""
    parse = cast("Callable[[str, Chain], str]", import_module(f"clew.chains.{chain.family}").parse_address)
    try:
        return Address(chain.id, parse(text, chain))
    except InputError as error:
        raise InputError(error.what, where=where, mend=error.mend) from error


def decode(reply: Reply) -> Decoded:
    """The transfers of one raw reply; SourceError where the reply is not what its format says."""
    target = DECODERS.get(reply.format)
    if target is None:
        raise InputError(f"unknown reply format {reply.format!r}", mend=f"known: {', '.join(DECODERS)}")
    module, _, function = target.partition(":")
    decoder = cast("Callable[[Reply], Decoded]", getattr(import_module(f"clew.chains.{module}"), function))
    return decoder(reply)
