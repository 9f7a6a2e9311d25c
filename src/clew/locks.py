"""The lock on a file by which one process at a time writes a folder; the system frees that of one that is killed."""

import sys

if sys.platform == "win32":
    import msvcrt

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file until it is closed; OSError at once where another has it."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file until it is closed; OSError at once where another has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
