"""How much memory a run needs, and whether the machine has it: said before the run starts, not when it dies."""

from clew.errors import RunError
from clew.memory import available_memory


def check_memory(needed: int, what: str) -> None:
    """RunError where a run needs more bytes than the machine has to give."""
    available = available_memory()
    if available is not None and needed > available:
        raise RunError(
            f"it needs {needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are free",
            where=what,
            mend="close other programs, or run it on a larger machine",
        )
