"""``clew score``: how often Clew is right, measured on labelled files; one sub-command for each kind of answer."""

import json
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("score")
def command() -> None:
    """Measure how often Clew is right, on labelled files; prints JSON."""


@command.command("coinjoin")
@click.option("--transactions", required=True, type=_FILE, help="Transactions: JSON lines or ::: text, gzip or not.")
@click.option("--labels", required=True, type=_FILE, help="CSV with the columns txid and class.")
@click.option(
    "--threshold",
    default=0.5,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Confidence from which a verdict counts; below it the transaction is 'none'.",
)
def coinjoin(transactions: Path, labels: Path, threshold: float) -> None:
    """Score the CoinJoin rules: precision, recall and F1 of each class (formats: docs/coinjoin.md)."""
    from clew.service.score_coinjoin import score_coinjoin

    click.echo(json.dumps(score_coinjoin(transactions, labels, threshold=threshold), indent=1))


@command.command("bridges")
@click.option("--deposits", required=True, type=_FILE, help="CSV of requests: time, tx, recipient, token, amount, id.")
@click.option("--withdrawals", required=True, type=_FILE, help="CSV of payouts, with the same columns.")
@click.option(
    "--truth", required=True, type=_FILE, help="CSV of pairs: deposit_tx, withdrawal_tx, and id if there is one."
)
@click.option("--tokens", type=_FILE, help="CSV of token_in and token_out: which token is paid for which.")
@click.option("--forged", type=_FILE, help="CSV of payouts known to be forged; tells how many are flagged.")
@click.option("--columns", default="auto", show_default=True, help="Names of the columns: a TOML file, or 'nomad'.")
@click.option("--finality", type=click.IntRange(0), help="Seconds before a request may be paid; else the naming's.")
@click.option("--no-ids", is_flag=True, help="Leave out the figures with the bridge's ids.")
def bridges(
    deposits: Path,
    withdrawals: Path,
    truth: Path,
    tokens: Path | None,
    forged: Path | None,
    columns: str,
    finality: int | None,
    no_ids: bool,
) -> None:
    """Score the bridge matcher: precision, recall, F1, calibration, with and without ids (formats: docs/bridges.md)."""
    from clew.service.score_bridges import score_bridges

    found = score_bridges(
        deposits,
        withdrawals,
        truth,
        tokens=tokens,
        forged=forged,
        columns=columns,
        finality=finality,
        ids=not no_ids,
    )
    click.echo(json.dumps(found, indent=1))


@command.command("swaps")
@click.option("--deposits", type=_FILE, help="CSV of deposits: time, tx, asset, amount, and asset_out where known.")
@click.option("--payouts", type=_FILE, help="CSV of payouts: time, tx, asset, amount.")
@click.option(
    "--rates", type=_FILE, help="CSV of prices: time, asset, rate, and decimals where amounts are base units."
)
@click.option("--truth", type=_FILE, help="CSV of pairs: deposit_tx, withdrawal_tx.")
@click.option("--records", type=_FILE, help="In place of these: JSON records of both sides, as ShapeShift published.")
@click.option(
    "--threshold",
    default=0.6,
    show_default=True,
    type=click.FloatRange(0.5, 1, min_open=True),
    help="Probability from which a pair is stated.",
)
def swaps(
    deposits: Path | None,
    payouts: Path | None,
    rates: Path | None,
    truth: Path | None,
    records: Path | None,
    threshold: float,
) -> None:
    """Score the matcher of instant exchangers: share paired, precision, calibration (formats: docs/bridges.md)."""
    from clew.service.score_swaps import score_swap_records, score_swaps

    if records is not None and not any((deposits, payouts, rates, truth)):
        found = score_swap_records(records)
    elif records is None and deposits and payouts and rates and truth:
        found = score_swaps(deposits, payouts, rates, truth, threshold=threshold)
    else:
        raise click.UsageError("give --records alone, or --deposits, --payouts, --rates and --truth together")
    click.echo(json.dumps(found, indent=1))


@command.command("demix")
@click.option("--deposits", required=True, multiple=True, type=_FILE, help="Deposit events of a pool; once for each.")
@click.option("--withdrawals", required=True, multiple=True, type=_FILE, help="Withdrawal events; once for each pool.")
@click.option("--depositors", type=_FILE, help="Who made the deposits of interest: CSV, JSON or recorded replies.")
@click.option("--pairs", type=_FILE, help="Known pairs, to learn from and to measure: deposit_tx, withdrawal_tx, by.")
@click.option(
    "--shuffles", default=1000, show_default=True, type=click.IntRange(1000), help="Permutations behind a base rate."
)
def demix(
    deposits: tuple[Path, ...],
    withdrawals: tuple[Path, ...],
    depositors: Path | None,
    pairs: Path | None,
    shuffles: int,
) -> None:
    """Propose withdrawals for a mixer's deposits, with base rates and calibration (formats: docs/mixers.md)."""
    from clew.service.score_demix import score_demix

    found = score_demix(deposits, withdrawals, depositors=depositors, pairs=pairs, shuffles=shuffles)
    click.echo(json.dumps(found, indent=1))


@command.command("names")
@click.option("--cases", required=True, type=_FILE, help="CSV of pairs: schema, name1, name2, is_match.")
@click.option("--wrong", is_flag=True, help="List the pairs that are answered wrongly, too.")
def names(cases: Path, wrong: bool) -> None:
    """Score the name matcher: precision, recall and F1, shipped and cross-validated (formats: docs/names.md)."""
    from clew.service.score_names import score_names

    click.echo(json.dumps(score_names(cases, wrong=wrong), indent=1, ensure_ascii=False))


@command.command("clustering")
@click.option("--world", type=_FOLDER, help="In place of files: a simulated world.")
@click.option("--transactions", type=_FILE, help="Transactions: JSON lines or ::: text, gzip or not.")
@click.option("--owners", type=_FILE, help="CSV with the columns address and owner.")
@click.option("--chain", default="bitcoin", show_default=True, help="The chain of the addresses.")
@click.option(
    "--change", multiple=True, help="Change rule: first, first-optimal, one-time, script-type, peel; any number."
)
@click.option("--suspects", is_flag=True, help="Join the inputs of suspected PayJoins too.")
@click.option("--plain", is_flag=True, help="Join the inputs of mixes too, to see what their exclusion is worth.")
def clustering(
    world: Path | None,
    transactions: Path | None,
    owners: Path | None,
    chain: str,
    change: tuple[str, ...],
    suspects: bool,
    plain: bool,
) -> None:
    """Score clusters of addresses: precision, recall and F1 by pairs and by address (formats: docs/clustering.md)."""
    from clew.service.score_clustering import score_clustering, score_clustering_world

    if world is not None and not (transactions or owners):
        click.echo(json.dumps(score_clustering_world(world), indent=1))
    elif world is None and transactions and owners:
        found = score_clustering(transactions, owners, chain=chain, changes=change, suspects=suspects, mixes=not plain)
        click.echo(json.dumps(found, indent=1))
    else:
        raise click.UsageError("give --world alone, or --transactions and --owners together")


@command.command("exposure")
@click.option("--world", type=_FOLDER, help="In place of files: a simulated world.")
@click.option("--transfers", type=_FILE, help="CSV of height, tx, sender, receiver, asset, amount, in order.")
@click.option("--tags", type=_FILE, help="Known addresses, a TagPack or CSV file.")
@click.option("--labels", type=_FILE, help="CSV of address, direction, category, and amount if known.")
@click.option("--chain", default="ethereum", show_default=True, help="The chain of the transfers.")
@click.option(
    "--threshold", default=0.0, show_default=True, type=click.FloatRange(0, 1), help="Share from which it counts."
)
def exposure(
    world: Path | None, transfers: Path | None, tags: Path | None, labels: Path | None, chain: str, threshold: float
) -> None:
    """Score exposures: precision, recall and F1 by exposure and by address (formats: docs/exposure.md)."""
    from clew.service.score_exposure import score_exposure, score_exposure_world

    if world is not None and not (transfers or tags or labels):
        click.echo(json.dumps(score_exposure_world(world), indent=1))
    elif world is None and transfers and tags and labels:
        found = score_exposure(transfers, tags, labels, chain=chain, threshold=threshold)
        click.echo(json.dumps(found, indent=1))
    else:
        raise click.UsageError("give --world alone, or --transfers, --tags and --labels together")


@command.command("trace")
@click.option("--world", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A simulated world.")
@click.option("--edges", type=_FILE, help="In place of it: labelled payments, CSV.")
@click.option("--sources", type=_FILE, help="With --edges: addresses that held the loot, one a line.")
@click.option("--terminals", type=_FILE, help="With --edges: addresses it is known to have reached, one a line.")
@click.option("--policy", "policies", multiple=True, metavar="POLICY", help="Only these policies; once for each.")
@click.option(
    "--bound",
    "bounds",
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    help="Accounts loaded at most; once for each bound. By default 100, 1000 and 10000.",
)
def trace(
    world: Path | None,
    edges: Path | None,
    sources: Path | None,
    terminals: Path | None,
    policies: tuple[str, ...],
    bounds: tuple[int, ...],
) -> None:
    """Score a trace: where funds ended, by value and by address, beside five baselines (docs/simulation.md)."""
    from clew.service.score_trace import BOUNDS, score_edges, score_world
    from clew.tracing.policies import Policy, parse_policy

    chosen = tuple(parse_policy(name, where="--policy") for name in policies) or tuple(Policy)
    if world is not None and not any((edges, sources, terminals)):
        found = score_world(world, bounds=bounds or BOUNDS, policies=chosen)
    elif world is None and edges and sources and terminals:
        found = score_edges(edges, sources, terminals, bounds=bounds or BOUNDS, policies=chosen)
    else:
        raise click.UsageError("give --world alone, or --edges, --sources and --terminals together")
    click.echo(json.dumps(found, indent=1))


@command.command("passages")
@click.option("--world", "worlds", required=True, multiple=True, type=_FOLDER, help="A simulated world; once for each.")
def passages(worlds: tuple[Path, ...]) -> None:
    """Score what is stated of CoinJoins and mixers, in each world and in all together (docs/simulation.md)."""
    from clew.service.score_trace import score_passages

    click.echo(json.dumps(score_passages(worlds), indent=1))


@command.command("typologies")
@click.option(
    "--world",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A simulated world.",
)
@click.option("--rules", type=_FILE, help="Windows, counts and thresholds, TOML; by default those that ship.")
def typologies(world: Path, rules: Path | None) -> None:
    """Score the typologies: precision, recall and base rate of flagged accounts (docs/typologies.md)."""
    from clew.service.score_typologies import score_typologies

    click.echo(json.dumps(score_typologies(world, rules=rules), indent=1))


@command.command("all")
@click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of the labelled data."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The page to write.")
def score_everything(data: Path | None, out: Path) -> None:
    """Run all scores on fixed seeds and write docs/scores.md; exit code 1 where a recorded figure falls."""
    from clew.cli.progress import showing
    from clew.service.score_all import score_all

    with showing(quiet=False) as progress:
        score_all(data, out, progress=progress)
    click.echo(f"Scores: {out}")
