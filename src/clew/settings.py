"""Frozen settings, read once from the environment and an optional TOML file, and passed down from the command line."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clew.errors import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Clew asks, and with which keys."""

    etherscan_key: str = ""
    """Key of the Etherscan v2 API (one key for all its chains); without one, Blockscout is asked."""
    trongrid_key: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Source address by chain, such as ``{"bitcoin": "esplora:http://127.0.0.1:3000"}``."""
    timeout: float = 30.0
    """Seconds to wait for one reply."""
    requests_per_second: float = 4.0
    """Upper bound for each source."""
    lists_folder: str = ""
    """Where the sanctions lists are kept; by default ``clew/lists`` in the user's data folder (XDG)."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """Address by list, in place of the publisher's, such as a mirror; ``LIST.PART`` for one file of several."""


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``CLEW_CONFIG`` (a TOML file; default ``~/.config/clew.toml``) overlaid by ``CLEW_*`` variables."""
    env = os.environ if environ is None else environ
    stated = env.get("CLEW_CONFIG")
    path = Path(stated) if stated else Path.home() / ".config" / "clew.toml"
    table: dict[str, object] = {}
    if stated or path.is_file():
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(str(error), where=str(path), mend="CLEW_CONFIG names a TOML file") from error
    known = {
        "etherscan_key": str,
        "trongrid_key": str,
        "endpoints": dict,
        "timeout": float,
        "requests_per_second": float,
        "lists_folder": str,
        "lists": dict,
    }
    values: dict[str, object] = {}
    for name, kind in known.items():
        value = env.get(f"CLEW_{name.upper()}", table.get(name)) if kind is not dict else table.get(name)
        if value is None:
            continue
        try:
            values[name] = kind(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name} = {value!r} is not a {kind.__name__}", where=str(path)) from error
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise InputError(f"unknown setting {unknown[0]!r}", where=str(path), mend=f"known: {', '.join(known)}")
    data = env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    values.setdefault("lists_folder", str(Path(data) / "clew" / "lists"))
    return Settings(**values)  # type: ignore[arg-type]
