"""zkSync: ether and tokens there and back, through the three bridges of tokens that followed each other."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BOB,
    TX,
    USDC,
    ZERO,
    Crossing,
    address,
    event,
    number,
    transfer,
)
from tests.solidity import topic

DIAMOND, FIRST, L2_FIRST = (
    "0x32400084c286cf3e17e7b677ea9583e60a000324",
    "0x57891966931eb4bb6fb81430e6ce0a03aabde063",
    "0x11f943b2c77b743ab90f4a0ae7d5a4e7fca3e102",
)
ROUTER, SHARED = "0x8829ad80e425c646dab305381ff105169feece56", "0xd7f9f54194c633f36ccd5f3da84ad4a1c38cb2cb"
VAULT, L2_VAULT = "0xbed1eb542f9a5aa6419ff3deb921a372681111f6", "0x" + "0" * 35 + "10004"
MESSENGER, COIN, BOOTLOADER = "0x" + "0" * 36 + "8008", "0x" + "0" * 36 + "800a", "0x" + "0" * 36 + "8001"
L2_USDC = "0x3355df6d4c9c3035724fd0e3914de96a5a83aaf4"
ETHER = bytes.fromhex("05e1c3ae4b9732444ae25217ac7666e46fa365fee1768de00c9fcb65532b7609")  # as l2beat writes it
ASSET = b"\xa5" * 32
SOURCE = "https://github.com/l2beat/l2beat/blob/3ce7f7e1aa45a454f6157e8998717226337cea23/packages/backend/src/modules/interop/plugins/zkstack/zkstack.networks.ts"
CALL = f"({','.join(['uint256'] * 10)},uint256[4],bytes,bytes,uint256[],bytes,bytes)"
REQUEST = f"NewPriorityRequest(uint256,bytes32,uint64,{CALL},bytes[])"
DONE = "L2ToL1LogSent((uint8,bool,uint16,address,bytes32,bytes32))"
BURN, MINT = "BridgeBurn(*uint256,*bytes32,*address,address,uint256)", "BridgeMint(*uint256,*bytes32,address,uint256)"
HASH, SHARED_IN = (
    "BridgehubDepositFinalized(*uint256,*bytes32,*bytes32)",
    ("BridgehubDepositInitiated(*uint256,*bytes32,*address,address,address,uint256)"),
)
DATA = b"\xda" * 32
DONE_LOG = event(9, MESSENGER, DONE, (0, True, 0, BOOTLOADER, TX, number(1)))


def call(value: int, minted: int) -> tuple[object, ...]:
    """A transaction from Ethereum to zkSync."""
    to = int(BOB, 16)
    return (255, int(ALICE, 16), to, 10**6, 800, 10**8, 0, 0, 3, value, (minted, to, 0, 0), b"", b"", [], b"", b"")


def packed(amount: int) -> bytes:
    """The first bridge's message to Ethereum."""
    head = topic("finalizeWithdrawal(uint256,uint256,uint16,bytes,bytes32[])")[:4]
    return head + address(BOB)[12:] + address(USDC)[12:] + number(amount)


CROSSINGS = [
    Crossing(
        "ether in",
        SOURCE,
        "eip155:1",
        [event(2, DIAMOND, REQUEST, 5, TX, 9, call(10**18, 11 * 10**17), [])],
        "eip155:324",
        [
            event(1, COIN, "Mint(*address,uint256)", ALICE, 11 * 10**17),
            transfer(2, COIN, ALICE, BOB, 10**18),
            DONE_LOG,
        ],
        {
            "bridge": "zkSync bridge", "id": f"zksync:{TX[2:]}", "asset": "eip155:1/slip44:60", "amount": 11 * 10**17,
            "to_chain": "eip155:324", "recipient": BOB, "amount_out": 10**18,
        },
        {"asset": "eip155:324/slip44:60", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:1"},
        moves=(),
        foreign="",
    ),
    Crossing(
        "a token in, first bridge",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, FIRST, 70),
            event(2, FIRST, "DepositInitiated(*bytes32,*address,*address,address,uint256)", TX, ALICE, BOB, USDC, 70),
        ],
        "eip155:324",
        [
            transfer(1, L2_USDC, ZERO, BOB, 70),
            event(2, L2_FIRST, "FinalizeDeposit(*address,*address,*address,uint256)", ALICE, BOB, L2_USDC, 70),
        ],
        {"id": f"zksync:{TX[2:]}", "asset": f"eip155:1/erc20:{USDC}", "amount": 70, "sender": ALICE, "recipient": BOB},
        {"asset": f"eip155:324/erc20:{L2_USDC}", "amount": 70, "recipient": BOB, "from_chain": "eip155:1"},
        foreign="",
    ),
    Crossing(
        "a token in, shared bridge",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, SHARED, 60),
            event(2, SHARED, SHARED_IN, 324, DATA, ALICE, BOB, USDC, 60),
            event(3, SHARED, HASH, 324, DATA, TX),
        ],
        "eip155:324",
        [
            transfer(1, L2_USDC, ZERO, BOB, 60),
            event(2, L2_FIRST, "FinalizeDeposit(*address,*address,*address,uint256)", ALICE, BOB, L2_USDC, 60),
        ],
        {"id": f"zksync:{TX[2:]}", "asset": f"eip155:1/erc20:{USDC}", "amount": 60, "sender": ALICE, "recipient": BOB},
        {"asset": f"eip155:324/erc20:{L2_USDC}", "amount": 60, "recipient": BOB},
        foreign="",
        log={"out": 2},
    ),
    Crossing(
        "a token in, vault",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, VAULT, 50),
            event(2, VAULT, BURN, 324, ASSET, ALICE, BOB, 50),
            event(3, ROUTER, HASH, 324, DATA, TX),
        ],
        "eip155:324",
        [transfer(1, L2_USDC, ZERO, BOB, 50), event(2, L2_VAULT, MINT, 1, ASSET, BOB, 50)],
        {
            "id": f"zksync:{TX[2:]}", "asset": f"eip155:1/erc20:{USDC}", "amount": 50, "sender": ALICE,
            "recipient": BOB, "to_chain": "eip155:324",
        },
        {"asset": f"eip155:324/erc20:{L2_USDC}", "amount": 50, "recipient": BOB, "from_chain": "eip155:1"},
        foreign="",
        log={"out": 2},
    ),
    Crossing(
        "ether out, by the vault",
        SOURCE,
        "eip155:324",
        [event(1, COIN, "Withdrawal(*address,*address,uint256)", ALICE, BOB, 10**17)],
        "eip155:1",
        [event(2, VAULT, MINT, 324, ETHER, BOB, 10**17)],
        {"asset": "eip155:324/slip44:60", "amount": 10**17, "sender": ALICE, "recipient": BOB, "to_chain": "eip155:1"},
        {"asset": "eip155:1/slip44:60", "amount": 10**17, "recipient": BOB, "from_chain": "eip155:324"},
        moves=(),
        foreign="",
    ),
    Crossing(
        "ether out, by the diamond",
        SOURCE,
        "eip155:324",
        [event(1, COIN, "Withdrawal(*address,*address,uint256)", ALICE, BOB, 10**17)],
        "eip155:1",
        [event(2, DIAMOND, "EthWithdrawalFinalized(*address,uint256)", BOB, 10**17)],
        {"amount": 10**17, "recipient": BOB},
        {"asset": "eip155:1/slip44:60", "amount": 10**17, "recipient": BOB},
        moves=(),
        foreign="",
    ),
    Crossing(
        "a token out, vault",
        SOURCE,
        "eip155:324",
        [transfer(1, L2_USDC, ALICE, ZERO, 40), event(2, L2_VAULT, BURN, 1, ASSET, ALICE, BOB, 40)],
        "eip155:1",
        [transfer(1, USDC, VAULT, BOB, 40), event(2, VAULT, MINT, 324, ASSET, BOB, 40)],
        {"asset": f"eip155:324/erc20:{L2_USDC}", "amount": 40, "sender": ALICE, "recipient": BOB},
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 40, "recipient": BOB, "from_chain": "eip155:324"},
        foreign="",
    ),
    Crossing(
        "a token out, first bridge",
        SOURCE,
        "eip155:324",
        [
            transfer(1, L2_USDC, ALICE, ZERO, 30),
            event(2, MESSENGER, "L1MessageSent(*address,*bytes32,bytes)", L2_FIRST, DATA, packed(30)),
            event(3, L2_FIRST, "WithdrawalInitiated(*address,*address,*address,uint256)", ALICE, BOB, L2_USDC, 30),
        ],
        "eip155:1",
        [
            transfer(1, USDC, FIRST, BOB, 30),
            event(2, FIRST, "WithdrawalFinalized(*address,*address,uint256)", BOB, USDC, 30),
        ],
        {
            "asset": f"eip155:324/erc20:{L2_USDC}", "amount": 30, "sender": ALICE, "recipient": BOB,
            "asset_out": f"eip155:1/erc20:{USDC}",
        },
        {"asset": f"eip155:1/erc20:{USDC}", "amount": 30, "recipient": BOB, "from_chain": "eip155:324"},
        foreign="",
    ),
]  # fmt: skip
SHARED_PAID = event(
    3, SHARED, "WithdrawalFinalizedSharedBridge(*uint256,*address,*address,uint256)", 324, BOB, USDC, 30
)
