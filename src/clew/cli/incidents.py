"""``clew incidents``: the thefts of public record that ship with Clew."""

import json

import click


@click.command("incidents")
@click.option("--json", "as_json", is_flag=True, help="Print everything known of each as JSON.")
def command(as_json: bool) -> None:
    """List the incidents that ship with Clew, and whether each can be traced as it is."""
    from dataclasses import asdict

    from clew.cases import list_incidents

    incidents = list_incidents()
    if as_json:
        click.echo(json.dumps([asdict(incident) for incident in incidents], indent=1))
        return
    for incident in incidents:
        traceable = "trace it: clew trace " + incident.id if incident.case else "no theft transaction known for certain"
        click.echo(f"{incident.id:<22} {incident.date}  {incident.title}: {incident.loss.splitlines()[0]}")
        click.echo(f"{'':<22} {traceable}")
