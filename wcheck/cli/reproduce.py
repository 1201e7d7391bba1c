"""``wcheck reproduce``: the papers' claims beside what is found here."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from wcheck.cli import options
from wcheck.cli.grid import folded
from wcheck.cli.groups import grouped
from wcheck.cli.output import list_rows, say
from wcheck.cli.progress import ProgressDisplay
from wcheck.cli.settings import setting
from wcheck.cli.written import Writes
from wcheck.errors import ParameterError, counted, not_one_of
from wcheck.parallel import at_once
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.studies.folder import Folder
    from wcheck.studies.plan import Plan
    from wcheck.studies.reproduction import Reproduction
    from wcheck.studies.study import Preset, Study

LISTED = ("study", "title", "claim", "says", "minutes_declared", "minutes_taken")


@grouped(but=("dask",))
def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY...",
            help="Further studies to run: '--only A1 B5' and 'A1 B5' both run these two.",
            show_default=False,
        ),
    ] = None,
    *,
    preset: Annotated[
        str,
        typer.Option(
            metavar="quick|full|paper",
            help="A named set of options; explicit options take precedence. quick: data that come with wcheck, at "
            "most 20 minutes on two cores; full: CIFAR-10, several hours; paper: the sizes of the papers, for a GPU.",
        ),
    ] = "quick",
    data: Annotated[str | None, setting("data", "digits for quick, otherwise cifar10")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="The studies to run, such as A1, if not all; 'wcheck reproduce --list' names them.",
            show_default=False,
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="The random draws of the options of each game in the study E7.",
            show_default="2 for quick, 5 for full, 20 for paper",
        ),
    ] = None,
    listed: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List studies and their claims with the expected time of each study and, for a folder -o, the time "
            "that it took; run nothing.",
        ),
    ] = False,
    workers: options.Workers,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Write rows, claims, figures and the page report.html into this folder; an interrupted reproduction "
            "resumes where it stopped.",
            show_default=False,
        ),
        Writes(folder=True),
    ] = None,
) -> None:
    """Test the papers' claims about Wasserstein GANs.

    Each study answers a question by running commands of wcheck; studies share rows where they can. Each claim is
    decided by a rule that was written down in advance. A claim that is not reproduced is a result, not a failure: the
    exit status is 0 if all runs succeeded, whatever they found.

    Example: wcheck reproduce --only B5 F1 -o reproduction
    """
    from wcheck.studies.folder import Folder
    from wcheck.studies.reproduction import Reproduction
    from wcheck.studies.running import OUTER

    folder = None if output is None else Folder(output)
    only = [*(only or ()), *(names or ())]
    plan = _plan(preset, data, only, draws, folder)
    if listed:
        _list(plan, folder)
        return
    if folder is None:
        raise ParameterError("wcheck reproduce writes many files: name a folder for them with -o DIR.")
    reproduction = Reproduction(plan, folder, at_once(workers.jobs))
    _begin(reproduction, only)
    try:
        with ProgressDisplay(OUTER) as report:
            reproduction.run(report)
    except KeyboardInterrupt:
        done = len(plan.runs) - len(reproduction.missing())
        say(
            f"interrupted; {done} of {counted(len(plan.runs), 'run')} are finished in {output}: the same command "
            "resumes in the middle of the unfinished run."
        )
        raise typer.Exit(130) from None
    _tell(reproduction)
    if reproduction.failed or reproduction.undone or reproduction.unwritten:
        raise typer.Exit(1)


def _plan(
    preset: str, data: str | None, only: Sequence[str], draws: int | None, folder: Folder | None
) -> Plan:
    from wcheck.studies.plan import PRESETS, Plan
    from wcheck.studies.registry import chosen

    if preset not in PRESETS:
        raise not_one_of("--preset", preset, PRESETS)
    known = cast("Preset", preset)
    if draws is not None and only and "e7" not in map(str.lower, only):
        raise ParameterError(
            "--draws is given, but only the study E7 draws games: add --only E7, or leave out --draws."
        )
    if draws is None and folder is not None:
        draws = folder.draws()
    return Plan(chosen(only, draws), known, data or PRESETS[known], draws)


def _begin(reproduction: Reproduction, only: Sequence[str]) -> None:
    """Say what is going to be run, and refuse what cannot be run or takes too long."""
    from wcheck.studies import plan as plans

    plan, missing = reproduction.plan, reproduction.missing()
    reproduction.folder.check(plan)
    left = {run.name: reproduction.folder.seconds_left(plan, run) for run in missing}
    if missing and plan.preset != "quick":
        for study in plan.studies:
            seconds = sum(left.get(run.name, 0.0) for run in study.runs)
            say(f"{study.name} {study.title}: about {_time(seconds)}")
    if not only:
        plans.check_hours(plan.preset, sum(left.values()))
    plans.check_there(plan, missing)
    if missing:
        say(
            f"{len(missing)} of {counted(len(plan.runs), 'run')} to go: about {_time(sum(left.values()))} on two cores."
        )
    else:
        say("All runs are finished already: only the claims are judged again.")


def _tell(reproduction: Reproduction) -> None:
    """Say what was found of each claim, and then of all."""
    from wcheck.report import reproduction as files
    from wcheck.report.answer import answer

    rows = [row for study in reproduction.plan.studies for row in reproduction.claims[study.name]]
    for line in _answers(rows):
        say(line)
    for sentence in answer(files.Reproduction.read(reproduction.folder.path)):
        say("".join(part if isinstance(part, str) else part.claim for part in sentence))
    for name, reason in reproduction.failed.items():
        say(f"The run {name} failed: {reason}")
    for name, count in reproduction.undone.items():
        say(f"{counted(count, 'row')} of the run {name} failed: see the column status of its file.")
    path = reproduction.folder.path
    if reproduction.unwritten:
        say(f"The page was not written: {reproduction.unwritten} (wcheck report {path} writes it)")
    else:
        say(f"Everything is on one page: {path / 'report.html'}")


def _answers(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each claim, with the reason where one is known."""
    for row in rows:
        theirs = f"; the paper: {row['number']}" if row["number"] else ""
        stand_in = f" ({row['data']})" if str(row["data"]).startswith("stand-in") else ""
        yield f"{row['study']} {row['claim']}: {row['verdict']}{stand_in}. Found: {row['found']}{theirs}."
        if row["why"] and row["verdict"] != "reproduced":
            yield f"  why: {row['why']}"
        if row["more"]:
            yield f"  to settle it: {row['more']}"


def _list(plan: Plan, folder: Folder | None) -> None:
    """List studies with their claims: a few lines each on a terminal, a row for each claim elsewhere."""
    rows: list[Row] = []
    for study in plan.studies:
        taken = [folder.seconds(run) for run in study.runs] if folder is not None else []
        known = [seconds for seconds in taken if seconds is not None]
        declared = sum(map(plan.seconds, study.runs))
        if sys.stdout.isatty():
            _show(study, f"about {_time(declared)}" + (f", took {_time(sum(known))}" if known else ""))
            continue
        for claim in study.claims:
            rows.append(
                {
                    "study": study.name,
                    "title": study.title,
                    "claim": claim.name,
                    "says": claim.says,
                    "minutes_declared": round(declared / 60, 2),
                    "minutes_taken": round(sum(known) / 60, 2) if known else None,
                }
            )
    if rows:
        list_rows(LISTED, rows)


def _show(study: Study, times: str) -> None:
    """Print a study and its claims, folded between words."""
    from rich.console import Console

    width = Console().width
    for line in folded(f"{study.name}: {study.title} ({times})", width, indent=2):
        typer.echo(line)
    for claim in study.claims:
        for line in folded(f"  {claim.name}: {claim.says}", width, indent=4):
            typer.echo(line)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
