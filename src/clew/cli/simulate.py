"""``clew simulate``: thefts, worlds and ledgers with known truth."""

import json
from pathlib import Path

import click


@click.command("simulate")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option("--preset", metavar="NAME", help="A whole world in place of one theft: a preset's name, or a TOML file.")
@click.option(
    "--scale",
    type=click.FloatRange(0.001, 100),
    help="With --preset: how many people and events, in multiples of the preset's own.",
)
@click.option("--ledger", is_flag=True, help="A bare ledger in Parquet in place of a theft.")
@click.option("--transfers", type=click.IntRange(1), metavar="N", help="With --ledger: its length.")
def command(seed: int, out: Path, preset: str | None, scale: float | None, ledger: bool, transfers: int | None) -> None:
    """Write a simulated theft, world or ledger, and the truth of where every stolen unit is (docs/simulation.md)."""
    if (ledger and preset) or (scale is not None and preset is None) or (transfers is None) == ledger:
        raise click.UsageError("give --preset with or without --scale, or --ledger with --transfers, or none of them")
    if ledger and transfers is not None:
        from clew.cli.progress import showing
        from clew.simulate.ledger import simulate_ledger

        with showing(quiet=False) as tell:
            facts = simulate_ledger(
                seed, transfers, out, progress=lambda done, of: tell(f"{done:,} of {of:,} transfers")
            )
        click.echo(json.dumps(facts, indent=1))
    elif preset is not None:
        from clew.simulate.world import simulate_world

        simulate_world(preset, seed, out, scale=round(1000 * scale) if scale is not None else 1000)
        click.echo(f"Simulated world: {out / 'case.toml'}, {out / 'evidence'}, truth in {out / 'truth.json'}")
    else:
        from clew.simulate import simulate_theft

        simulate_theft(seed, out)
        click.echo(f"Simulated theft: {out / 'case.toml'}, {out / 'replies.jsonl.gz'}, truth in {out / 'truth.json'}")
