"""How many rows may go whose deletion NetSuite does not log: a few; more wait for a person's word."""

MOST_ROWS_UNLOGGED = 5
"""So many rows may go from a table without a log of deletions, if they are few for the table as well."""
MOST_SHARE_UNLOGGED = 0.01
"""The share of such a table's rows that may go unasked."""
MOST_SHARE_OF_A_LIST = 0.10
"""The share of a list's rows that may go unasked, where what the rows belong to is still there."""
MOST_SHARE_OF_A_QUERY = 0.20
"""The share of a query's rows that may leave it unasked: to leave it need not be to be deleted."""


def is_small_loss(rows: int, lost: int) -> bool:
    """Whether so few rows of a table without a log of deletions may go unasked.

    Args:
        rows: What the table has before.
        lost: By how many rows it would shrink.

    Example:
        >>> is_small_loss(1000, 5), is_small_loss(1000, 6), is_small_loss(300, 4)
        (True, False, False)
    """
    return lost <= MOST_ROWS_UNLOGGED and lost <= MOST_SHARE_UNLOGGED * rows


def is_small_share(rows: int, lost: int, share: float) -> bool:
    """Whether so few rows may go unasked, by their share alone; of a short table up to five.

    Args:
        rows: What the table has before.
        lost: By how many rows it would shrink.
        share: The greatest share.

    Example:
        >>> is_small_share(1000, 100, 0.1), is_small_share(1000, 101, 0.1), is_small_share(8, 5, 0.1)
        (True, False, True)
    """
    return lost <= max(share * rows, MOST_ROWS_UNLOGGED) and lost < rows
