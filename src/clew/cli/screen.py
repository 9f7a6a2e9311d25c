"""``clew screen``: addresses against lists, tags and a policy."""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import click

from clew.cli.options import CLUSTERS, LEDGER, POLICY, STORE, TAGS
from clew.model import Decision

if TYPE_CHECKING:
    from clew.screening.addresses import AddressAnswer
    from clew.screening.bulk import BulkAnswers
    from clew.screening.parties import NameAnswer

_COLUMNS = ("input", "address", "form", "decision", "rules", "lists", "entries", "names", "reasons")


@click.command("screen")
@click.argument("addresses", nargs=-1)
@click.option(
    "--file",
    "file",
    type=click.File("r", encoding="utf-8-sig"),
    help='One address a line, or CSV with a column "address"; - reads standard input.',
)
@click.option("--name", "names", multiple=True, help="A name in place of an address. May be repeated.")
@click.option("--kind", type=click.Choice(["person", "organisation", "vessel"]), help="What bears the names.")
@click.option("--birth", "births", multiple=True, metavar="DATE", help="When the person was born: YYYY, YYYY-MM-DD.")
@click.option("--country", "countries", multiple=True, help="Country of the names, as a code or in words.")
@click.option("--chain", default="", help="What the addresses are taken for, such as ethereum.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True, help="Output."
)
@STORE
@POLICY
@TAGS
@LEDGER
@CLUSTERS
@click.option("--as-of", "as_of", default="", metavar="DATE", help="Lists as they were in force on this day.")
@click.option("--known", default="", metavar="DATE", help="Of lists that had been fetched by this day.")
def command(
    addresses: tuple[str, ...],
    file: TextIO | None,
    names: tuple[str, ...],
    kind: str | None,
    births: tuple[str, ...],
    countries: tuple[str, ...],
    chain: str,
    form: str,
    **ground: Any,
) -> None:
    """Say of each of ADDRESSES whether it is listed or known, and decide: clear, not-screened, review or block."""
    from clew.errors import InputError
    from clew.service.screening import AddressQuestion, NameQuestion, Screening
    from clew.service.snapshots import Ground, read_snapshot
    from clew.settings import read_settings

    texts = [*addresses, *(_read(file) if file is not None else ())]
    if bool(texts) == bool(names):
        what = "both addresses and names are given" if texts else "no address and no name is given"
        raise InputError(what, mend="give addresses, or --file, or --name")
    desk = Screening(read_snapshot(Ground(read_settings(), **ground)))
    if names:
        questions = [NameQuestion(name, kind or "unknown", births, countries) for name in names]
        _tell_names(desk.screen_names(questions)[0], form)
        return
    if form == "csv" and not chain:
        _write_csv(texts, desk.screen_many(texts)[0])
        return
    answers, _ = desk.screen_addresses([AddressQuestion(text, chain) for text in texts])
    if form == "json":
        from clew.screening.addresses import to_json

        click.echo(json.dumps([to_json(answer) for answer in answers], indent=1, ensure_ascii=False))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_row(answer) for answer in answers)
    else:
        _print(answers)


def _tell_names(answers: Sequence["NameAnswer"], form: str) -> None:
    from clew.screening.parties import to_json

    told = [to_json(answer) for answer in answers]
    if form == "json":
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("input", "decision", "list", "entry", "name", "score"))
        for one in told:
            matches = one["matches"] or [{}]
            fields = ("list", "entry", "name", "score")
            writer.writerows((one["input"], one["decision"], *(m.get(f, "") for f in fields)) for m in matches)
    else:
        for one in told:
            click.echo(f"{one['decision'].upper()}  {one['input']}")
            for match in one["matches"]:
                click.echo(
                    f"  {match['score']:.2f}  {match['name']} ({match['kind']}, {match['list']} {match['entry']})"
                )
                for feature in match["features"]:
                    click.echo(f"        {feature['points']:+6.2f} {feature['name']}: {feature['detail']}")


def _read(file: TextIO) -> Iterator[str]:
    first = file.readline()
    fields = next(csv.reader([first]), [])
    if "address" in fields:
        at = fields.index("address")
        yield from (row[at] for row in csv.reader(file) if len(row) > at)
        return
    for line in (first, *file):
        if text := line.strip("\r\n"):
            yield text


def _write_csv(texts: Sequence[str], found: "BulkAnswers") -> None:
    """Rows of many addresses; one that nothing is known of is an address, so nothing in it needs quoting."""
    clear = Decision.CLEAR
    lines = [f"{text},{text},,{clear},,,,,\n" for text in texts]
    for at, answer in found.answers.items():
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(_row(answer))
        lines[at] = line.getvalue()
    sys.stdout.write(",".join(_COLUMNS) + "\n")
    sys.stdout.writelines(lines)


def _row(answer: "AddressAnswer") -> tuple[str, ...]:
    listings = answer.listings
    return (
        answer.subject.text,
        answer.subject.form.address,
        answer.subject.form.name,
        str(answer.decision),
        " | ".join(reason.rule for reason in answer.reasons),
        " | ".join(listing.list for listing in listings),
        " | ".join(entry for listing in listings for entry in listing.entries),
        " | ".join(name for listing in listings for name in listing.names),
        " | ".join(reason.text for reason in answer.reasons),
    )


def _print(answers: Sequence["AddressAnswer"]) -> None:
    for answer in answers:
        click.echo(f"{answer.decision.upper()}  {answer.subject.text}")
        for reason in answer.reasons:
            click.echo(f"  {reason.decision}: {reason.text} [{reason.grade}{_from(reason.source)}]")
        if answer.exposure is None:
            click.echo("  exposure: not computed")
    lists = ", ".join(f"{name} of {since}" for name, _, since in answers[0].lists)
    click.echo(f"Against: {lists}; policy {answers[0].policy}")


def _from(source: str) -> str:
    """A source, with the hash of a version cut to what tells versions apart."""
    words = (word[:12] if len(word) == 64 else word for word in source.split())
    return f", {' '.join(words)}" if source else ""
