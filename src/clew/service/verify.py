"""Replay a traced case from its evidence and compare: whoever has the folder can check every byte of the answer."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from clew import __version__
from clew.errors import InputError, VerificationError
from clew.service.outputs import OUTPUTS, RESULT
from clew.service.result import SCHEMA, digest
from clew.service.trace import EVIDENCE, INPUTS, LISTS, TraceRequest, trace_case
from clew.sources.archive import Archive

Progress = Callable[[str], None]


def verify_case(folder: Path, progress: Progress = lambda _line: None) -> dict[str, Any]:
    """The result of a case folder, if its evidence is whole and a replay reaches the same bytes.

    VerificationError names every file, reply or figure that differs; InputError where the folder is no traced case.
    """
    result = _read_result(folder)
    progress("checking the evidence")
    faults = Archive(folder / EVIDENCE, read_only=True).verify()
    if result.get("result_sha256") == digest(result):
        faults += _missing_evidence(folder, result)
    else:  # then nothing that it says can be relied on, not even its form
        faults.append(f"{RESULT}: its text does not give its own result_sha256")
    if faults:
        raise VerificationError("\n".join(faults), where=str(folder))
    with tempfile.TemporaryDirectory(prefix="clew-verify-") as scratch:
        progress("replaying the case from its evidence")
        trace_case(_replay(folder, result, Path(scratch)), progress)
        faults = _differences(folder, Path(scratch), result)
    if faults:
        raise VerificationError("\n".join(faults), where=str(folder), mend=_version_note(result))
    return result


def _read_result(folder: Path) -> dict[str, Any]:
    path = folder / RESULT
    try:
        result = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError("no traced case is here", where=str(path), mend="name the folder given to --out") from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise VerificationError(f"not readable: {error}", where=str(path)) from error
    if not isinstance(result, dict) or result.get("schema") != SCHEMA:
        raise InputError(f"not a {SCHEMA}", where=str(path), mend="verify it with the version that made it")
    return result


def _missing_evidence(folder: Path, result: dict[str, Any]) -> list[str]:
    """Replies the result cites that the evidence does not hold, word for word."""
    held = {
        (hashlib.sha256(reply.body).hexdigest(), reply.format, reply.chain, reply.fetched)
        for reply in _readable(folder)
    }
    cited = [(row["sha256"], row["format"], row["chain"], row["fetched"]) for row in result.get("evidence", [])]
    return [
        f"{EVIDENCE}: the result cites a reply {sha256} ({form} of {chain}, fetched {fetched}) that is not in it"
        for sha256, form, chain, fetched in cited
        if (sha256, form, chain, fetched) not in held
    ]


def _readable(folder: Path) -> list[Any]:
    try:
        return list(Archive(folder / EVIDENCE, read_only=True))
    except VerificationError:
        return []  # a body that cannot be read is named by Archive.verify


def _replay(folder: Path, result: dict[str, Any], out: Path) -> TraceRequest:
    bounds = result["bounds"]
    inputs = folder / INPUTS
    return TraceRequest(
        case=str(inputs / "case.toml"),
        out=out,
        policy="all" if len(result["policies"]) > 1 else result["policy"],
        recorded=folder / EVIDENCE,
        offline=True,
        tags=tuple(inputs / "tags" / name for name in result["tag_files"]),
        max_addresses=bounds["max_addresses"],
        min_amount=tuple(result["min_amount"]),
        max_hops=bounds["max_hops"],
        until=bounds["until"],
        max_transfers=bounds["max_transfers"],
        through_suspected_services=bounds["through_suspected_services"],
        through_exchanger=tuple(bounds["through_exchangers"]),
        through_mixes=bounds.get("through_mixes", False),
        tag_names=tuple(result["tag_files"]),
        pool_events=tuple(inputs / "pool-events" / name for name in result["pool_event_files"]),
        pool_event_names=tuple(result["pool_event_files"]),
        lists=inputs / LISTS if (inputs / LISTS).is_file() else None,
    )


def _differences(folder: Path, replay: Path, result: dict[str, Any]) -> list[str]:
    """Outputs whose bytes differ, and of the result the figures that do."""
    faults = []
    for name in OUTPUTS:
        path = folder / name
        if not path.is_file():
            faults.append(f"{name}: is missing")
        elif path.read_bytes() != (replay / name).read_bytes():
            faults.append(f"{name}: differs from what the evidence gives")
    again = orjson.loads((replay / RESULT).read_bytes())
    faults += [f"{RESULT}: {key} differs" for key in sorted(result) if again.get(key) != result[key]]
    return faults


def _version_note(result: dict[str, Any]) -> str:
    made_by = result.get("engine")
    return "" if made_by == __version__ else f"it was made by Clew {made_by}, this is {__version__}"
