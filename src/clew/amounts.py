"""Assets and exact amounts: integers in base units, with no float on the way in or out."""

import re
from dataclasses import dataclass

from clew.errors import InputError

MAX_AMOUNT = 2**256 - 1
"""The largest amount any chain can state (uint256)."""

_UNITS = re.compile(r"(?P<whole>\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.(?P<part>\d+))?")


@dataclass(frozen=True, slots=True)
class Asset:
    """A fungible asset: its CAIP-19 id, ticker, and number of decimals (base units in one unit: 10**decimals)."""

    id: str
    symbol: str
    decimals: int

    @property
    def chain(self) -> str:
        """The CAIP-2 id of the chain the asset lives on."""
        return self.id.partition("/")[0]


def parse_units(text: str, decimals: int, *, where: str = "amount") -> int:
    """Base units of a decimal text in units (``"173,600.5"``); InputError if it is not exact in `decimals`."""
    match = _UNITS.fullmatch(text.strip())
    if match is None:
        raise InputError(
            f"{text!r} is not an amount", where=where, mend='write units as decimal text, such as "173600.5"'
        )
    part = match["part"] or ""
    if len(part) > decimals and part[decimals:].strip("0"):
        raise InputError(
            f"{text!r} has {len(part)} decimals, the asset has {decimals}",
            where=where,
            mend="an amount is exact; write no digit that the asset cannot hold",
        )
    whole = re.sub("[,_]", "", match["whole"])
    amount = int(whole + part[:decimals].ljust(decimals, "0"))
    if amount > MAX_AMOUNT:
        raise InputError(f"{text!r} is more than 256 bits can hold", where=where)
    return amount


def format_units(amount: int, decimals: int, *, separator: str = ",") -> str:
    """Units as exact decimal text with thousands separators: ``173,600.5``; trailing zeros are dropped."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(decimals + 1, "0")
    whole, part = (digits[:-decimals], digits[-decimals:].rstrip("0")) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", separator)
    return f"{sign}{grouped}.{part}" if part else f"{sign}{grouped}"
