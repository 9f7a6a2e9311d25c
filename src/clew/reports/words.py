"""What the codes of a result mean, in plain words: policies, grades, dispositions, limitations, noise."""

GRADES: dict[str, str] = {
    "observed": "The link is in a block of the chain.",
    "decoded": "The link follows from a protocol's own rule: a memo, an event, an order number.",
    "inferred": "The link is a heuristic's conclusion, with its probability.",
    "asserted": "The investigator states the link; no reply in the evidence shows it.",
    "expected": "A share, by probability, of what entered a mixer: right on the average; no single place is proven.",
}
"""Evidence grade -> meaning, strongest first. A path is as strong as its weakest link."""

KINDS: dict[str, tuple[str, str]] = {
    "held": ("Held", "is held at"),
    "service": ("Service", "reached"),
    "suspected-service": ("Suspected service", "reached accounts that behave like a service:"),
    "frozen": ("Frozen", "is frozen at"),
    "burned": ("Destroyed", "was destroyed at"),
    "fee": ("Network fees", "was paid in network fees"),
    "contract": ("Contract, not decoded", "stands in contracts that are not decoded, at"),
    "not-followed": ("Not followed further", "was not followed beyond"),
    "unavailable": ("History not available", "reached addresses whose history could not be had:"),
}
"""Disposition kind -> its title, and the verb of the headline."""

MEANINGS: dict[str, str] = {
    "held": "The coins had not left the address at the time of the last reply.",
    "service": "The walk stops at a service, because it mixes the coins of all its customers.",
    "suspected-service": "The walk stops: by what it did before, the account is a service's, though no tag names it.",
    "frozen": "The issuer or a court order holds the coins where they are.",
    "burned": "The coins went where nobody can spend them.",
    "fee": "The coins paid for the transactions that moved the rest.",
    "contract": "The coins went into a contract whose rules are not decoded here.",
    "not-followed": "A bound of this run stopped the walk here; the coins may have moved on.",
    "unavailable": "No source gave the history of the address; the coins may have moved on.",
}

LIMITATIONS: dict[str, str] = {
    "truncated-history": "The history of an address is known to be cut: older or newer transfers may be missing.",
    "unavailable-history": "The history of an address could not be had.",
    "unobserved-inflow": "An address paid out more than it was seen to receive; the difference counts as clean coins.",
    "theft-not-shown": "No reply shows the theft's own transfer; it is taken from the case file.",
    "bridge-not-crossed": "What a payment into a bridge became is not known: its units stay at the bridge.",
    "swap-several-given": "A swap gave several assets: what was given for what cannot be told.",
    "swap-several-got": "A swap brought several assets: what was given for what cannot be told.",
    "swap-passed-on": "Some of what a swap brought left again in the same transaction: it cannot be paired.",
    "swap-fake-token": "A swap brought a token that imitates a known one: it is not followed.",
    "conversion-not-applied": "A stated conversion could not be applied: no history that was read shows it.",
    "no-native-transfers": "The replies do not show plain payments of some accounts that were followed.",
    "no-internal-transfers": "The replies do not show payments made inside transactions.",
    "no-token-transfers": "The replies do not show token transfers of some accounts that were followed.",
    "no-fee-transfers": "The replies do not show what some transactions cost.",
    "freeze-status-unknown": "Whether the issuer of a token has frozen a balance of it could not be asked.",
    "expected-value": "What entered a mixer was shared over what may be its: no single one of these is proven.",
    "common-cash-out": "Candidates behind a mixer went on into a deposit address that the theft reached otherwise.",
    "cash-out-not-read": "Not all who pay into a deposit address that the theft reached were looked at.",
    "mix-not-shared": "What entered a mixer's pool could not be shared over its withdrawals, and stays there.",
    "pool-events-missing": "Of notes paid into a mixer's pool, the pool's own events are not at hand, or not all.",
    "unseen-l1-fee": "The replies do not show the fee that a second-layer chain pays to the first.",
    "unknown-position": "The place of a transaction within its block is not known.",
    "unknown-decimals": "A token's replies do not say how many decimals it has; its amounts are in base units.",
    "amountless-token": "A token moved items without an amount; they are not followed.",
    "missing-prevout": "The output that a transaction spends is not in the replies.",
    "mweb-not-read": "Part of a block hides its amounts (MimbleWimble) and is not read.",
    "unconfirmed": "A transaction is not in a block yet and was left out.",
}
"""Limitation code -> what it means; a code that is not here is shown by its own words."""

NOISE: dict[str, str] = {
    "zero-value": "transfer of nothing",
    "look-alike": "address made to look like a real counterparty",
    "fake-token": "token that imitates another",
    "dust": "worthless amount",
}

SINKS: dict[str, str] = {
    "@fee": "network fee",
    "@burnt-fee": "burnt fee",
    "@subsidy": "newly made coins",
    "@unspendable": "unspendable output",
}
"""Account of the ledger that is nobody's -> what it is."""

MADE: dict[str, str] = {
    "@outside": "outside of what is traced",
    "@conversion": "conversion",
    "@wrap": "wrapping contract",
    "@mix": "mixer",
}
"""Beginning of an account that the trace makes up, before its colon -> what it is."""


def describe_limitation(code: str) -> str:
    """A limitation code in a sentence; unknown codes in their own words."""
    words = code.replace("-", " ")
    return LIMITATIONS.get(code, f"{words[:1].upper()}{words[1:]}.")
