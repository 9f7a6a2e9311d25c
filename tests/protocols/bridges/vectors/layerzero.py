"""LayerZero 2: a token from Ethereum (locked there) to Arbitrum (minted there), as USDT0; and a pool of Stargate."""

from Crypto.Hash import keccak
from tests.protocols.bridges.encoding import ALICE, BOB, RELAYER, ZERO, Crossing, address, event, number, transfer

ENDPOINT = "0x1a44076050125825900e736c501f859c50fe728c"
USDT, ARBITRUM_USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7", "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9"
ADAPTER, MINTER = "0x6c96de32cea08842dcc4058c14d3aaad7fa41dee", "0x14e4a1b13bf7f943c8ff7c51fb60fa964a298d92"
POOL, BSC_POOL = "0x77b2043768d28e9c9ab44e1abfc95944bce57931", "0x962bd449e630b0d928f308ce63f1a21f02576057"
POOL_USDC, MESSAGING = "0xc026395860db2d07ee33e05fe50ed7bd583189c7", "0x6d6620efa72948c5f68a3c8646d58c00d3f4a980"
BSC_MESSAGING, BSC_USDC = (
    "0x6e3d884c96d640526f273c61dfcf08915ebd7e2b",
    "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d",
)
USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
SENT, RECEIVED = "OFTSent(*bytes32,uint32,*address,uint256,uint256)", "OFTReceived(*bytes32,uint32,*address,uint256)"
SOURCE = "https://github.com/l2beat/l2beat/blob/01baae29a924c2df33883fe1a1bd0e8991886585/packages/backend/src/modules/interop/plugins/layerzero/layerzero-v2-ofts.plugin.ts"
AMOUNT = 5_000_000_000


def path(nonce: int, source: int, sender: str, target: int, receiver: str) -> bytes:
    """What the guid hashes."""
    return number(nonce)[-8:] + number(source)[-4:] + address(sender) + number(target)[-4:] + address(receiver)


def guid(where: bytes) -> bytes:
    return keccak.new(data=where, digest_bits=256).digest()


PATH = path(12, 30101, ADAPTER, 30110, MINTER)
TAXI = path(9, 30101, MESSAGING, 30102, BSC_MESSAGING)

CROSSINGS = [
    Crossing(
        "a token",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDT, ALICE, ADAPTER, AMOUNT),
            event(
                2,
                ENDPOINT,
                "PacketSent(bytes,bytes,address)",
                *(b"\x01" + PATH + guid(PATH) + address(BOB) + number(AMOUNT)[-8:], b"\x00\x03", RELAYER),
            ),
            event(3, ADAPTER, SENT, guid(PATH), 30110, ALICE, AMOUNT, AMOUNT),
        ],
        "eip155:42161",
        [
            transfer(4, ARBITRUM_USDT, ZERO, BOB, AMOUNT),
            event(5, MINTER, RECEIVED, guid(PATH), 30101, BOB, AMOUNT),
            event(
                6,
                ENDPOINT,
                "PacketDelivered((uint32,bytes32,uint64),address)",
                *((30101, address(ADAPTER), 12), MINTER),
            ),
        ],
        {
            "bridge": "LayerZero", "id": f"layerzero:{guid(PATH).hex()}", "asset": f"eip155:1/erc20:{USDT}",
            "amount": AMOUNT, "sender": ALICE, "to_chain": "eip155:42161", "recipient": BOB, "log": 3,
        },
        {
            "asset": f"eip155:42161/erc20:{ARBITRUM_USDT}", "amount": AMOUNT, "recipient": BOB,
            "from_chain": "eip155:1", "log": 5,
        },
        log={"into": 5},
    ),
    Crossing(
        "a pool of Stargate, at once",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, POOL_USDC, 7_000_000),
            event(2, ENDPOINT, "PacketSent(bytes,bytes,address)", b"\x01" + TAXI + guid(TAXI) + b"taxi", b"", RELAYER),
            event(3, POOL_USDC, SENT, guid(TAXI), 30102, ALICE, 7_000_000, 6_990_000),
        ],
        "eip155:56",
        [
            transfer(4, BSC_USDC, BSC_POOL, BOB, 6_990_000 * 10**12),
            event(5, BSC_POOL, RECEIVED, guid(TAXI), 30101, BOB, 6_990_000 * 10**12),
            event(
                6,
                ENDPOINT,
                "PacketDelivered((uint32,bytes32,uint64),address)",
                *((30101, address(MESSAGING), 9), BSC_MESSAGING),
            ),
        ],
        {"bridge": "LayerZero", "asset": f"eip155:1/erc20:{USDC}", "amount": 7_000_000, "recipient": ""},
        {"asset": f"eip155:56/erc20:{BSC_USDC}", "amount": 6_990_000 * 10**12, "recipient": BOB},
        log={"into": 5},
    ),
]  # fmt: skip
