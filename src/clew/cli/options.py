"""Options that several commands have alike."""

from pathlib import Path

import click

RECORDED = click.option(
    "--recorded", type=click.Path(exists=True, path_type=Path), help="Recorded replies (file or folder) instead."
)
TAGS = click.option(
    "--tags",
    "tags",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Known addresses, a TagPack or CSV file. May be given several times.",
)
