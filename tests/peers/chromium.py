"""A real browser for tests: Chromium without a window, which may reach nothing but 127.0.0.1."""

import shutil
import subprocess
import tempfile
from pathlib import Path

_QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
)


def find_chromium() -> Path | None:
    """The browser's program, of the Debian package chromium or of Google."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return Path(found) if found else None


def show(program: Path, url: str, *options: str) -> str:
    """The page as the browser holds it once loaded, as HTML (``--dump-dom``)."""
    flags = [f"--{flag.strip()}" for flag in _QUIET.split("--") if flag.strip()]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(program), *flags, f"--user-data-dir={profile}", "--window-size=1200,900", *options]
        done = subprocess.run(
            [*command, "--dump-dom", url], capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
        )
    return done.stdout
