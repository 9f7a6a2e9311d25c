"""Ronin: ether deposited into the second gateway, which wraps it; the receipt is the same on both chains."""

from tests.protocols.bridges.encoding import ALICE, BOB, WETH, ZERO, Crossing, event, transfer, wrap

GATEWAY, RONIN_GATEWAY = "0x64192819ac13ef72bf6b5ae239ac672b43a9af08", "0x0cf8ff40a508bdbc39fbe1bb679dcba64e65c7df"
RONIN_WETH = "0xc99a6a985ed2cac1ef41640596c5a5f9f4e19ef5"
SOURCE = "https://github.com/roninbuilders/contracts/blob/6258b2146fb4203eb75b1e6909d0ef9d0d78966d/src/contracts/ronin_gateway_v_2.ts"
GATEWAY_1, RONIN_GATEWAY_1 = "0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2", "0xe35d62ebe18413d96ca2a2f7cf215bb21a406b4b"
AXS, RONIN_AXS = "0xbb0e17ef65f82ab018d8edd776e8dd940327b28b", "0x97a9107c1793bc407d6f527b77e7fff4d812bece"
SOURCE_1 = "https://github.com/axieinfinity/ronin-smart-contracts/blob/10becf8d37217c17df260de945b7eb7af0fc3106/contracts/chain/sidechain/SidechainGatewayStorage.sol"
HEAD = "*uint256,*address,*address"
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
    Crossing(
        "deposit into the first gateway",
        SOURCE_1,
        "eip155:1",
        [
            transfer(1, AXS, ALICE, GATEWAY_1, 55),
            event(2, GATEWAY_1, f"TokenDeposited({HEAD},address,uint32,uint256)", 9, BOB, AXS, RONIN_AXS, 20, 55),
        ],
        "eip155:2020",
        [
            transfer(3, RONIN_AXS, RONIN_GATEWAY_1, BOB, 55),
            event(4, RONIN_GATEWAY_1, f"TokenDeposited({HEAD},uint256)", 9, BOB, RONIN_AXS, 55),
        ],
        {
            "bridge": "Ronin", "id": "ronin:1/deposit/9", "asset": f"eip155:1/erc20:{AXS}", "amount": 55,
            "sender": ALICE, "to_chain": "eip155:2020", "recipient": BOB,
        },
        {"asset": f"eip155:2020/erc20:{RONIN_AXS}", "amount": 55, "recipient": BOB, "from_chain": "eip155:1"},
    ),
    Crossing(
        "withdrawal from the first gateway",
        SOURCE_1,
        "eip155:2020",
        [
            transfer(1, RONIN_AXS, BOB, RONIN_GATEWAY_1, 44),
            event(2, RONIN_GATEWAY_1, f"TokenWithdrew({HEAD},address,uint32,uint256)", 8, BOB, RONIN_AXS, AXS, 20, 44),
        ],
        "eip155:1",
        [
            transfer(3, AXS, GATEWAY_1, BOB, 44),
            event(4, GATEWAY_1, f"TokenWithdrew({HEAD},uint256)", 8, BOB, AXS, 44),
        ],
        {
            "id": "ronin:1/withdrawal/8", "asset": f"eip155:2020/erc20:{RONIN_AXS}", "amount": 44, "sender": BOB,
            "to_chain": "eip155:1", "recipient": BOB, "asset_out": f"eip155:1/erc20:{AXS}",
        },
        {"asset": f"eip155:1/erc20:{AXS}", "amount": 44, "recipient": BOB, "from_chain": "eip155:2020"},
    ),
]  # fmt: skip
