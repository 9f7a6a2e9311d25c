"""GraphSense TagPacks: YAML with defaults at the top, and ``tags`` that inherit every field they do not set.

What a TagPack has no field for (whether a trace stops, the asset a freeze speaks of, the transaction, since when and
until when) stands as JSON in the tag's ``context``, which is free to hold what its maker wants.

Format: https://github.com/graphsense/graphsense-tagpack-tool/blob/master/README_tagpacks.md
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import orjson
import yaml

from clew.chains import find_chain
from clew.errors import InputError
from clew.lists.entry import CONFIDENCES, FIELDS, SERVICES
from clew.model import Tag

_DEPTH = 20
"""Deepest nesting read: a pack has three levels, and the composer under PyYAML overflows its stack on hostile ones."""

_NAMES = {"actor": "entity", "network": "chain", "currency": "chain"}
"""TagPack field -> entry field. A pack that names both network and currency means the network."""
_CONTEXT = ("stop", "asset", "tx", "first_seen", "last_seen", "confidence")
"""Entry fields that may stand in a tag's context."""
_NETWORKS = {"bitcoin": "BTC", "ethereum": "ETH", "litecoin": "LTC", "tron": "TRX"}
_LEVELS = {level: name for name, level in reversed(CONFIDENCES.items())}


# PyYAML's own safe loaders guess types (0x... becomes a number) and keep the last of two equal keys without a word.
class _Loader(yaml.CBaseLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key in seen or key == "<<":
                fault = "merge keys are not read" if key == "<<" else f"{key!r} is set twice"
                raise yaml.constructor.ConstructorError(None, None, fault, node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def entries(text: str, *, where: str) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    """Where each tag stands and its fields, defaults filled in; InputError where the text is no TagPack."""
    pack = _load(text, where)
    tags = pack.get("tags") if isinstance(pack, dict) else None
    if not isinstance(tags, list):
        raise InputError("not a TagPack: it has no list named tags", where=where, mend="see docs/tags.md")
    defaults = {name: value for name, value in pack.items() if name != "tags"}
    for number, tag in enumerate(tags, 1):
        place = f"{where}: tags[{number}]"
        yield place, _fields(defaults, tag, place)


def _load(text: str, where: str) -> Any:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                raise InputError(f"nested more than {_DEPTH} deep", where=where, mend="a TagPack has three levels")
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise InputError(f"not YAML: {_reason(error)}", where=where, mend="mend what is named") from error


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}"
    return " ".join(str(error).split())


def _fields(defaults: dict[str, Any], tag: Any, where: str) -> Mapping[str, str] | InputError:
    if not isinstance(tag, dict):
        return InputError("a tag is a mapping of fields", where=where, mend="write it as - address: ...")
    stated = defaults | tag
    fields = {_NAMES.get(name, name): value for name, value in stated.items()}
    if "network" in stated:
        fields["chain"] = stated["network"]
    fields |= _context(stated.get("context"))
    for name in FIELDS:
        if not isinstance(fields.get(name, ""), str):
            return InputError(f"{name} is a list or a mapping", where=where, mend="write one text")
    return {name: value for name, value in fields.items() if name in FIELDS}


def _context(text: Any) -> dict[str, str]:
    """What a context says of the fields a TagPack has none for; a context that is no JSON object says nothing."""
    try:
        said = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: str(said[name]).lower() if name == "stop" else str(said[name]) for name in _CONTEXT if name in said}


def write_pack(tags: Iterable[Tag], *, title: str, creator: str) -> str:
    """The text of a TagPack with these tags, in their order; reading it gives the same tags again."""
    pack = {"title": title, "creator": creator, "tags": [_entry(tag) for tag in tags]}
    return yaml.safe_dump(pack, sort_keys=False, allow_unicode=True, width=10_000)


def _entry(tag: Tag) -> dict[str, str]:
    chain = find_chain(tag.chain)
    level = max(known for known in _LEVELS if known <= max(tag.confidence, min(_LEVELS)))
    context = {
        "stop": None if tag.stop == (tag.category in SERVICES) else tag.stop,
        "asset": tag.asset,
        "tx": tag.tx,
        "first_seen": tag.first_seen,
        "last_seen": tag.last_seen,
        "confidence": None if level == tag.confidence else str(tag.confidence),
    }
    said = {name: value for name, value in context.items() if value not in (None, "")}
    fields = {
        "address": tag.address,
        "currency": chain.native.symbol,
        "network": _NETWORKS.get(chain.name, chain.name),
        "label": tag.label,
        "actor": tag.entity,
        "category": str(tag.category),
        "source": tag.source,
        "confidence": _LEVELS[level],
        "lastmod": tag.lastmod,
        "context": orjson.dumps(said).decode() if said else "",
    }
    return {name: value for name, value in fields.items() if value}
