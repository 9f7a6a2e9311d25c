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
RECORDS = click.option(
    "--records", default="sqlite:///clew-records.db", show_default=True, help="Database URL of the records."
)
STORE = click.option("--store", type=click.Path(file_okay=False, path_type=Path), help="Folder of the lists.")
POLICY = click.option(
    "--policy", type=click.Path(exists=True, path_type=Path), help="Rules, in place of those that ship."
)
LEDGER = click.option(
    "--ledger", type=click.Path(exists=True, path_type=Path), help="A traced case, to compute exposure from."
)
CLUSTERS = click.option(
    "--clusters", is_flag=True, help="With --ledger: take addresses that clustering joins there for one holder."
)
