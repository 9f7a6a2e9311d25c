"""What somebody typed for an address, made readable: nothing is guessed, and whatever was changed is said."""

import unicodedata
from typing import NamedTuple

from clew.chains import find_chain
from clew.chains.forms import Form, Verdict, recognise
from clew.errors import InputError

LONGEST = 256
"""Characters of a text that is still looked at; no address is longer."""


class Subject(NamedTuple):
    """An address to screen."""

    text: str
    """As it was given."""
    form: Form
    chain: str
    """CAIP-2 id, or a plain name, of the chain that was stated; empty where none was."""
    flaws: tuple[tuple[str, str], ...] = ()
    """(code, words): ``no-address``, ``broken-checksum``, ``wrong-checksum``, ``cleaned``, ``foreign-letters``,
    ``wrong-network``."""

    @property
    def unreadable(self) -> str:
        """Why it is no address that can be looked up, in words; empty where it is one."""
        return next((words for code, words in self.flaws if code in ("no-address", "broken-checksum")), "")


def read_subject(text: str, chain: str = "") -> Subject:
    """The address in a text: bare, as CAIP-10 (``eip155:1:0x…``), or as a payment link (``bitcoin:…?amount=1``)."""
    flaws: list[tuple[str, str]] = []
    if len(text) > LONGEST:
        words = f"it has {len(text):,} characters; no address has more than {LONGEST}"
        return Subject(text, Form("", text[:LONGEST], (), Verdict.UNKNOWN), chain, (("no-address", words),))
    bare = _cleaned(text.strip(), flaws)
    form = recognise(bare)
    if form.verdict is Verdict.UNKNOWN and ":" in bare:
        prefix, _, rest = bare.partition("?")[0].rpartition(":")
        form = recognise(rest.partition("@")[0].removeprefix("//"))
        chain = chain or _chain(prefix)
    elif chain:
        chain = _chain(chain)
    if form.verdict is Verdict.UNKNOWN:
        flaws.append(("no-address", _why_unknown(form.address)))
    elif form.verdict is Verdict.WRONG:
        code = "wrong-checksum" if form.name == "evm" else "broken-checksum"
        flaws.append((code, "its checksum is wrong: a character was mistyped, lost, or changed in case"))
    elif chain and not form.acts_on(chain):
        flaws.append(("wrong-network", f"it is not an address of {chain}, but of {', '.join(form.chains)}"))
    return Subject(text, form, chain, tuple(flaws))


def _cleaned(text: str, flaws: list[tuple[str, str]]) -> str:
    """Without blanks and characters that cannot be seen, and with full-width letters made plain."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    seen = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Mn"))
    plain = unicodedata.normalize("NFKC", seen)
    if plain != text:
        hidden = next((c for c in text if c not in plain), text[:1])
        name = unicodedata.name(hidden, f"U+{ord(hidden):04X}")
        flaws.append(("cleaned", f"it held {name}, which is in no address; it was read without"))
    foreign = next((c for c in plain if not c.isascii()), "")
    if foreign:
        name = unicodedata.name(foreign, f"U+{ord(foreign):04X}")
        flaws.append(("foreign-letters", f"it holds {name}, which looks like a letter of an address and is none"))
    return plain


def _chain(name: str) -> str:
    try:
        return find_chain(name).id
    except InputError:
        return name.lower()


def _why_unknown(text: str) -> str:
    if not text:
        return "nothing is left to look at"
    if text[:2].lower() == "0x":
        digits = len(text) - 2
        if digits == 64:
            return "it is a transaction's hash, not an address"
        return f"it has {digits} digits after 0x, an address has 40, or one of them is no hex digit"
    return "it has the form of no address that Clew knows: characters are missing, added or wrong"
