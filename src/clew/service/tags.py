"""Tags: check files of them, show what is said of an address, write a TagPack: what ``clew tags`` calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clew.attribution import Attribution, bundled_tags
from clew.chains import CHAINS, find_chain, parse_address
from clew.chains.forms import recognise
from clew.errors import InputError, RunError
from clew.lists import read_tags
from clew.lists.tagpack import write_pack
from clew.model import Tag

Json = dict[str, Any]


def check_tags(paths: Sequence[Path]) -> list[Json]:
    """Of each file: how many tags, of which chains and categories, every wrong entry, and conflicts among them."""
    rows = []
    for path in paths:
        tags, errors = read_tags(path, strict=False)
        attribution = Attribution(tags)
        accounts = {(tag.chain, tag.address) for tag in tags}
        rows.append(
            {
                "file": str(path),
                "tags": len(tags),
                "addresses": len(accounts),
                "chains": dict(Counter(find_chain(tag.chain).name for tag in tags).most_common()),
                "categories": dict(Counter(str(tag.category) for tag in tags).most_common()),
                "without_date": sum(not tag.lastmod for tag in tags),
                "conflicts": sum(bool(attribution.conflicts(*account)) for account in accounts),
                "errors": [str(error) for error in errors],
            }
        )
    return rows


def show_tags(address: str, paths: Sequence[Path] = (), *, as_of: str = "", chain: str = "") -> list[Json]:
    """What is said of an address on each chain it can stand on: tags, strongest first, and where they disagree."""
    tags = bundled_tags() + [tag for path in paths for tag in read_tags(path, strict=False)[0]]
    attribution = Attribution(tags)
    attribution = attribution.as_of(as_of) if as_of else attribution
    rows = []
    for chain_id, canonical in _accounts(address, chain):
        stated = attribution.tags_of(chain_id, canonical)
        if stated:
            rows.append(
                {
                    "chain": chain_id,
                    "address": canonical,
                    "label": attribution.label_of(chain_id, canonical),
                    "stops": attribution.stop_at(chain_id, canonical) is not None,
                    "tags": [asdict(tag) for tag in stated],
                    "conflicts": [
                        asdict(conflict) | {"open": conflict.open}
                        for conflict in attribution.conflicts(chain_id, canonical)
                    ],
                }
            )
    return rows


def _accounts(text: str, chain: str) -> list[tuple[str, str]]:
    if chain:
        address = parse_address(text, find_chain(chain))
        return [(address.chain, address.value)]
    form = recognise(text)
    found = [(one.id, form.address) for one in CHAINS if form.acts_on(one.id)]
    if not found:
        raise InputError(f"{text!r} is an address of no chain that Clew follows", mend="check it, or name its --chain")
    return found


def write_tags(paths: Sequence[Path], out: Path, *, title: str, creator: str) -> int:
    """Write the tags of files as one TagPack, each once; gives their number. A wrong entry is an error."""
    tags: dict[Tag, None] = {tag: None for path in paths for tag in read_tags(path)}
    if out.suffix.lower() not in (".yaml", ".yml"):
        raise InputError("a TagPack ends in .yaml", where=str(out), mend=f"write {out.with_suffix('.yaml').name}")
    try:
        out.write_text(write_pack(tags, title=title, creator=creator), encoding="utf-8")
    except OSError as error:
        raise RunError(f"cannot write: {error.strerror or error}", where=str(out), mend="name another file") from error
    return len(tags)
