"""A small list made by hand: parties and wallets as a reader gives them."""

from clew.chains.forms import recognise
from clew.lists.listed import Lists
from clew.lists.parties import ListedParty, PartyKind, PartyName, Wallet
from clew.model import Category, Tag
from clew.screening.addresses import AddressIndex

VERSION = ("test-list", "a1b2", "2026-01-01")
LISTED_EVM = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
LISTED_P2PKH = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SAME_KEY = "bc1qvt5s0v2uhuna2sjnn84ldu8m2r4m3rcc4048ry"
"""The segwit address of the hash that LISTED_P2PKH commits to."""
MIXER = "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b"
PARTY = ListedParty(
    "test-list",
    "17",
    PartyKind.PERSON,
    (PartyName("DOE, John"), PartyName("Johnny")),
    programmes=("DPRK3",),
    listed="2022-04-14",
)


def wallet(address: str, claim: str = "XBT") -> Wallet:
    """A listed wallet as the readers give it."""
    form = recognise(address)
    return Wallet("test-list", form.address, form.name, form.chains, form.verdict, form.key, (claim,), ("17",), address)


def tag(address: str, category: Category, chain: str = "eip155:1") -> Tag:
    """Somebody's statement."""
    return Tag(chain, address, f"Some {category}", "Some", category, "https://example.org", 90, "2026-01-02")


def small_index() -> AddressIndex:
    """Two listed wallets of one party, and a tagged mixer."""
    listed = (wallet(LISTED_EVM, "ETH"), wallet(LISTED_P2PKH))
    return AddressIndex.build(lists_of(listed), [tag(MIXER, Category.MIXER)])


def lists_of(wallets: tuple[Wallet, ...], version: tuple[str, str, str] = VERSION) -> Lists:
    """One list of one version."""
    return Lists((version,), (), lambda: (PARTY,), lambda: wallets)
