"""CCTP: 250 USDC from Ethereum (domain 0) to Base (domain 6); a fast burn of version 2 pays 1 USDC of fee."""

from tests.protocols.bridges.encoding import (
    ALICE,
    BASE_USDC,
    BOB,
    RELAYER,
    USDC,
    ZERO,
    Crossing,
    address,
    event,
    number,
    transfer,
)

MESSENGER, BASE_MESSENGER = "0xbd3fa81b58ba92a82136038b25adec7066af3155", "0x1682ae6375c4e4a97e4b583bc394c861a46d8962"
TRANSMITTER = "0xad09780d193884d503182ad4588450c416d6f9d4"
MESSENGER_2, TRANSMITTER_2 = (
    "0x28b5a0e9c621a5badaa536219b3a228c8168cf5d",
    "0x81d40f21f12a8f0e3252bccb954d722d4c464b64",
)
AMOUNT, FEE = 250_000_000, 1_000_000

BODY_1 = bytes(4) + address(USDC) + address(BOB) + number(AMOUNT) + address(ALICE)
BODY_2 = (
    number(1)[-4:] + address(USDC) + address(BOB) + number(AMOUNT) + address(ALICE)
    + number(2 * FEE) + number(FEE) + number(99) + b"hook"
)  # fmt: skip

CROSSINGS = [
    Crossing(
        "version 1",
        "https://github.com/circlefin/evm-cctp-contracts/blob/1ddc5057e2a686194d481d04239387cf095ec760/src/TokenMessenger.sol",
        "eip155:1",
        [
            transfer(3, USDC, ALICE, MESSENGER, AMOUNT),
            transfer(4, USDC, MESSENGER, ZERO, AMOUNT),
            event(
                6,
                MESSENGER,
                "DepositForBurn(*uint64,*address,uint256,*address,bytes32,uint32,bytes32,bytes32)",
                *(4711, USDC, AMOUNT, ALICE, address(BOB), 6, address(BASE_MESSENGER), bytes(32)),
            ),
        ],
        "eip155:8453",
        [
            transfer(1, BASE_USDC, ZERO, BOB, AMOUNT),
            event(2, BASE_MESSENGER, "MintAndWithdraw(*address,uint256,*address)", BOB, AMOUNT, BASE_USDC),
            event(
                3,
                TRANSMITTER,
                "MessageReceived(*address,uint32,*uint64,bytes32,bytes)",
                *(RELAYER, 0, 4711, address(MESSENGER), BODY_1),
            ),
        ],
        {
            "bridge": "CCTP", "id": "cctp:0/4711", "asset": f"eip155:1/erc20:{USDC}", "amount": AMOUNT, "sender": ALICE,
            "to_chain": "eip155:8453", "recipient": BOB, "amount_out": AMOUNT, "least_out": None, "log": 6,
        },
        {
            "bridge": "CCTP", "id": "cctp:0/4711", "asset": f"eip155:8453/erc20:{BASE_USDC}", "amount": AMOUNT,
            "recipient": BOB, "from_chain": "eip155:1", "log": 2,
        },
        log={"into": 2},
    ),
    Crossing(
        "version 2, fast",
        "https://github.com/circlefin/evm-cctp-contracts/blob/0790159cf8c80cb27c071b817431a6d8ee6b0ea8/src/v2/TokenMessengerV2.sol",
        "eip155:1",
        [
            transfer(4, USDC, ALICE, ZERO, AMOUNT),
            event(
                6,
                MESSENGER_2,
                "DepositForBurn(*address,uint256,*address,bytes32,uint32,bytes32,bytes32,uint256,*uint32,bytes)",
                *(USDC, AMOUNT, ALICE, address(BOB), 6, address(MESSENGER_2), bytes(32), 2 * FEE, 1000, b"hook"),
            ),
        ],
        "eip155:8453",
        [
            transfer(1, BASE_USDC, ZERO, BOB, AMOUNT - FEE),
            transfer(2, BASE_USDC, ZERO, RELAYER, FEE),
            event(
                3, MESSENGER_2, "MintAndWithdraw(*address,uint256,*address,uint256)", BOB, AMOUNT - FEE, BASE_USDC, FEE
            ),
            event(
                4,
                TRANSMITTER_2,
                "MessageReceived(*address,uint32,*bytes32,bytes32,*uint32,bytes)",
                *(RELAYER, 0, b"\x05" * 32, address(MESSENGER_2), 1000, BODY_2),
            ),
        ],
        {
            "bridge": "CCTP", "asset": f"eip155:1/erc20:{USDC}", "amount": AMOUNT, "sender": ALICE,
            "to_chain": "eip155:8453", "recipient": BOB, "amount_out": None, "least_out": AMOUNT - 2 * FEE, "log": 6,
        },
        {
            "bridge": "CCTP", "asset": f"eip155:8453/erc20:{BASE_USDC}", "amount": AMOUNT - FEE, "recipient": BOB,
            "from_chain": "eip155:1", "log": 3,
        },
        log={"into": 3},
    ),
]  # fmt: skip
