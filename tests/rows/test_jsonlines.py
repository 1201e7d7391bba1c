"""Rows as JSON."""

import io
import json
import math

from wcheck.rows.jsonlines import JsonStream, json_line


def test_a_row_is_an_object_with_all_columns_in_their_order():
    stream = io.StringIO()
    table = JsonStream(stream, ("n", "value", "name", "status"), {"ok"})
    table.write({"name": 'ä "b"\n', "n": 3, "value": 0.1, "status": "ok"})
    table.write({"n": 4, "status": "failed"})
    table.finish()
    lines = stream.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"n": 3, "value": 0.1, "name": 'ä "b"\n', "status": "ok"},
        {"n": 4, "value": None, "name": None, "status": "failed"},
    ]
    assert lines[0].startswith('{"n": 3, "value": 0.1')
    assert table.failed == 1


def test_numbers_round_trip_and_what_json_does_not_have_is_a_text():
    value = 0.1 + 0.2
    row = {"a": value, "b": math.inf, "c": -math.inf, "d": math.nan, "e": 5e-324, "f": 2**60}
    read = json.loads(json_line(row), parse_constant=lambda name: 1 / 0)
    assert read == {"a": value, "b": "inf", "c": "-inf", "d": "nan", "e": 5e-324, "f": 2**60}
