"""The order in which an EVM transaction takes effect, and the contracts' own rules every EVM decoder shares."""

from enum import IntEnum

from clew.chains import Chain
from clew.model import Kind

ZERO_ADDRESS = "0x" + "0" * 40
"""Sender of a mint and receiver of a burn in a token's Transfer event (ERC-20)."""

TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak-256 of ``Transfer(address,address,uint256)``, of ERC-20 and ERC-721."""
DEPOSIT_TOPIC = "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
"""keccak-256 of ``Deposit(address,uint256)`` of the WETH9 contract: a mint without a Transfer event."""
WITHDRAWAL_TOPIC = "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"
"""keccak-256 of ``Withdrawal(address,uint256)`` of the WETH9 contract: a burn without a Transfer event."""

DESTROY_TOPIC = "0x61e6e66b0d6339b2980aecc6ccc0039736791f0ccde9ed512e789a7fbdd698c6"
"""keccak-256 of ``DestroyedBlackFunds(address,uint256)`` of Tether's first contracts: a burn without a Transfer."""
SILENT_BURNS = frozenset({"eip155:1/erc20:0xdac17f958d2ee523a2206206994597c13d831ec7"})
"""Tokens that destroy a balance so: USDT on Ethereum, by its verified source."""

DEPOSIT_CALL = "0xd0e30db0"
"""Selector of ``deposit()`` of the WETH9 contract."""
WITHDRAW_CALL = "0x2e1a7d4d"
"""Selector of ``withdraw(uint256)`` of the WETH9 contract."""


class Step(IntEnum):
    """The steps of a transaction, in the order in which they move coins: gas is paid before value moves."""

    FEE = 0
    """Index 0 the burnt part, 1 the rest, 2 coins minted by a rollup's deposit transaction."""
    VALUE = 1
    """The transaction's own value. The same step numbers a block's rewards, then its withdrawals."""
    CALL = 2
    """Index: the call's place in the transaction's depth-first list of calls, 0 being the transaction itself."""
    LOG = 3
    """Index: the log's place in the block; DERIVED where the reply shows the cause of the log but not the log."""


DERIVED = 2**32 - 1
"""Index of a WRAP that was derived from a call of the wrapped coin's contract; the log itself supersedes it."""


def seq(step: Step, index: int) -> int:
    """`Transfer.seq`: ``step * 2**32 + index``, so that rows of different replies about one transaction interleave."""
    return step * 2**32 + index


def value_kind(call: str, *, creates: bool) -> Kind:
    """The kind of a transaction's own value: CALL where its data (0x hex) begins with a function's four bytes."""
    return Kind.CALL if len(call) >= 10 and not creates else Kind.NATIVE


def token_id(chain: Chain, contract: str) -> str:
    """CAIP-19 id of a fungible token by its contract in canonical form."""
    return f"{chain.id}/{'trc20' if chain.family == 'tron' else 'erc20'}:{contract}"
