"""Columns of the benchmarks that figures read: times, memory and errors beside those of other libraries."""

from __future__ import annotations

from wcheck.columns.column import Column, Role

COLUMNS: tuple[Column, ...] = (
    Column("problem", Role.SETTING, "the problem that is solved"),
    Column("peer", Role.SETTING, "the library that solves it", bare=True),
    Column("setting", Role.SETTING, "the settings of an estimator, in one text", bare=True),
    Column("above_input_bytes", Role.ABOUT, "the memory in bytes that a solve takes above its input"),
    Column("cost_matrix_seconds", Role.ABOUT, "the time in seconds that one cost matrix takes"),
    Column("cost_stream_seconds", Role.ABOUT, "the time in seconds that all costs take, block by block"),
    Column("error_empirical", Role.ESTIMATE, "the difference to the exact empirical distance"),
    Column("error_population", Role.ESTIMATE, "the difference to the known distance of the population"),
)
