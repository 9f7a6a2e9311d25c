"""What Clew asks of a disk beyond reading and writing: a file's lock, and that new names stay."""

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file until it is closed; OSError at once where another has it."""
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def sync_folder(folder: Path) -> None:
        """Nothing: this system keeps names by itself."""
else:
    import fcntl

    def lock_file(descriptor: int) -> None:
        """Take the lock of an open file until it is closed, or its process is gone; OSError where another has it."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def sync_folder(folder: Path) -> None:
        """Return when the names of a folder's files are on the disk."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
