"""``clew verify``: replay a traced case from its evidence."""

from pathlib import Path

import click

from clew.cli.progress import showing


@click.command("verify")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Replay the traced case in FOLDER from its evidence; name whatever differs (exit code 3)."""
    from clew.service.verify import verify_case

    with showing(quiet=False) as progress:
        result = verify_case(folder, progress)
    click.echo(f"{folder}: verified. {len(result['evidence'])} replies, result {result['result_sha256']}")
