"""The collapse guard: a narrowed role looks just like mass deletion, so the table waits for a word."""

from netsuite_pipeline.warehouse.errors import ShrinkHeldBack

MOST_SHARE_GONE = 0.20
"""The share of a table's rows that one read may remove unasked."""
LEAST_ROWS_GONE = 100
"""However small the table: up to this many rows may always go."""


def held_back(rows: int, gone: int) -> bool:
    """Whether a read that would remove `gone` of a table's `rows` waits for somebody's word.

    Example:
        >>> held_back(1000, 200), held_back(1000, 201), held_back(100, 100)
        (False, True, False)
    """
    return gone > LEAST_ROWS_GONE and gone > MOST_SHARE_GONE * rows


def refuse_collapse(table: str, rows: int, gone: int, *, accept: bool) -> None:
    """Lets a read through, or not.

    Args:
        table: The table's name.
        rows: What it has before.
        gone: What the read would remove.
        accept: Somebody said that this is meant.

    Raises:
        ShrinkHeldBack: It would remove too much.
    """
    if accept or not held_back(rows, gone):
        return
    raise ShrinkHeldBack(
        f"{table}: NetSuite no longer shows {gone:,} of {rows:,} rows ({gone / rows:.0%}). Nothing was "
        "removed; the table stays as it was.",
        remedy="A narrowed role or a subsidiary restriction looks just like mass deletion. If the rows were "
        f"really deleted: netsuite-pipeline sync --accept-shrink {table}. Otherwise mend the role: Setup > "
        "Users/Roles > Manage Roles > (the token's role) > Edit, its permissions and its subsidiary "
        "restrictions; then sync again.",
    )
