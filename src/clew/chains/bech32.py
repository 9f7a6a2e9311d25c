"""Segwit addresses: bech32 (BIP-173) and its amended checksum bech32m (BIP-350)."""

from clew.errors import InputError

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32 = 1
"""Checksum constant of witness version 0 (BIP-173)."""
BECH32M = 0x2BC830A3
"""Checksum constant of witness versions 1 to 16 (BIP-350)."""

_NAMES = {BECH32: "bech32", BECH32M: "bech32m"}
_VALUES = {character: value for value, character in enumerate(CHARSET)}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _feedback(top: int) -> int:
    mask = 0
    for bit, generator in enumerate(_GENERATORS):
        mask ^= generator if top >> bit & 1 else 0
    return mask


_FEEDBACK = tuple(map(_feedback, range(32)))


def feedback() -> tuple[int, ...]:
    """By the five bits that leave the checksum: what the BCH code's generator feeds back."""
    return _FEEDBACK


def _polymod(values: list[int]) -> int:
    """Remainder of the BCH code over GF(32) that both checksums share."""
    checksum = 1
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _expand(hrp: str) -> list[int]:
    return [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]


def encode(hrp: str, version: int, program: bytes) -> str:
    """The address of a witness program: version 0 to 16, 2 to 40 bytes."""
    groups = -(-len(program) * 8 // 5)
    number = int.from_bytes(program) << groups * 5 - len(program) * 8
    data = [version, *(number >> 5 * i & 31 for i in range(groups - 1, -1, -1))]
    constant = BECH32M if version else BECH32
    checksum = _polymod([*_expand(hrp), *data, 0, 0, 0, 0, 0, 0]) ^ constant
    data += [checksum >> 5 * i & 31 for i in range(5, -1, -1)]
    return f"{hrp}1{''.join([CHARSET[value] for value in data])}"


def split(text: str) -> tuple[str, list[int], int]:
    """Human-readable part, data values without the checksum, and checksum constant of a bech32 or bech32m string."""
    for position, character in enumerate(text, 1):
        if not 33 <= ord(character) <= 126:
            raise InputError(f"character {character!r} at position {position} is not printable ASCII")
    if len(text) > 90:
        raise InputError(f"it has {len(text)} characters, a bech32 string has at most 90")
    if text.lower() != text != text.upper():
        raise InputError("it mixes upper and lower case", mend="bech32 is all lower or all upper case")
    hrp, separator, data = text.lower().rpartition("1")
    if not separator or not hrp:
        raise InputError("it has no prefix before the separator '1'")
    if len(data) < 6:
        raise InputError(f"it has {len(data)} characters after the separator '1', the checksum alone has 6")
    for position, character in enumerate(data, len(hrp) + 2):
        if character not in _VALUES:
            raise InputError(f"character {character!r} at position {position} does not occur in bech32")
    values = [_VALUES[character] for character in data]
    constant = _polymod(_expand(hrp) + values)
    if constant not in _NAMES:
        raise InputError("its checksum is wrong", mend="a character was mistyped or lost; copy the address again")
    return hrp, values[:-6], constant


def decode(text: str) -> tuple[str, int, bytes]:
    """Human-readable part, witness version and witness program of a segwit address; InputError says what is wrong."""
    hrp, values, constant = split(text)
    if not values:
        raise InputError("it holds no witness program")
    version, due = values[0], BECH32M if values[0] else BECH32
    if version > 16:
        raise InputError(f"its witness version is {version}, the highest is 16")
    program = _program(values[1:])
    if version == 0 and len(program) not in (20, 32):
        raise InputError(f"its witness program has {len(program)} bytes, version 0 has 20 or 32")
    if constant != due:
        raise InputError(
            f"it has a {_NAMES[constant]} checksum, witness version {version} must have {_NAMES[due]} (BIP-350)",
            mend="the program that made this address is out of date; ask for a new one",
        )
    return hrp, version, program


def _program(values: list[int]) -> bytes:
    """The bytes of 5-bit groups; the rest must be fewer than five zero bits."""
    spare = len(values) * 5 % 8
    number = 0
    for value in values:
        number = number << 5 | value
    if spare >= 5 or number & ((1 << spare) - 1):
        raise InputError("its padding is not zero bits, as BIP-173 demands")
    size = len(values) * 5 // 8
    if not 2 <= size <= 40:
        raise InputError(f"its witness program has {size} bytes, it must have 2 to 40")
    return (number >> spare).to_bytes(size)
