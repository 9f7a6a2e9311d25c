"""XML lists, record by record: local names alone, nothing of a DTD, and what the reader does not know is counted.

A list needs no DTD, so a file with one is refused before its root is read: without it there are no entities to expand
and nothing outside the file to fetch.
"""

import io
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.parsers import expat

from clew.errors import InputError

_DEPTH = 40
"""Deepest nesting read; the deepest list has 12 levels."""
_MEND = "the release is broken: get it again; the last good one stays in force"


class _RootSeenError(Exception):
    """The prolog is over."""


def _check_prolog(data: bytes, where: str) -> None:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InputError("it has a DTD, which no list needs", where=where, mend="get the list from its publisher")

    def root(*_: object) -> None:
        raise _RootSeenError

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = root
    try:
        parser.Parse(data, True)
    except _RootSeenError:
        return
    except (expat.ExpatError, ValueError) as error:
        raise InputError(f"not XML: {error}", where=where, mend=_MEND) from error


def local(name: str) -> str:
    """A tag or attribute without its namespace."""
    return name.rpartition("}")[2]


class Records:
    """The records of one XML file.

    Iterating gives every element of one of the names in `records`, whole, with local names, and frees it afterwards.
    `attributes` are those of the root; `unknown` names the elements that are not in `known`. Inside a `free` element
    anything may stand.
    """

    def __init__(
        self,
        data: bytes,
        *,
        root: str,
        records: frozenset[str],
        known: frozenset[str],
        where: str,
        free: frozenset[str] = frozenset(),
    ) -> None:
        _check_prolog(data, where)
        self._data = data
        self._root = root
        self._records = records
        self._known = known | records | free | {root}
        self._free = free
        self._where = where
        self._open = 0
        self._names: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.unknown: set[str] = set()

    def __iter__(self) -> Iterator[ET.Element]:
        """InputError where the file is another document, breaks off, or is nested too deep."""
        path: list[ET.Element] = []
        record: ET.Element | None = None
        try:
            for event, element in ET.iterparse(io.BytesIO(self._data), events=("start", "end")):  # noqa: S314
                if event == "start":
                    self._start(element, path)
                    path.append(element)
                    if record is None and element.tag in self._records:
                        record = element
                    continue
                path.pop()
                self._open -= element.tag in self._free
                done = record is element
                if done:
                    record = None
                    yield element
                if record is None and path:
                    path[-1].clear()
        except (ET.ParseError, ValueError) as error:
            raise InputError(f"not whole XML: {error}", where=self._where, mend=_MEND) from error

    def _start(self, element: ET.Element, path: list[ET.Element]) -> None:
        element.tag = self._names.get(element.tag) or self._names.setdefault(element.tag, local(element.tag))
        self._open += element.tag in self._free
        if len(path) >= _DEPTH:
            raise InputError(f"nested more than {_DEPTH} deep", where=self._where, mend=_MEND)
        if not path:
            self.attributes = {local(name): value for name, value in element.attrib.items()}
            if element.tag != self._root:
                raise InputError(
                    f"its root is <{element.tag}>, not <{self._root}>",
                    where=self._where,
                    mend="give the file of this list",
                )
        if not self._open and element.tag not in self._known:
            self.unknown.add(element.tag)


def text_of(element: ET.Element, path: str) -> str:
    """The text at a path, with single spaces; empty where there is none."""
    return " ".join((element.findtext(path) or "").split())


def texts_of(element: ET.Element, path: str) -> list[str]:
    """The texts of all elements at a path that have one."""
    return [text for found in element.iterfind(path) if (text := " ".join((found.text or "").split()))]
