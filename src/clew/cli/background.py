"""Work that shall not hold up a service on the same machine."""

import os


def give_way(steps: int = 19) -> None:
    """Take the processor after everybody else, as far as the system knows of such a thing; 19 is the last place."""
    if hasattr(os, "nice"):
        os.nice(steps)
