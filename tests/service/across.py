"""Across as its contracts write it: deposits and fills of version 3, spelt out by hand from the published interface."""

from tests.service.explorers import Log, topic, word

POOLS = {
    "eip155:1": "0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5",
    "eip155:10": "0x6f26bf09b1c792e3228e5467807a900a503c0281",
}
"""Spoke pools. Source: https://github.com/across-protocol/contracts/tree/master/deployments"""
DEPOSIT = topic(
    "V3FundsDeposited(address,address,uint256,uint256,uint256,uint32,uint32,uint32,uint32,address,address,address,bytes)"
)
FILL = topic(
    "FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,"
    "bytes,(address,bytes,uint256,uint8))"
)
NOBODY = "0x" + "0" * 40


def deposited(
    number: int, sender: str, recipient: str, tokens: tuple[str, str], amounts: tuple[int, int], *, to: int = 10
) -> Log:
    """What the pool of Ethereum says of a deposit."""
    head: list[int | str] = [*tokens, *amounts, 1, 2, 3, recipient, NOBODY, 10 * 32, 0]
    topics = [DEPOSIT, "0x" + word(to), "0x" + word(number), "0x" + word(sender)]
    return POOLS["eip155:1"], topics, "0x" + "".join(map(word, head))


def filled(
    number: int, sender: str, recipient: str, tokens: tuple[str, str], amounts: tuple[int, int], *, origin: int = 1
) -> Log:
    """What the pool of Optimism says of the fill."""
    head: list[int | str] = [*tokens, *amounts, 1, 2, 3, NOBODY, sender, recipient, 12 * 32, 13 * 32]
    info: list[int | str] = [0, recipient, 4 * 32, amounts[1], 0, 0]
    topics = [FILL, "0x" + word(origin), "0x" + word(number), "0x" + word("0x" + "e1" * 20)]
    return POOLS["eip155:10"], topics, "0x" + "".join(map(word, [*head, *info]))
