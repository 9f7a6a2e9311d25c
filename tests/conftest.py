"""Fixtures every test may use: where the shared test data lies, and what a missing test peer means."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# No test fails for being slow: how busy the machine is says nothing of the code. Where CI decides, the same examples
# are tried each time, so that it is the change that passes or fails; everywhere else new ones are looked for. CI tells
# of a failure at once: to look for its smallest example may take five minutes a test, and is for whoever mends it.
CI = os.environ.get("CI") == "true"
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
_PROMPT = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
settings.register_profile("prompt", settings.get_profile("untimed"), derandomize=True, phases=_PROMPT)
settings.load_profile("prompt" if CI else "untimed")

# Commands run in processes of their own by the dozen: where Python is told to keep no byte code, each would compile
# every module it imports anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Where workers share a run, each first compiles its share of the kernels that all of them will call."""
    told = getattr(session.config, "workerinput", None)
    if told is None:
        return
    from numba.core.errors import NumbaError
    from tests.compiling import compile_share

    with suppress(NumbaError):  # the tests of a kernel that does not compile say so
        collected = {item.nodeid.partition("::")[0] for item in session.items}
        compile_share(int(told["workerid"].removeprefix("gw")), told["workercount"], collected)


def absent(what: str) -> None:
    """Skip the test, or fail it where CI says that everything must be there."""
    if CI:
        pytest.fail(f"{what} (and CI=true, where nothing may be missing)")
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def _no_way_given() -> Iterator[None]:
    """Commands that run in this process shall not slow down all that follows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clew.cli.background.give_way", lambda: None)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The path of a file or folder of the shared test data; skips, saying why, where it is absent."""
    root = Path(os.environ.get("CLEW_TEST_DATA", _BESIDE))

    def find(name: str) -> Path:
        path = root / name
        if not path.exists():
            pytest.skip(f"test data {name!r} is not at {root} (CLEW_TEST_DATA names the folder)")
        return path

    return find
