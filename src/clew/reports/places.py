"""Which account of the traced transfers a disposition stands in.

On an account chain it is the disposition's address. On a UTXO chain the address owns an output, and the transfers
name the output: it is found by its transaction and its amounts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from clew.reports.accounts import Row


def locate(entries: Sequence[Row], rows: Iterable[Row]) -> list[str]:
    """For each disposition the receiver it stands in; its own address where the transfers do not tell."""
    receivers: set[tuple[str, str]] = set()
    outputs: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for row in rows:
        receivers.add((row["chain"], row["receiver"]))
        if row["kind"] == "output":
            outputs[row["chain"], row["theft"], row["tx"], row["tainted"], row["origin_amount"]].append(row["receiver"])
    found = []
    for entry in entries:
        address = entry.get("address") or ""
        key = entry["chain"], entry["theft"], entry.get("last_tx"), entry.get("amount"), entry.get("origin_amount")
        known = (entry["chain"], address) in receivers
        found.append(address if known or not outputs.get(key) else outputs[key].pop(0))
    return found
