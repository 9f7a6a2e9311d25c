"""CoW Protocol: an order is known by its uid, which the settlement that fills it bears.

A seller of the chain's coin hands it to the EthFlow contract, which places the order; a later transaction settles it.
The uid is the order's EIP-712 digest, its owner (the EthFlow contract) and the time it ends. Source:
https://github.com/cowprotocol/contracts, src/contracts/libraries/GPv2Order.sol, and cowprotocol/ethflowcontract.
"""

from collections.abc import Mapping

from clew.chains.execution import ZERO_ADDRESS
from clew.chains.logs import Log
from clew.protocols.abi import keccak_256
from clew.protocols.swaps.event import Event, Value, number, text
from clew.protocols.swaps.trade import Meaning, Request

SETTLEMENT = "0x9008d19f58aabd9ed0d60971565aa8510560ab41"
"""GPv2Settlement, at one address on every chain. Source: the repository's networks.json."""

_DOMAIN = keccak_256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
ORDER_TYPE = keccak_256(
    b"Order(address sellToken,address buyToken,address receiver,uint256 sellAmount,uint256 buyAmount,uint32 validTo,"
    b"bytes32 appData,uint256 feeAmount,string kind,bool partiallyFillable,string sellTokenBalance,"
    b"string buyTokenBalance)"
)
"""Hash of an order's type (EIP-712)."""
_MEMBERS = (
    "sellToken", "buyToken", "receiver", "sellAmount", "buyAmount", "validTo", "appData", "feeAmount", "kind",
    "partiallyFillable", "sellTokenBalance", "buyTokenBalance",
)  # fmt: skip


def domain_separator(chain_id: int) -> bytes:
    """What ties an order to the settlement contract of one chain (EIP-712)."""
    names = keccak_256(b"Gnosis Protocol") + keccak_256(b"v2")
    return keccak_256(_DOMAIN + names + chain_id.to_bytes(32) + bytes.fromhex(SETTLEMENT[2:]).rjust(32, b"\0"))


def order_uid(order: Mapping[str, Value], owner: str, chain_id: int) -> str:
    """The uid of an order on a chain: 56 bytes, as hex."""
    domain = domain_separator(chain_id)
    struct = keccak_256(ORDER_TYPE + b"".join(_word(order[member]) for member in _MEMBERS))
    digest = keccak_256(b"\x19\x01" + domain + struct)
    return (digest + bytes.fromhex(owner[2:]) + number(order, "validTo").to_bytes(4)).hex()


def read_placement(event: Event, log: Log, values: Mapping[str, Value], chain: str) -> Meaning:
    """An order that the EthFlow contract placed for whoever sent it the coin."""
    order = {member: values[f"order.{member}"] for member in _MEMBERS}
    uid = order_uid(order, log.contract, int(chain.removeprefix("eip155:")))
    amount = number(order, "sellAmount") + number(order, "feeAmount")
    sender, receiver = text(values, "sender"), text(values, "order.receiver")
    recipient = "" if receiver == ZERO_ADDRESS else receiver
    return Request(event.protocol, log.tx, log.index, log.contract, uid, sender, amount, recipient)


def _word(value: Value) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(32)
    raw = bytes.fromhex(value[2:]) if isinstance(value, str) else value
    return raw.rjust(32, b"\0")
