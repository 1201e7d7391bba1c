"""A sparse matrix of costs, in which pairs without an entry are forbidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def entries_of(costs: Any) -> tuple[Any, Any, Any, tuple[int, int]] | None:
    """Return rows, columns and costs of a sparse matrix's entries, and its shape; None for a dense one."""
    if hasattr(costs, "tocoo"):
        entries = costs.tocoo()
        return entries.row, entries.col, entries.data, entries.shape
    if hasattr(costs, "layout") and str(costs.layout) != "torch.strided":
        entries = costs.detach().to_sparse_coo().coalesce().cpu()
        rows, columns = entries.indices().numpy()
        return rows, columns, entries.values().numpy(), tuple(entries.shape)
    return None


def filled(rows: Any, columns: Any, costs: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return a matrix in which pairs without an entry are forbidden."""
    import numpy as np

    from wcheck.measures.rows import check_memory

    check_memory(8 * shape[0] * shape[1], "M with all its pairs", "give fewer rows and columns")
    whole = np.full(shape, np.inf)
    whole[rows, columns] = costs
    return whole
