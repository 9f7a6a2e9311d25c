"""Horizon: a token to Harmony, and ether back to Ethereum."""

from tests.protocols.bridges.encoding import ALICE, BOB, TX, USDC, ZERO, Crossing, event, transfer

ERC20, ETHER = "0x2dccdb493827e15a5dc8f8b72147e6c4a5620857", "0xf9fb1c508ff49f78b60d3a96dea99fa5d7f3a8a6"
HARMONY = "0x2fbbcef71544c461edfc311f42e3583d5f9675d1"
ONE_USDC, ONE_ETH = "0x985458e523db3d53125813ed68c274899e9dfab4", "0x6983d1e6def3690c4d616b13597a09e6193ea013"
COIN = "0x00" + "ee" * 19
SOURCE = "https://github.com/harmony-one/ethhmy-bridge/blob/34082896da7d92c2887da50e375a81a8d66e946d/contracts/erc20/ERC20EthManager.sol"
LEFT = "(*address,*address,uint256,address)"
CAME = "(address,uint256,address,bytes32)"

CROSSINGS = [
    Crossing(
        "a token to Harmony",
        SOURCE,
        "eip155:1",
        [transfer(1, USDC, ALICE, ERC20, 90), event(2, ERC20, f"Locked{LEFT}", USDC, ALICE, 90, BOB)],
        "eip155:1666600000",
        [transfer(1, ONE_USDC, ZERO, BOB, 90), event(2, HARMONY, f"Minted{CAME}", ONE_USDC, 90, BOB, TX)],
        {
            "bridge": "Harmony Horizon", "id": f"harmony:{TX[2:]}", "asset": f"eip155:1/erc20:{USDC}", "amount": 90,
            "sender": ALICE, "to_chain": "eip155:1666600000", "recipient": BOB, "amount_out": 90,
        },
        {
            "asset": f"eip155:1666600000/erc20:{ONE_USDC}", "amount": 90, "recipient": BOB, "from_chain": "eip155:1",
        },
        foreign="",
    ),
    Crossing(
        "ether from Harmony",
        SOURCE,
        "eip155:1666600000",
        [transfer(1, ONE_ETH, ALICE, ZERO, 10**18), event(2, HARMONY, f"Burned{LEFT}", ONE_ETH, ALICE, 10**18, BOB)],
        "eip155:1",
        [event(2, ETHER, f"Unlocked{CAME}", COIN, 10**18, BOB, TX)],
        {
            "asset": f"eip155:1666600000/erc20:{ONE_ETH}", "amount": 10**18, "sender": ALICE, "to_chain": "eip155:1",
            "recipient": BOB,
        },
        {"asset": "eip155:1/slip44:60", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:1666600000"},
        moves=("out",),
        foreign="",
    ),
]  # fmt: skip
