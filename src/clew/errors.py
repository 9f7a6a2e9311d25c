"""Every error Clew raises on purpose, named by what the caller should do.

ClewError
├── InputError         mend the input and call again            (exit 2)
├── SourceError        the source failed for good               (exit 1)
│   └── RetryError     the same request may succeed later       (exit 1)
├── RunError           the run cannot give an answer            (exit 1)
└── VerificationError  evidence or result is not what it was    (exit 3)
"""


class ClewError(Exception):
    """What went wrong, where it stands, and how to mend it: three sentences a person can act on."""

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{where}{self.what}{mend}"


class InputError(ClewError):
    """The user's input is wrong: a case, an address, an amount, an option."""

    exit_code = 2


class SourceError(ClewError):
    """A source of raw records failed: wrong chain, pruned, refused, or a reply that is no reply."""


class RetryError(SourceError):
    """A passing fault of a source: rate limit, time-out, broken connection."""

    def __init__(self, what: str, *, where: str = "", mend: str = "", after: float | None = None) -> None:
        super().__init__(what, where=where, mend=mend)
        self.after = after
        """Seconds the source asked to wait, where it said so."""


class RunError(ClewError):
    """The run ended without an answer: a sum that does not close, a full disk, a folder in use."""


class VerificationError(ClewError):
    """A byte of the evidence or of the result differs from what was recorded."""

    exit_code = 3
