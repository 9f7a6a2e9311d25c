"""Work that shall not hold up a service on the same machine."""

import os


def give_way() -> None:
    """Take the processor only while nobody else wants it, as far as the system knows of such a thing."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19)
