"""Scroll: a token to Scroll, by the message that Ethereum's messenger sends, and ether back."""

from Crypto.Hash import keccak
from tests.protocols.bridges.encoding import ALICE, BOB, ZERO, Crossing, address, encode, event, transfer
from tests.solidity import topic

MESSENGER, L2_MESSENGER = "0x6774bcbd5cecef1336b5300fb5186a12ddd8b367", "0x781e90f1c8fc4611c9b7497c3b47f99ef6969cbc"
GATEWAY, L2_GATEWAY = "0xd8a791fe2be73eb6e6cf1eb0cb3f36adc9b3f8f9", "0xe2b4795039517653c5ae8c2a9bfdd783b48f447a"
COIN, L2_COIN = "0x7f2b8c31f88b6006c382775eea88297ec1e3e905", "0x6ea73e05adc79974b931123675ea8f78ffdacdf0"
USDT, L2_USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xf55bec9cafdbe8730f096aa55dad6d22d44099df"
SOURCE = "https://github.com/scroll-tech/scroll-contracts/blob/5b57ba0a16ec2fdb0c5005eab6d5bd44a49d20cd/src/libraries/ScrollMessengerBase.sol"
SENT = "SentMessage(*address,*address,uint256,uint256,uint256,bytes)"
TOKEN, ETHER = "(*address,*address,*address,address,uint256,bytes)", "(*address,*address,uint256,bytes)"


def message(sender: str, target: str, value: int, nonce: int, body: bytes) -> bytes:
    """The hash of the call that relays the message."""
    kinds = ["address", "address", "uint256", "uint256", "bytes"]
    call = topic(f"relayMessage({','.join(kinds)})")[:4] + encode(kinds, [sender, target, value, nonce, body])
    return keccak.new(data=call, digest_bits=256).digest()


CROSSINGS = [
    Crossing(
        "a token in",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDT, ALICE, GATEWAY, 70),
            event(2, MESSENGER, SENT, GATEWAY, L2_GATEWAY, 0, 9, 200_000, b"finalize"),
            event(3, GATEWAY, f"DepositERC20{TOKEN}", USDT, L2_USDT, ALICE, BOB, 70, b""),
        ],
        "eip155:534352",
        [
            transfer(1, L2_USDT, ZERO, BOB, 70),
            event(2, L2_GATEWAY, f"FinalizeDepositERC20{TOKEN}", USDT, L2_USDT, ALICE, BOB, 70, b""),
            event(3, L2_MESSENGER, "RelayedMessage(*bytes32)", message(GATEWAY, L2_GATEWAY, 0, 9, b"finalize")),
        ],
        {
            "bridge": "Scroll bridge", "asset": f"eip155:1/erc20:{USDT}", "amount": 70, "sender": ALICE,
            "to_chain": "eip155:534352", "recipient": BOB, "asset_out": f"eip155:534352/erc20:{L2_USDT}",
            "id": f"scroll:{message(GATEWAY, L2_GATEWAY, 0, 9, b'finalize').hex()}",
        },
        {"asset": f"eip155:534352/erc20:{L2_USDT}", "amount": 70, "recipient": BOB, "from_chain": "eip155:1"},
        foreign="",
        log={"into": 2},
    ),
    Crossing(
        "ether out",
        SOURCE,
        "eip155:534352",
        [
            event(2, L2_MESSENGER, SENT, L2_COIN, COIN, 5 * 10**17, 4, 0, address(BOB)),
            event(3, L2_COIN, f"WithdrawETH{ETHER}", ALICE, BOB, 5 * 10**17, b""),
        ],
        "eip155:1",
        [
            event(2, COIN, f"FinalizeWithdrawETH{ETHER}", ALICE, BOB, 5 * 10**17, b""),
            event(3, MESSENGER, "RelayedMessage(*bytes32)", message(L2_COIN, COIN, 5 * 10**17, 4, address(BOB))),
        ],
        {
            "asset": "eip155:534352/slip44:60", "amount": 5 * 10**17, "sender": ALICE, "to_chain": "eip155:1",
            "recipient": BOB, "asset_out": "eip155:1/slip44:60",
        },
        {"asset": "eip155:1/slip44:60", "amount": 5 * 10**17, "recipient": BOB, "from_chain": "eip155:534352"},
        moves=(),
        foreign="",
        log={"into": 2},
    ),
]  # fmt: skip
