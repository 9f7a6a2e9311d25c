"""Reading Solidity's ABI encoding from bytes that anybody may have written: each field checked, none trusted."""

from dataclasses import dataclass

from Crypto.Hash import keccak

from clew.protocols.refusal import Fault, RefusedError

WORD = 32


@dataclass(frozen=True, slots=True)
class Tuple:
    """The fields of one tuple: heads of 32 bytes from `start`, to which offsets of its dynamic fields are relative."""

    data: bytes
    start: int = 0

    def uint(self, index: int) -> int:
        """Field `index` as an unsigned integer."""
        at = self.start + index * WORD
        word = self.data[at : at + WORD]
        if len(word) < WORD:
            raise RefusedError(Fault.TRUNCATED, f"the data end at byte {len(self.data)}, within field {index}")
        return int.from_bytes(word)

    def address(self, index: int) -> str:
        """Field `index` as an address in lower case."""
        value = self.uint(index)
        if value >> 160:
            raise RefusedError(Fault.BAD_ADDRESS, f"field {index} is wider than an address")
        return f"0x{value:040x}"

    def tuple(self, index: int) -> "Tuple":
        """Field `index` as a dynamic tuple."""
        return Tuple(self.data, self._target(index))

    def bytes(self, index: int) -> bytes:
        """Field `index` as bytes; padding after them may be missing."""
        at = self._target(index)
        size = Tuple(self.data, at).uint(0)
        found = self.data[at + WORD : at + WORD + size]
        if len(found) < size:
            raise RefusedError(Fault.TRUNCATED, f"field {index} announces {size} bytes, {len(found)} are there")
        return found

    def text(self, index: int) -> str:
        """Field `index` as a string."""
        try:
            return self.bytes(index).decode("utf-8")
        except UnicodeDecodeError as error:
            raise RefusedError(Fault.NOT_TEXT, f"field {index} is not UTF-8: {error.reason}") from error

    def array(self, index: int, *, size: int = 0) -> list["Tuple"]:
        """Field `index` as an array of tuples: dynamic ones, or of `size` fixed fields each."""
        at = self._target(index)
        count, first = Tuple(self.data, at).uint(0), at + WORD
        if count * (size or 1) * WORD > len(self.data) - first:
            raise RefusedError(Fault.TRUNCATED, f"field {index} announces {count} entries, more than the data hold")
        if size:
            return [Tuple(self.data, first + i * size * WORD) for i in range(count)]
        return [Tuple(self.data, first).tuple(i) for i in range(count)]

    def _target(self, index: int) -> int:
        offset = self.uint(index)
        if offset % WORD or self.start + offset >= len(self.data):
            raise RefusedError(Fault.BAD_OFFSET, f"field {index} points to byte {offset}, where nothing can stand")
        return self.start + offset


def topic_of(signature: str) -> str:
    """The first topic of an event, without ``0x``: keccak-256 of its signature."""
    return keccak_256(signature.encode()).hex()


def keccak_256(data: bytes) -> bytes:
    """Ethereum's keccak-256."""
    return bytes(keccak.new(data=data, digest_bits=256).digest())
