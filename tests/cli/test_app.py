"""The shell around every command: exit statuses, streams, signals, closed pipes, help, start-up."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from importlib import metadata

import pytest
import typer.main
import typer.testing

from tests import fakes
from tests.running import WCHECK, wait_until, wcheck, wcheck_on_terminal
from wcheck._version import __version__
from wcheck.cli.app import QUESTIONS, app, first_sentence
from wcheck.rows.table import parse_rows

FAKES = fakes.command()
HEAVY = {
    "torch",
    "ot",
    "geomloss",
    "sklearn",
    "pandas",
    "matplotlib",
    "scipy",
    "numba",
    "numpy",
    "PIL",
    "pooch",
    "dask",
    "distributed",
}


def counting(*args, **options):
    return wcheck("counting", *args, command=FAKES, **options)


def test_fine_rows_go_to_a_pipe_as_csv_and_remarks_to_stderr():
    ended = counting()
    assert ended.status == 0
    assert len(list(parse_rows(ended.stdout))) == 12
    assert ended.stderr == "12 rows were counted.\n"


def test_a_failed_row_is_exit_status_1_and_all_rows_are_there():
    ended = counting("--fail=1")
    assert ended.status == 1
    assert [row["status"] for row in parse_rows(ended.stdout)] == ["ok"] * 3 + ["failed"] * 3 + ["ok"] * 6
    assert "3 of 12 rows failed" in ended.stderr


def test_a_failed_row_of_a_finished_file_is_still_exit_status_1(tmp_path):
    for _ in range(2):
        assert counting("--fail=1", "-o", tmp_path / "out.csv").status == 1


def test_a_wcheck_error_is_one_line_and_exit_status_2():
    ended = counting("--stop=0")
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.lines == ["wcheck: task 2 cannot be solved; do something else."]


def test_a_wcheck_error_in_mid_run_keeps_the_rows_before_it(tmp_path):
    ended = counting("--stop=2", "-o", tmp_path / "out.csv")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert len(list(parse_rows((tmp_path / "out.csv").read_text()))) == 6
    again = counting("-o", tmp_path / "out.csv")
    assert again.status == 0
    assert "2 of 4 tasks are finished" in again.lines[0]
    assert len(list(parse_rows((tmp_path / "out.csv").read_text()))) == 12


def test_wrong_usage_is_exit_status_2():
    for args, named in (
        (["unknown"], "unknown"),
        (["counting", "-x"], "-x"),
        (["counting", "--size=a"], "--size"),
    ):
        ended = wcheck(*args, command=FAKES)
        assert (ended.status, ended.stdout) == (2, "")
        assert named in ended.lines[-1]


def test_a_bug_is_one_line_that_says_where_its_traceback_is(tmp_path):
    ended = wcheck("broken", command=FAKES, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (ended.status, len(ended.lines)) == (70, 1)
    assert ended.stderr.startswith("wcheck: an unexpected error, ZeroDivisionError: a bug: ")
    (path,) = tmp_path.glob("wcheck-error-*.txt")
    assert f"its traceback is in {path}; please report it with that file" in ended.stderr
    text = path.read_text()
    assert text.splitlines()[0].endswith("broken")
    assert re.search(rf"^wcheck +{__version__}$", text, re.MULTILINE)
    assert text.endswith("ZeroDivisionError: a bug\n")
    assert "in broken" in text


@pytest.mark.parametrize("command", [["--help"], ["toys"]])
@pytest.mark.parametrize(
    ("stream", "said"), [(">/dev/full", "No space left on device"), (">&-", "is closed")]
)
def test_standard_output_that_cannot_be_written_is_one_line_and_status_2(command, stream, said):
    line = f'"$@" {stream}'
    ended = wcheck(*command, command=["bash", "-c", line, "bash", *WCHECK])
    assert (ended.status, ended.stdout) == (2, "")
    assert len(ended.lines) == 1
    assert said in ended.stderr


def test_rows_come_where_nobody_can_be_told_of_them(tmp_path):
    def numbers(text):
        return [(row["task"], row["row"]) for row in parse_rows(text)]

    whole = [(task, row) for task in range(4) for row in range(3)]
    for stream in ("2>&-", "2>/dev/full", "2> >(true)"):
        ended = wcheck("counting", command=["bash", "-c", f'"$@" {stream}', "bash", *FAKES])
        assert (ended.status, numbers(ended.stdout)) == (0, whole), stream
    line = f'"$@" -o {tmp_path}/out.csv >&- 2>&-'
    assert wcheck("counting", command=["bash", "-c", line, "bash", *FAKES]).status == 0
    assert numbers((tmp_path / "out.csv").read_text()) == whole


def test_python_m_is_the_command():
    ended = wcheck("--version", command=[sys.executable, "-m", "wcheck"])
    assert ended == wcheck("--version")


def test_version_for_a_report_of_a_bug():
    lines = wcheck("--version", "--verbose").stdout.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines)
    assert facts["wcheck"] == __version__
    assert facts["torch"].startswith(metadata.version("torch"))
    assert {"Python", "platform", "numpy", "cores", "memory"} <= facts.keys()
    assert wcheck("--verbose").status == 2


def test_help_lists_every_command_by_a_question_with_one_sentence_on_its_line():
    shown = wcheck("--help", env={**os.environ, "COLUMNS": "80"}).stdout
    assert max(map(len, shown.splitlines())) <= 80
    listed = re.findall(r"^  ([a-z-]+) +([A-Z].*\.)$", shown.partition("How far apart")[2], re.MULTILINE)
    commands = typer.main.get_command(app).commands
    assert {name: first_sentence(command) for name, command in commands.items()} == dict(listed)
    assert [line for line in shown.splitlines() if line.endswith("?")] == [
        q for q in QUESTIONS if q.endswith("?")
    ]


def test_help_shows_defaults_as_they_are_typed():
    shown = " ".join(wcheck("batch", "--help").stdout.split())
    assert "[default: 100]" in shown
    assert "[default: (" not in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["batch", "--n", "a"], "--n a is not an integer"),
        (["exact", "--tol=x"], "--tol x is not a number"),
        (["oracle", "--penalti", "3"], "there is no option --penalti: did you mean --penalty"),
        (["exat"], "there is no command exat: did you mean exact"),
        (["data", "lst"], "there is no command lst: did you mean list"),
        (["compare"], "REFERENCE is missing"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_line(words, said):
    ended = typer.testing.CliRunner().invoke(app, words, prog_name="wcheck")
    path = " ".join(
        ["wcheck", *(word for word in words[:1] if word in ("batch", "exact", "oracle", "compare", "data"))]
    )
    assert ended.stderr == f"wcheck: {said}; '{path} --help' says more.\n"
    assert ended.exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_130_and_resumes(tmp_path, number):
    path = tmp_path / "out.csv"
    arguments = ["counting", "--size=50", "-o", str(path)]
    process = subprocess.Popen([*FAKES, *arguments, "--pause=0.01"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: path.exists() and path.stat().st_size > 400)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert re.fullmatch(r"interrupted; \d+ rows kept in .*", stderr.splitlines()[-1])
    record = json.loads((tmp_path / "out.csv.json").read_text())
    assert record["status"] == "interrupted"
    assert 0 < record["tasks_finished"] < 50
    kept = path.read_bytes()[: record["bytes"]]
    ended = wcheck(*arguments, command=FAKES)
    assert ended.status == 0
    assert f"{record['tasks_finished']} of 50 tasks are finished" in ended.lines[0]
    assert path.read_bytes().startswith(kept)
    rows = list(parse_rows(path.read_text()))
    assert [(row["task"], row["row"]) for row in rows] == [
        (task, row) for task in range(50) for row in range(3)
    ]


def test_a_closed_pipe_ends_quietly_with_0():
    producer = subprocess.Popen(
        [*FAKES, "counting", "--size=100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert producer.stdout.readline().startswith("task,row")
    producer.stdout.close()
    with producer.stderr as stderr:
        assert stderr.read() == ""
    assert producer.wait(timeout=30) == 0


def test_a_finished_file_is_left_and_says_so(tmp_path):
    path = tmp_path / "out.csv"
    assert counting("-o", path).stdout == ""
    before = path.read_bytes()
    ended = counting("-o", path)
    assert ended.status == 0
    assert "is finished: it is left as it is" in ended.lines[0]
    assert path.read_bytes() == before


def test_another_configuration_is_refused_in_one_line(tmp_path):
    path = tmp_path / "out.csv"
    counting("-o", path)
    before = path.read_bytes()
    ended = counting("-o", path, "--factor=2")
    assert (ended.status, len(ended.lines)) == (2, 1)
    assert "factor was 1.0 and is 2.0" in ended.stderr
    assert path.read_bytes() == before
    assert counting("-o", path, "--factor=2", "--overwrite").status == 0


def test_the_sidecar_holds_the_command(tmp_path):
    counting("--size=1", "-o", tmp_path / "with space.csv")
    record = json.loads((tmp_path / "with space.csv.json").read_text())
    assert record["command"].endswith(f"counting --size=1 -o '{tmp_path}/with space.csv'")


@pytest.mark.parametrize("place", ["missing/out.csv", ".", "/proc/out.csv"])
def test_an_unwritable_output_is_found_before_the_work(tmp_path, place):
    ended = counting("--size=1000000", "-o", tmp_path / place, timeout=60)
    assert (ended.status, len(ended.lines), ended.stdout) == (2, 1, "")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_gets_a_table_and_a_dash_gets_csv_on_it(tmp_path):
    table = wcheck_on_terminal("counting", "--size=2", command=FAKES)
    assert table.status == 0
    assert "," not in table.stdout.splitlines()[0]
    assert table.stdout.count("\n") > 7
    assert table.stderr.endswith("6 rows were counted.\n")
    dash = wcheck_on_terminal("counting", "--size=2", "-o", "-", command=FAKES)
    assert len(list(parse_rows(dash.stdout))) == 6
    both = wcheck_on_terminal("counting", "--size=2", "-o", tmp_path / "out.csv", command=FAKES)
    assert "task" in both.stdout
    assert len(list(parse_rows((tmp_path / "out.csv").read_text()))) == 6


def test_wcheck_alone_shows_its_help():
    alone, asked = wcheck(), wcheck("--help")
    assert alone.status == asked.status == 0
    assert alone.stdout == asked.stdout
    assert "exact" in asked.stdout


def test_version():
    ended = wcheck("--version")
    assert (ended.status, ended.stdout) == (0, f"wcheck {__version__}\n")


def test_help_keeps_what_stands_in_brackets():
    assert "cifar10[:train|:test][a:b]" in wcheck("exact", "--help").stdout
    assert "digits[a:b]" in wcheck("exact", "--help").stdout


def test_help_imports_nothing_heavy():
    script = (
        "import sys; sys.argv = ['wcheck', '--help']\n"
        "from wcheck.cli.app import app\n"
        "try:\n    app()\nfinally:\n    print('IMPORTED', *sys.modules)"
    )
    ended = wcheck(command=[sys.executable, "-c", script])
    modules = set(ended.stdout.split("IMPORTED")[1].split())
    assert "typer" in modules
    assert not modules & {*HEAVY, "wcheck.studies.registry"}


def test_help_takes_few_times_as_long_as_importing_typer_and_rich(tmp_path):
    bare, ours = [], []
    for _ in range(8):
        bare.append(seconds("import typer, rich.console, rich.table", tmp_path))
        ours.append(
            seconds(
                "import sys; sys.argv[1:] = ['--help']; from wcheck.cli.app import main; main()", tmp_path
            )
        )
    # the first of each compiles, and keeps it, as an installation does; other processes only ever make it longer
    assert min(ours[1:]) <= 4 * min(bare[1:])


def seconds(script, compiled):
    """The processor seconds of a script in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
