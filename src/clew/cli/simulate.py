"""``clew simulate``: a theft with known truth."""

from pathlib import Path

import click


@click.command("simulate")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
def command(seed: int, out: Path) -> None:
    """Write a simulated theft: a case file, recorded replies, and the truth of where every stolen unit is."""
    from clew.simulate import simulate_theft

    simulate_theft(seed, out)
    click.echo(f"Simulated theft: {out / 'case.toml'}, {out / 'replies.jsonl.gz'}, truth in {out / 'truth.json'}")
