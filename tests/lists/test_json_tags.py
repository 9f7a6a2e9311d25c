"""JSON files of tags: label dumps and answers with events, told apart by their shape."""

import json

import pytest

from clew.errors import InputError
from clew.lists.json_tags import entries

ADDRESS = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
EXECUTION = "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e"


def test_a_label_dump_and_an_answer_with_events() -> None:
    dump = json.dumps({ADDRESS: {"name": "Huobi 1", "labels": ["huobi"]}})
    ((_, fields),) = entries(dump, where="labels.json")
    assert not isinstance(fields, InputError)
    assert fields["category"] == "exchange"
    event = {"address": ADDRESS, "topics": [EXECUTION], "data": "0x", "transactionHash": "0x1", "blockNumber": "0x1"}
    ((_, fields),) = entries(json.dumps({"result": [event]}), where="logs.json")
    assert not isinstance(fields, InputError)
    assert fields["category"] == "wallet"


@pytest.mark.parametrize("text", ["", "{", "3", "{}", '{"result": 3}'])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        list(entries(text, where="x.json"))
