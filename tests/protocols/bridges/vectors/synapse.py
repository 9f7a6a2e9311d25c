"""Synapse: a token redeemed on Ethereum and minted on Arbitrum; a request that a relayer fills on Optimism."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BOB,
    RELAYER,
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

BRIDGE, ARBITRUM_BRIDGE = "0x2796317b0ff8538f253012862c06787adfb8ceb6", "0x6f4e8eba4d337f874ab57478acc2cb5bacdc19c9"
RFQ = "0x1a54fa31cbcad8c1cbc3a47dcd00864eac9ac2b0"
NUSD, ARBITRUM_NUSD = "0x1b84765de8b7566e4ceaf4d0fd3c5af52d3dde4f", "0x2913e812cf0dcca30fb28e6cac3d2dcff4497688"
OPTIMISM_USDC = "0x0b2c639c533813f4aa9d7837caf62653d097ff85"
SOURCE = "https://github.com/DefiLlama/bridges-server/blob/05b34df205c8c2f4147b9c7d1118ba6ebf584664/src/adapters/synapse/index.ts"
KAPPA = topic(TX)
REQUEST = b"".join(
    [number(1), number(10), address(ALICE), address(BOB), address(USDC), address(OPTIMISM_USDC)]
    + [number(n) for n in (1_000, 990, 4, 0, 1_700_000_000, 5)]
)

CROSSINGS = [
    Crossing(
        "redeemed and minted",
        SOURCE,
        "eip155:1",
        [
            transfer(1, NUSD, ALICE, ZERO, 700),
            event(2, BRIDGE, "TokenRedeem(*address,uint256,address,uint256)", BOB, 42161, NUSD, 700),
        ],
        "eip155:42161",
        [
            transfer(3, ARBITRUM_NUSD, ZERO, ARBITRUM_BRIDGE, 700),
            transfer(4, ARBITRUM_NUSD, ARBITRUM_BRIDGE, BOB, 695),
            event(
                5, ARBITRUM_BRIDGE, "TokenMint(*address,address,uint256,uint256,*bytes32)",
                *(BOB, ARBITRUM_NUSD, 695, 5, KAPPA),
            ),
        ],
        {
            "bridge": "Synapse", "id": f"synapse:{KAPPA.hex()}", "asset": f"eip155:1/erc20:{NUSD}", "amount": 700,
            "sender": ALICE, "to_chain": "eip155:42161", "recipient": BOB,
        },
        {"asset": f"eip155:42161/erc20:{ARBITRUM_NUSD}", "amount": 695, "recipient": BOB},
    ),
    Crossing(
        "requested and relayed",
        SOURCE,
        "eip155:1",
        [
            transfer(1, USDC, ALICE, RFQ, 1_004),
            event(
                2, RFQ, "BridgeRequested(*bytes32,*address,bytes,uint32,address,address,uint256,uint256,bool)",
                *(b"\x0f" * 32, ALICE, REQUEST, 10, USDC, OPTIMISM_USDC, 1_000, 990, False),
            ),
        ],
        "eip155:10",
        [
            transfer(3, OPTIMISM_USDC, RELAYER, BOB, 990),
            event(
                4, RFQ, "BridgeRelayed(*bytes32,*address,*address,uint32,address,address,uint256,uint256,uint256)",
                *(b"\x0f" * 32, RELAYER, BOB, 1, USDC, OPTIMISM_USDC, 1_000, 990, 0),
            ),
        ],
        {
            "asset": f"eip155:1/erc20:{USDC}", "amount": 1_004, "recipient": BOB, "amount_out": 990,
            "asset_out": f"eip155:10/erc20:{OPTIMISM_USDC}",
        },
        {"asset": f"eip155:10/erc20:{OPTIMISM_USDC}", "amount": 990, "recipient": BOB, "from_chain": "eip155:1"},
    ),
]  # fmt: skip
