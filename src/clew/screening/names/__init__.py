"""Names against lists: an explainable matcher over an index in memory. What others may use of it.

Method, figures and limits: ``docs/names.md``.
"""

from clew.screening.names.index import NameIndex
from clew.screening.names.listed import named_parties
from clew.screening.names.records import (
    Comparison,
    Coverage,
    Feature,
    Kind,
    NamedParty,
    NameMatch,
    NameQuery,
    PartyName,
    Quality,
)
from clew.screening.names.scorecards import threshold
from clew.screening.names.scorer import compare, compare_names
from clew.screening.names.screen import screen_name

__all__ = [
    "Comparison",
    "Coverage",
    "Feature",
    "Kind",
    "NameIndex",
    "NameMatch",
    "NameQuery",
    "NamedParty",
    "PartyName",
    "Quality",
    "compare",
    "compare_names",
    "named_parties",
    "screen_name",
    "threshold",
]
