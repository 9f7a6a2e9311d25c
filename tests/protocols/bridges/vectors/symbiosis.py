"""Symbiosis: a token from Ethereum to Symbiosis' own chain, where it is minted, and from there to BNB Chain."""

from Crypto.Hash import keccak
from tests.protocols.bridges.encoding import ALICE, BOB, USDC, ZERO, Crossing, address, event, number, transfer

PORTAL, BSC_PORTAL = "0xb8f275fbf7a959f4bce59999a2ef122a099e81a8", "0x5aa5f7f84ed0e5db0a4a85c3947ea16b53352fd4"
SYNTHESIS, CHAIN = "0x45cfd6fb7999328f189aad2739fba4be6c45e5bf", 13_863_860
S_USDC, BSC_USDC = "0x" + "5c" * 20, "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"
ROUTER = "0x" + "3e" * 20
SOURCE = "https://github.com/DefiLlama/dimension-adapters/blob/96cdb79489d5378ce589e936147ab738b19ffbd0/helpers/bridges/config.ts"
LEFT = "(bytes32,*address,*uint256,*address,address,uint256,address)"
OWN, CROSS = b"\x1d" * 32, b"\xcc" * 32


def external(payer: str, chain: int) -> bytes:
    """The id of the paying side, packed: the departure's, the payer, the address for returns, the chain."""
    packed = OWN + address(payer)[12:] + address(ALICE)[12:] + number(chain)
    return keccak.new(data=packed, digest_bits=256).digest()


CROSSINGS = [
    Crossing(
        "into a synthesis",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ROUTER, PORTAL, 900),
            event(2, PORTAL, f"SynthesizeRequest{LEFT}", OWN, ROUTER, CHAIN, ALICE, BOB, 900, USDC),
        ],
        f"eip155:{CHAIN}",
        [
            transfer(1, S_USDC, ZERO, BOB, 897),
            event(
                2, SYNTHESIS, "SynthesizeCompleted(*bytes32,*address,*bytes32,uint256,uint256,address)",
                *(external(SYNTHESIS, CHAIN), BOB, CROSS, 897, 3, USDC),
            ),
        ],
        {
            "bridge": "Symbiosis", "id": f"symbiosis:{external(SYNTHESIS, CHAIN).hex()}", "amount": 900,
            "asset": f"eip155:1/erc20:{USDC}", "sender": ROUTER, "to_chain": f"eip155:{CHAIN}", "recipient": BOB,
        },
        {"asset": f"eip155:{CHAIN}/erc20:{S_USDC}", "amount": 897, "recipient": BOB, "from_chain": ""},
    ),
    Crossing(
        "out of a synthesis",
        SOURCE,
        f"eip155:{CHAIN}",
        [
            transfer(1, S_USDC, ALICE, ZERO, 800),
            event(2, SYNTHESIS, f"BurnRequest{LEFT}", OWN, ALICE, 56, ALICE, BOB, 800, S_USDC),
        ],
        "eip155:56",
        [
            transfer(1, BSC_USDC, BSC_PORTAL, BOB, 790),
            event(
                2, BSC_PORTAL, "BurnCompleted(*bytes32,*bytes32,*address,uint256,uint256,address)",
                *(external(BSC_PORTAL, 56), CROSS, BOB, 800, 10, BSC_USDC),
            ),
        ],
        {"asset": f"eip155:{CHAIN}/erc20:{S_USDC}", "amount": 800, "to_chain": "eip155:56", "recipient": BOB},
        {"asset": f"eip155:56/erc20:{BSC_USDC}", "amount": 790, "recipient": BOB},
    ),
]  # fmt: skip
