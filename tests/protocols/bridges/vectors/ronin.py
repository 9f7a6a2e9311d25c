"""Ronin: ether deposited into the second gateway, which wraps it; the receipt is the same on both chains."""

from tests.protocols.bridges.encoding import ALICE, BOB, WETH, ZERO, Crossing, event, transfer, wrap

GATEWAY, RONIN_GATEWAY = "0x64192819ac13ef72bf6b5ae239ac672b43a9af08", "0x0cf8ff40a508bdbc39fbe1bb679dcba64e65c7df"
RONIN_WETH = "0xc99a6a985ed2cac1ef41640596c5a5f9f4e19ef5"
SOURCE = "https://github.com/roninbuilders/contracts/blob/6258b2146fb4203eb75b1e6909d0ef9d0d78966d/src/contracts/ronin_gateway_v_2.ts"
OWNER = "(address,address,uint256)"
RECEIPT = f"bytes32,(uint256,uint8,{OWNER},{OWNER},(uint8,uint256,uint256))"


def receipt(kind: int, main: str, ronin: str, amount: int) -> tuple[object, ...]:
    return (321, kind, (main, WETH, 1), (ronin, RONIN_WETH, 2020), (0, 0, amount))


CROSSINGS = [
    Crossing(
        "deposit",
        SOURCE,
        "eip155:1",
        [
            wrap(1, WETH, GATEWAY, 10**18),
            event(2, GATEWAY, f"DepositRequested({RECEIPT})", bytes(32), receipt(0, ALICE, BOB, 10**18)),
        ],
        "eip155:2020",
        [
            transfer(3, RONIN_WETH, ZERO, BOB, 10**18),
            event(4, RONIN_GATEWAY, f"Deposited({RECEIPT})", bytes(32), receipt(0, ALICE, BOB, 10**18)),
        ],
        {
            "bridge": "Ronin", "id": "ronin:2/deposit/321", "asset": "eip155:1/slip44:60", "amount": 10**18,
            "sender": ALICE, "to_chain": "eip155:2020", "recipient": BOB,
            "asset_out": f"eip155:2020/erc20:{RONIN_WETH}",
        },
        {
            "asset": f"eip155:2020/erc20:{RONIN_WETH}", "amount": 10**18, "recipient": BOB, "from_chain": "eip155:1",
        },
    ),
    Crossing(
        "withdrawal",
        SOURCE,
        "eip155:2020",
        [
            transfer(1, RONIN_WETH, BOB, RONIN_GATEWAY, 7),
            event(2, RONIN_GATEWAY, f"WithdrawalRequested({RECEIPT})", bytes(32), receipt(1, ALICE, BOB, 7)),
        ],
        "eip155:1",
        [
            transfer(3, WETH, GATEWAY, ALICE, 7),
            event(4, GATEWAY, f"Withdrew({RECEIPT})", bytes(32), receipt(1, ALICE, BOB, 7)),
        ],
        {"id": "ronin:2/withdrawal/321", "amount": 7, "sender": BOB, "to_chain": "eip155:1", "recipient": ALICE},
        {"asset": f"eip155:1/erc20:{WETH}", "amount": 7, "recipient": ALICE, "from_chain": "eip155:2020"},
    ),
]  # fmt: skip
