"""What a person sees: rounding, tables, progress."""

import io

import pytest

from wcheck.cli import terminal
from wcheck.cli.progress import LINE_SECONDS, ProgressDisplay
from wcheck.columns import Role
from wcheck.columns.registry import VOCABULARY


def shown(capsys, *args):
    terminal.show(*args)
    return capsys.readouterr().out


def test_one_row_is_a_line_a_quantity_without_blanks(capsys):
    text = shown(capsys, ("source", "scale", "value"), [{"source": "a[0:1]", "scale": None, "value": 1.5}])
    first, *others = text.splitlines()
    assert first.split()[:2] == ["value", "1.5"]
    assert others[-1] == "Besides: source=a[0:1]."
    assert "scale" not in text


def test_what_all_rows_share_is_said_once(capsys):
    rows = [{"p": p, "source": "a[0:1]", "value": 1.0 + p, "status": "ok"} for p in (1, 2)]
    text = shown(capsys, ("source", "p", "value", "status"), rows)
    assert text.count("a[0:1]") == 1
    assert "In all rows: source=a[0:1], status=ok" in text
    assert text.split()[:2] == ["p", "value"]


def test_a_setting_that_differs_is_shown_whatever_it_is_and_what_is_no_headline_is_named(capsys):
    rows = [
        {"lipschitz": "gp", "width": width, "amp": "bf16", "grad_q50": float(width), "value": 1.0 / width}
        for width in (16, 32)
    ]
    text = shown(capsys, ("lipschitz", "width", "amp", "grad_q50", "value", "status"), rows)
    assert text.splitlines()[0].split() == ["width", "value"]
    assert "More columns (--wide, or --show NAME,NAME): grad_q50." in text
    assert "In all rows: lipschitz=gp, amp=bf16" in text


@pytest.mark.parametrize(
    "column", [column.name for column in VOCABULARY.values() if column.role is Role.SETTING]
)
def test_no_setting_is_hidden(capsys, column):
    text = shown(capsys, (column, "value"), [{column: 1, "value": 1.0}, {column: 2, "value": 1.5}])
    assert text.split()[:2] == [column, "value"]


def test_headlines_that_do_not_fit_are_named_and_settings_stay(capsys, monkeypatch):
    columns = ("width", "value", "normalised", "normalised_pairs", "seconds", "status")
    rows = [dict.fromkeys(columns[1:-1], 1.0 / width) | {"width": width} for width in (16, 32)]
    monkeypatch.setenv("COLUMNS", "200")
    heads = ["width", "value", "V/L", "V/L_pairs", "seconds"]
    assert shown(capsys, columns, rows).splitlines()[0].split() == heads
    monkeypatch.setenv("COLUMNS", "25")
    text = shown(capsys, columns, rows)
    assert text.splitlines()[0].split() == heads[:3]
    assert "--show NAME,NAME): normalised_pairs, seconds." in " ".join(text.split())
    monkeypatch.setenv("COLUMNS", "16")
    assert shown(capsys, columns, rows).splitlines()[0].split() == heads[:2]


def test_a_number_is_whole_where_texts_can_give_way(capsys, monkeypatch):
    rows = [
        {"objective": objective, "lipschitz": "orthonormal", "optimizer": optimizer, "value": value}
        for objective, optimizer, value in (
            ("c-transform-of-the-user", "rmsprop", -9.1831e-06),
            ("wasserstein", "adam", -1.5),
        )
    ]
    monkeypatch.setenv("COLUMNS", "44")
    text = shown(capsys, ("objective", "lipschitz", "optimizer", "value"), rows)
    assert text.splitlines()[0].split() == ["objective", "optimizer", "value"]
    assert "-9.1831e-06" in text
    assert max(map(len, text.splitlines())) <= 44


def test_a_status_that_differs_is_shown(capsys):
    rows = [{"seed": n, "others": 7 * n, "status": status} for n, status in enumerate(("ok", "failed"))]
    assert shown(capsys, ("seed", "others", "status"), rows).split()[:2] == ["seed", "status"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_off_a_terminal_is_a_line_now_and_then(monkeypatch):
    stderr, clock = io.StringIO(), [100.0]
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    with ProgressDisplay() as report:
        for done in range(101):
            report("exact", done, 100, "[1, 2]")
            clock[0] += LINE_SECONDS / 40
    assert stderr.getvalue().splitlines() == [
        "exact, 40%, 15 s, about 22 s left, [1, 2]",
        "exact, 80%, 30 s, about 8 s left, [1, 2]",
    ]


def test_time_left_is_that_of_the_work_at_hand_and_not_of_the_one_before(monkeypatch):
    stderr, clock = io.StringIO(), [100.0]
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    with ProgressDisplay() as report:
        for done in (5, 10, 0, 1):
            report("exact", done, 10)
            clock[0] += LINE_SECONDS
    assert stderr.getvalue().splitlines() == ["exact, 100%, 15 s", "exact, 10%, 15 s, about 135 s left"]


def test_time_left_after_a_resume_does_not_count_on_what_was_done_before_it(monkeypatch):
    stderr, clock = io.StringIO(), [100.0]
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    with ProgressDisplay() as report:
        for done in (50, 51, 52):
            report("tasks", done, 100)
            clock[0] += LINE_SECONDS
    assert stderr.getvalue().splitlines() == [
        "tasks, 51%, 15 s, about 735 s left",
        "tasks, 52%, 30 s, about 720 s left",
    ]


def test_progress_on_a_terminal_is_a_line_a_level_which_is_erased_at_the_end(monkeypatch):
    stderr = Terminal()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with ProgressDisplay() as report:
        report("tasks", 1, 4)
        report("exact", 10, 10, "[2.1, 2.2]")
        report._progress.refresh()
        report("images", 3, 0)
        report._progress.refresh()
        assert [task.description for task in report._progress.tasks] == ["tasks", "images"]
    text = stderr.getvalue()
    for shown in ("tasks", "exact", "[2.1, 2.2]", "images", "100%"):
        assert shown in text
    assert text.count("\x1b[2K") >= 2 * 2  # both lines, in a frame and at the end
    assert text.endswith("\x1b[2K")


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_no_drawing_gets_plain_lines(monkeypatch, name, value):
    stderr, clock = Terminal(), [100.0]
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setenv(name, value)
    with ProgressDisplay() as report:
        for done, label in ((1, "read"), (2, "read"), (1, "solve"), (2, "solve"), (3, "solve")):
            report(label, done, 10)
            report("tasks", 1, 4)
            clock[0] += LINE_SECONDS
    lines = stderr.getvalue().splitlines()
    assert [line for line in lines if not line.startswith("tasks")] == [
        "read, 20%, 15 s, about 120 s left",
        "solve, 20%, 15 s, about 120 s left",
        "solve, 30%, 30 s, about 105 s left",
    ]
    assert len(lines) == 3 + 4
    assert "\x1b" not in stderr.getvalue()


def test_reports_between_two_frames_cost_no_drawing(monkeypatch):
    drawn = []
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setattr(ProgressDisplay, "_draw", lambda self, *args: drawn.append(args))
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    with ProgressDisplay() as report:
        for done in range(1000):
            report("steps", done, 2000)
    assert len(drawn) == 1


def test_nothing_is_drawn_without_a_report(monkeypatch):
    stderr = Terminal()
    monkeypatch.setattr("sys.stderr", stderr)
    with ProgressDisplay():
        pass
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("columns", [40, 200])
def test_tables_fit_narrow_and_wide_terminals(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = [{"source": "cifar10:train[0:10000]", "value": 11.04 * n} for n in (1, 2)]
    assert max(map(len, shown(capsys, ("source", "value"), rows).splitlines())) <= columns
