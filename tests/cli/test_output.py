"""What comes after what on a screen: the table, what it means, what was remarked of the input, how the run ended."""

import io
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import typer

from tests.fakes import Counting
from wcheck.cli import output
from wcheck.cli.app import _Remarks
from wcheck.cli.options import Output
from wcheck.errors import ParameterError, SolverError
from wcheck.progress import remark


class Remarking(Counting):
    """Remarks on its input, and is interrupted before its third task if it is to be."""

    interrupted = False

    def run(self, task, report, place=None):
        remark("the first line is a header.")
        if self.interrupted and task == 2:
            raise KeyboardInterrupt
        yield from super().run(task, report, place)


class Interrupted(Remarking):
    interrupted = True


@pytest.fixture
def screen(monkeypatch, caplog):
    """Run an experiment; return what it wrote to stdout and stderr, and to the log of remarks, in their order."""
    caplog.set_level("INFO", logger="wcheck")
    monkeypatch.setenv("COLUMNS", "80")
    logger, handler = logging.getLogger("wcheck"), _Remarks()

    def run(experiment, into, error=None):
        stream = io.StringIO()
        with redirect_stdout(stream), redirect_stderr(stream):
            if error is None:
                output.run(experiment, into)
            else:
                with pytest.raises(error):
                    output.run(experiment, into)
        return stream.getvalue()

    logger.addHandler(handler)
    yield run
    logger.removeHandler(handler)


def places(text, *parts):
    assert [text.count(part) for part in parts] == [1] * len(parts)
    return [text.index(part) for part in parts]


def test_remarks_come_last_under_the_table_and_what_it_means(screen):
    text = screen(Remarking(), Output(wide=True))
    found = places(text, "task  row", "12 rows were counted.", "the first line is a header.")
    assert found == sorted(found)


def test_after_an_interruption_the_order_is_the_same(screen):
    text = screen(Interrupted(), Output(wide=True), error=typer.Exit)
    found = places(
        text, "task  row", "6 rows were counted.", "the first line is a header.", "interrupted; 6 rows"
    )
    assert found == sorted(found)


def test_beside_csv_remarks_are_not_held_back(screen):
    text = screen(Remarking(), Output())
    assert text.index("the first line is a header.") < text.index("12 rows were counted.")
    assert text.count("\n0,") == 3


def test_remarks_are_told_where_a_run_fails(screen):
    text = screen(Remarking(stop=1), Output(wide=True), error=SolverError)
    assert 0 < text.index("seconds") < text.index("the first line is a header.")


@pytest.mark.parametrize(
    ("name", "hint"), [("valu", "did you mean value"), ("qqq", "'wcheck columns' lists")]
)
def test_a_column_that_the_rows_do_not_have_is_refused_before_anything_is_run(name, hint):
    with pytest.raises(ParameterError, match=hint):
        output.run(Remarking(), Output(show=f"row,{name}"))


def test_a_table_and_csv_are_refused_together():
    with pytest.raises(ParameterError, match="leave one of them out"):
        output.run(Remarking(), Output(show="value", output=Path("-")))


def test_sentences_are_folded_between_words_on_a_terminal_alone(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    sentence = "  a line of a list that is longer than the terminal is wide"
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("COLUMNS", "30")
        output.say(sentence)
        lines = stream.getvalue().splitlines()
        assert " ".join(stream.getvalue().split()) == sentence.strip()
        if stream.isatty():
            assert max(map(len, lines)) <= 30
            assert [line[:5].count(" ") for line in lines] == [3, 4, 4]
        else:
            assert lines == [sentence]
