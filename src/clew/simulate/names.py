"""Addresses and hashes that follow from a seed alone, in the forms of their chains."""

from Crypto.Hash import keccak

from clew.chains import bech32


class Names:
    """Each name is keccak-256 of the seed and a counter, so no two are alike and every machine draws the same."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._drawn = 0

    def _draw(self) -> bytes:
        self._drawn += 1
        return keccak.new(data=f"clew {self._seed} {self._drawn}".encode(), digest_bits=256).digest()

    def evm_hash(self) -> str:
        """A transaction or block hash."""
        return "0x" + self._draw().hex()

    def evm_address(self) -> str:
        """An address in canonical form."""
        return "0x" + self._draw()[12:].hex()

    def lookalike(self, address: str) -> str:
        """An address with the first and last four digits of another, as address poisoners make them."""
        return address[:6] + self.evm_address()[6:38] + address[38:]

    def bitcoin_hash(self) -> str:
        """A transaction or block hash."""
        return self._draw().hex()

    def bitcoin_address(self) -> str:
        """A pay-to-witness-public-key-hash address (BIP-173) of no known key."""
        return bech32.encode("bc", 0, self._draw()[12:])
