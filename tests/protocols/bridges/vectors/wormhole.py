"""Wormhole: ether from Ethereum, wrapped by the bridge, arrives on Polygon as a token that the bridge mints."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BOB,
    USDC,
    WETH,
    ZERO,
    Crossing,
    address,
    event,
    number,
    transfer,
    unwrap,
    wrap,
)

CORE, BRIDGE = "0x98f3c9e6e3face36baad05fe09d375ef1464288b", "0x3ee18b2214aff97000d974cf647e7c347e8fa585"
POLYGON_BRIDGE, POLYGON_CORE = (
    "0x5a58505a96d1dbf8df91cb21b54419fc36e93fde",
    "0x7a4b5a56256163f07b2c80a7ca55abe66c4ec4d7",
)
POLYGON_WETH = "0x11cd37bb86f65419713f30673a480ea33c826872"
SOURCE = "https://github.com/l2beat/l2beat/blob/main/packages/backend/discovery/portal/ethereum/diffHistory.md"
PUBLISHED, REDEEMED = (
    "LogMessagePublished(*address,uint64,uint32,bytes,uint8)",
    "TransferRedeemed(*uint16,*bytes32,*uint64)",
)


def payload(kind: int, amount: int, token: str, token_chain: int, to: str, to_chain: int) -> bytes:
    """A transfer as the token bridge writes it: the amount to eight decimals."""
    fixed = number(amount) + address(token) + number(token_chain)[-2:] + address(to) + number(to_chain)[-2:]
    return bytes([kind]) + fixed + number(0)


CROSSINGS = [
    Crossing(
        "the coin",
        SOURCE,
        "eip155:1",
        [
            wrap(1, WETH, BRIDGE, 15 * 10**17),
            event(2, CORE, PUBLISHED, BRIDGE, 77, 0, payload(1, 150_000_000, WETH, 2, BOB, 5), 1),
        ],
        "eip155:137",
        [
            event(3, POLYGON_BRIDGE, REDEEMED, 2, address(BRIDGE), 77),
            transfer(4, POLYGON_WETH, ZERO, BOB, 15 * 10**17),
        ],
        {
            "bridge": "Wormhole", "id": f"wormhole:2/{address(BRIDGE).hex()}/77", "asset": "eip155:1/slip44:60",
            "amount": 15 * 10**17, "to_chain": "eip155:137", "recipient": BOB,
        },
        {
            "asset": f"eip155:137/erc20:{POLYGON_WETH}", "amount": 15 * 10**17, "recipient": BOB,
            "from_chain": "eip155:1",
        },
        log={"into": 3},
    ),
    Crossing(
        "back, with a payload",
        SOURCE,
        "eip155:137",
        [
            transfer(1, POLYGON_WETH, ALICE, POLYGON_BRIDGE, 10**18),
            transfer(2, POLYGON_WETH, POLYGON_BRIDGE, ZERO, 10**18),
            event(3, POLYGON_CORE, PUBLISHED, POLYGON_BRIDGE, 5, 0, payload(3, 10**8, WETH, 2, BOB, 2), 1),
        ],
        "eip155:1",
        [
            event(3, BRIDGE, REDEEMED, 5, address(POLYGON_BRIDGE), 5),
            unwrap(4, WETH, BRIDGE, 10**18),
            transfer(5, USDC, ALICE, BOB, 1),
        ],
        {"asset": f"eip155:137/erc20:{POLYGON_WETH}", "amount": 10**18, "sender": ALICE, "to_chain": "eip155:1"},
        {"asset": "eip155:1/slip44:60", "amount": 10**18, "recipient": "", "from_chain": "eip155:137"},
        moves=("out",),
        log={"into": 3},
    ),
]  # fmt: skip
