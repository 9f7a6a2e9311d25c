"""CoW's order uids, held to the constants that its contracts state."""

from tests.protocols.swaps.events import TX, log
from tests.solidity import topic, word

from clew.protocols.swaps import decode_event
from clew.protocols.swaps.cow import ORDER_TYPE, domain_separator, order_uid
from clew.protocols.swaps.event import Value
from clew.protocols.swaps.trade import Request

ALICE, WETH, USDC = ("0x" + pair * 20 for pair in ("a1", "c0", "dc"))
ETHFLOW = "0xba3cb449bd2b4adddbc894d8697f5170800eadec"
FOREVER = 2**32 - 1
ORDER: dict[str, Value] = {
    "sellToken": WETH, "buyToken": USDC, "receiver": ALICE, "sellAmount": 70, "buyAmount": 8, "validTo": FOREVER,
    "appData": bytes(32), "feeAmount": 1, "kind": bytes(32), "partiallyFillable": 0,
    "sellTokenBalance": bytes(32), "buyTokenBalance": bytes(32),
}  # fmt: skip


def test_the_hashes_are_those_that_the_contracts_state() -> None:
    """GPv2Order.TYPE_HASH, and GPv2Settlement.domainSeparator on Ethereum, as its source and etherscan.io show them."""
    assert ORDER_TYPE.hex() == "d5a25ba2e97094ad7d83dc28a6572da797d6b3e7fc6663bd93efb789fc17e489"
    assert domain_separator(1).hex() == "c078f884a2676e1345748b1feace7b0abee5d00ecadb6e574dcdd109a63e8943"


def test_a_uid_is_digest_owner_and_end() -> None:
    uid = bytes.fromhex(order_uid(ORDER, ETHFLOW, 1))
    assert (len(uid), uid[32:52].hex(), uid[52:]) == (56, ETHFLOW[2:], b"\xff" * 4)
    assert order_uid(ORDER, ETHFLOW, 100) != uid.hex()
    assert order_uid(ORDER | {"sellAmount": 71}, ETHFLOW, 1) != uid.hex()


PLACED = topic(
    "OrderPlacement(address,(address,address,address,uint256,uint256,uint32,bytes32,uint256,bytes32,bool,bytes32,"
    "bytes32),(uint8,bytes),bytes)"
)


def placement(receiver: str = ALICE) -> bytes:
    """The data of an order of 70 and a fee of 1; signature and data of the application are empty."""
    words: list[int | str] = [WETH, USDC, receiver, 70, 8, FOREVER, 0, 1, 0, 0, 0, 0, 14 * 32, 17 * 32, 0, 64, 0, 0]
    return b"".join(map(word, words))


def test_what_is_handed_to_ethflow_is_an_order() -> None:
    found = decode_event(log(PLACED, [ALICE], placement(), contract=ETHFLOW), "eip155:1")
    assert found == Request("CoW", TX, 0, ETHFLOW, order_uid(ORDER, ETHFLOW, 1), ALICE, 71, ALICE)
    assert decode_event(log(PLACED, [ALICE], placement()), "eip155:1") is None, "not EthFlow's"
