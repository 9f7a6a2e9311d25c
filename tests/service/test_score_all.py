"""All scores at once, on one small world in place of the fixed list: the page is written, a fall is an error."""

from pathlib import Path

import pytest

from clew.errors import InputError, RunError
from clew.scores import page
from clew.service import score_all as module
from clew.service.score_all import score_all
from clew.service.score_sets import LabelledSet, missing
from clew.tracing.policies import Policy


@pytest.fixture(autouse=True)
def one_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORLDS", (("structuring", 9, 100, (300,), (Policy.FIFO,)),))
    sets = (
        LabelledSet("a matcher", (), lambda _data, _scratch: {"f1": 1.0}),
        LabelledSet("a labelled set", ("labels.csv",), lambda data, _scratch: {"size": len(list(data.iterdir()))}),
    )
    monkeypatch.setattr(module, "SETS", sets)


def test_the_page_is_written_and_repeats(tmp_path: Path) -> None:
    for name in ("one.md", "two.md"):
        score_all(None, tmp_path / name)
    text = (tmp_path / "one.md").read_text()
    assert "## World structuring 9" in text
    assert "At most 300 accounts" in text
    assert "| fifo |" in text
    assert "| a matcher | f1 1.0 |" in text
    assert "| clustering, world structuring 9 |" in text
    assert "| exposure, world structuring 9 |" in text
    assert "- a labelled set: no folder of labelled data was given." in text
    assert "- Harmony 2023: no folder of labelled data was given." in text
    assert text == (tmp_path / "two.md").read_text()


def test_a_score_that_fell_is_an_error_and_the_page_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    least = tmp_path / "least.toml"
    least.write_text('[least]\n"structuring 9/fifo/300/exchanges/value/recall" = 1.1\n')
    monkeypatch.setattr(module, "shortfalls", lambda figures: page.shortfalls(figures, least))
    with pytest.raises(RunError, match="a score fell: structuring 9/fifo"):
        score_all(None, tmp_path / "page.md")
    assert (tmp_path / "page.md").is_file()


def test_a_page_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        score_all(None, tmp_path)


def test_what_the_data_lack_is_named_and_what_is_simulated_needs_none(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    assert missing((), None) == ""
    assert missing(("there",), tmp_path) == ""
    assert missing(("there", "a/b.csv", "c"), tmp_path) == "the folder of labelled data has no a/b.csv and no c"
    assert missing(("there",), None) == "no folder of labelled data was given"
