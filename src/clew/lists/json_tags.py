"""Tags in a JSON file: an explorer's label dump, or an answer with events, told apart by their shape."""

from collections.abc import Iterator, Mapping

import orjson

from clew.errors import InputError
from clew.lists import event_logs, explorer_labels


def entries(text: str, *, where: str, until: int | None = None) -> Iterator[tuple[str, Mapping[str, str] | InputError]]:
    """Where each tag comes from and its fields; InputError where the text is neither.

    Events count as of `until` (seconds since 1970; None: now); a label dump has no times.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"not JSON: {error}", where=where, mend="give a label dump or an answer with events"
        ) from error
    if explorer_labels.is_label_dump(value):
        yield from explorer_labels.rows(value, where=where)
    else:
        yield from event_logs.entries(text, where=where, until=until)
