"""Events written by hand: words, topics and data as Solidity encodes them."""

from tests.solidity import topic, word

from clew.chains.logs import Log

TX = "0x" + "7a" * 32
POOL = "0x" + "c0" * 20


def log(
    first: bytes, indexed: list[int | str], data: list[int | str] | bytes, *, contract: str = POOL, index: int = 0
) -> Log:
    """An event."""
    body = data if isinstance(data, bytes) else b"".join(map(word, data))
    return Log(contract, (first, *map(word, indexed)), body, index, TX)


def v2_swap(pool: str, amounts: tuple[int, int, int, int], *, to: str = "0x1", index: int = 0, tx: str = TX) -> Log:
    """Uniswap version 2: amounts in of token 0 and 1, out of 0 and 1."""
    first = topic("Swap(address,uint256,uint256,uint256,uint256,address)")
    return Log(pool, (first, word(1), word(to)), b"".join(map(word, amounts)), index, tx)
