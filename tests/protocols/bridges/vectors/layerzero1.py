"""LayerZero 1: USDC by Stargate's first pools, whose amounts have the shared decimals, and a token of its own."""

from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, address, encode, event, number, transfer

NODE, POOL, BSC_POOL = (
    "0x4d73adb72bc3dd368966edd0f0b2148401a178e2",
    "0xdf0770df86a8034b3efef0a1bb3c889b8332ff56",
    "0x98a5737749490856b401db5dc27f522fc314a4e1",
)
BRIDGE, BSC_BRIDGE = "0x" + "5b" * 20, "0x" + "5c" * 20
BUSD, TOKEN, BSC_TOKEN = "0xe9e7cea3dedca5984780bafc599bd69add087d56", "0x" + "70" * 20, "0x" + "71" * 20
SOURCE = "https://github.com/DefiLlama/dimension-adapters/blob/96cdb79489d5378ce589e936147ab738b19ffbd0/helpers/bridges/config.ts"
SWAP = "Swap(uint16,uint256,address,uint256,uint256,uint256,uint256,uint256)"
RECEIVED = "PacketReceived(*uint16,bytes,*address,uint64,bytes32)"
B = address(BOB)[12:]


def packet(nonce: int, sender: str, receiver: str, body: bytes) -> bytes:
    ends = number(101)[-2:] + address(sender)[12:] + number(102)[-2:] + address(receiver)[12:]
    return number(nonce)[-8:] + ends + body


def message(amount: int) -> bytes:
    """Stargate's message of a swap to pool 5."""
    kinds = ["uint8", "uint256", "uint256", "uint256", "(uint256,uint256)", f"({','.join(['uint256'] * 6)})"]
    return encode([*kinds, "bytes", "bytes"], [1, 1, 5, 0, (7, 8), (amount, 2, 0, 0, 3, 9), B, b""])


CROSSINGS = [
    Crossing(
        "a pool of Stargate 1",
        SOURCE,
        "eip155:1",
        [
            event(1, POOL, SWAP, 102, 5, ALICE, 999_995, 0, 2, 3, 0),
            event(2, NODE, "Packet(bytes)", packet(77, BRIDGE, BSC_BRIDGE, message(999_995))),
            transfer(3, USDC, ALICE, POOL, 1_000_000),
        ],
        "eip155:56",
        [
            event(4, NODE, RECEIVED, 101, address(BRIDGE)[12:], BSC_BRIDGE, 77, bytes(32)),
            transfer(5, BUSD, BSC_POOL, BOB, 999_995 * 10**12),
            event(6, BSC_POOL, "SwapRemote(address,uint256,uint256,uint256)", BOB, 999_995, 3, 2),
        ],
        {
            "bridge": "Stargate", "id": f"layerzero1:101/{'5b' * 20}/102/{'5c' * 20}/77", "amount": 1_000_000,
            "asset": f"eip155:1/erc20:{USDC}", "sender": ALICE, "to_chain": "eip155:56", "recipient": BOB,
        },
        {
            "asset": f"eip155:56/erc20:{BUSD}", "amount": 999_995 * 10**12, "recipient": BOB, "from_chain": "eip155:1",
        },
        log={"out": 1},
    ),
    Crossing(
        "a token",
        SOURCE,
        "eip155:1",
        [
            transfer(1, TOKEN, ALICE, ZERO, 50),
            event(2, NODE, "Packet(bytes)", packet(8, TOKEN, BSC_TOKEN, b"body")),
            event(3, TOKEN, "SendToChain(*uint16,*address,bytes,uint256)", 102, ALICE, B, 50),
        ],
        "eip155:56",
        [
            event(4, NODE, RECEIVED, 101, address(TOKEN)[12:] + address(BSC_TOKEN)[12:], BSC_TOKEN, 8, bytes(32)),
            transfer(5, BSC_TOKEN, ZERO, BOB, 50),
            event(6, BSC_TOKEN, "ReceiveFromChain(*uint16,*address,uint256)", 101, BOB, 50),
        ],
        {
            "bridge": "LayerZero 1", "id": f"layerzero1:101/{'70' * 20}/102/{'71' * 20}/8", "amount": 50,
            "asset": f"eip155:1/erc20:{TOKEN}", "sender": ALICE, "to_chain": "eip155:56", "recipient": BOB,
        },
        {"asset": f"eip155:56/erc20:{BSC_TOKEN}", "amount": 50, "recipient": BOB, "from_chain": "eip155:1"},
    ),
]  # fmt: skip
