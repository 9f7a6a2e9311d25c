"""Cases: what was stolen and what the investigator asserts, from a file or from the incidents that ship with Clew."""

from difflib import get_close_matches
from pathlib import Path

from clew.cases.case_file import CASE_KEYS, open_table, parse_case, raise_faults
from clew.cases.incidents import FOLDER, OWN_KEYS, Incident, read_incident
from clew.errors import InputError
from clew.model import Case

__all__ = ["Incident", "case_path", "list_incidents", "read_case"]


def read_case(name: str | Path) -> Case:
    """The case of a TOML file, or of the id of an incident that ships with Clew.

    A name with a path separator or the ending ``.toml``, and any file that exists, is a file; a file that states what
    only incidents state (a victim, a loss) is read as an incident. InputError tells all
    faults of a file, one a line; for an incident that cannot be traced, why; for an unknown id, the nearest ones.
    """
    return _read_file(Path(name)) if _is_file(name) else _read_incident(str(name))


def case_path(name: str | Path) -> Path:
    """Where the text of a case that `read_case` accepts lies."""
    return Path(name) if _is_file(name) else FOLDER / f"{name}.toml"


def _is_file(name: str | Path) -> bool:
    path = Path(name)
    return isinstance(name, Path) or path.suffix == ".toml" or path.name != str(name) or path.is_file()


def list_incidents() -> list[Incident]:
    """The incidents that ship with Clew, oldest first."""
    return sorted(map(read_incident, FOLDER.glob("*.toml")), key=lambda incident: (incident.date, incident.id))


def _read_file(path: Path) -> Case:
    top = open_table(path)
    if OWN_KEYS & set(top.values):
        return _traceable(read_incident(path), str(path))
    top.check_keys(CASE_KEYS)
    case = parse_case(top)
    if top.values.get("theft", []) == []:
        top.fault(
            InputError("no theft is stated", where=top.place("theft"), mend="add a [[theft]]: docs/case-files.md")
        )
    raise_faults(top)
    return case


def _read_incident(name: str) -> Case:
    path = FOLDER / f"{name}.toml"
    known = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        mend = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}."
        raise InputError(f"no incident has the id {name!r}", where="case", mend=f"{mend} A case file ends in .toml")
    return _traceable(read_incident(path), name)


def _traceable(incident: Incident, where: str) -> Case:
    if incident.case is None:
        raise InputError(
            f"{incident.title} cannot be traced as it ships: {incident.note}",
            where=where,
            mend="copy what is known into a case file of your own and add a [[theft]]: docs/case-files.md",
        )
    return incident.case
