"""Why what anybody may have written into a block was not understood: a stable code and the words for a person."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The kinds of refusal."""

    EMPTY = "empty"
    NOT_TEXT = "not-text"
    """The bytes are not UTF-8."""
    TOO_LONG = "too-long"
    UNKNOWN_FUNCTION = "unknown-function"
    """A memo's function, a call's selector or an event's topic is none of the protocol's."""
    MISSING_FIELD = "missing-field"
    BAD_ASSET = "bad-asset"
    BAD_ADDRESS = "bad-address"
    UNKNOWN_NAME = "unknown-name"
    """A THORName that the given names do not hold."""
    BAD_NUMBER = "bad-number"
    FEE_TOO_HIGH = "fee-too-high"
    BAD_TXID = "bad-txid"
    TRUNCATED = "truncated"
    """The data end before what they announce."""
    BAD_OFFSET = "bad-offset"
    """An offset points outside of the data, or into nonsense."""
    NO_MEMO = "no-memo"


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be read, and why: never an error, for anybody may write anything into a block."""

    fault: Fault
    detail: str


class RefusedError(Exception):
    """Carries a refusal out of the depth of a reader; each public function turns it into its `Refused`."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.refused = Refused(fault, detail)
