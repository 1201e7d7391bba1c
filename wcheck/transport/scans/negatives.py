"""The negative entries of a block: the pairs that a scan lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.threads import over_spans


def collect(
    test: torch.Tensor, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
    """Take the negative entries of a block.

    Returns how many each row has, where each row's begin, their columns and values, and which rows have more than
    ``limit``: those are not taken.
    """
    if test.device.type != "cpu":
        return collect_there(test, limit)
    block = test.numpy()
    counts, room = np.empty(len(block), np.int64), min(limit, block.shape[1])
    columns, values = np.empty(len(block) * room, np.int32), np.empty(len(block) * room, np.float32)
    taken = []

    def take(span: slice) -> None:
        begin = span.start * room
        found = block[span], block[span].view(np.int32), limit, counts[span], columns[begin:], values[begin:]
        taken.append(slice(begin, begin + _take_negatives(*found)))

    over_spans(len(block), block.size >> 16, take)
    taken.sort(key=lambda part: part.start)
    full = counts > limit
    columns, values = (np.concatenate([found[part] for part in taken]) for found in (columns, values))
    return counts, _starts(counts, full), columns, values, full


def collect_there(
    test: torch.Tensor, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
    """Answer as :func:`collect` does, on the block's own device: only what is found leaves it."""
    negative = test < 0
    tally = negative.sum(dim=1)
    negative &= (tally <= limit)[:, None]
    found = negative.nonzero(as_tuple=True)
    counts = tally.cpu().numpy()
    full = counts > limit
    columns, values = found[1].to(torch.int32).cpu().numpy(), test[found].cpu().numpy()
    return counts, _starts(counts, full), columns, values, full


def _starts(counts: NDArray[np.int64], full: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.where(full, 0, counts))])


@compiled()
def _take_negatives(block, bits, limit, counts, columns, values):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Count each row's negative entries, and put those of rows with at most ``limit`` one after another.

    Eight signs are looked at together: ``bits`` are the same numbers as integers, negative where any of them is.
    """
    width, total = block.shape[1], np.int64(0)
    found = np.empty(width + 8, np.int32)
    for row in range(block.shape[0]):
        entries, signs, count = block[row], bits[row], np.int64(0)
        for group in range(width >> 3):
            begin = 8 * group
            some = signs[begin]
            for column in range(1, 8):
                some |= signs[begin + column]
            if some < 0:
                for column in range(begin, begin + 8):
                    found[count] = column
                    count += np.int64(entries[column] < 0)
        for column in range(width & ~7, width):
            found[count] = column
            count += np.int64(entries[column] < 0)
        counts[row] = count
        if count <= limit:
            for k in range(count):
                columns[total + k], values[total + k] = found[k], entries[found[k]]
            total += count
    return total
