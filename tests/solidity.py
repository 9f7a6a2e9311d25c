"""Words and hashes as Solidity writes them, apart from the readers under test."""

from Crypto.Hash import keccak


def keccak_256(data: bytes) -> bytes:
    """Ethereum's hash."""
    return bytes(keccak.new(data=data, digest_bits=256).digest())


def topic(signature: str) -> bytes:
    """The first topic of an event by its name and types."""
    return keccak_256(signature.encode())


def word(value: int | str) -> bytes:
    """One word: a number, negative in two's complement, or an address or hash in hex."""
    number = int(value, 16) if isinstance(value, str) else value
    return (number % 2**256).to_bytes(32)
