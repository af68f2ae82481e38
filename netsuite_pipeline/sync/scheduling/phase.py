"""The parts of a table's way through a sync, and which of them follows which."""

from datetime import datetime, timedelta
from enum import IntEnum

from netsuite_pipeline.sync.landing.result import LandedTable
from netsuite_pipeline.warehouse.state import TableState


class Phase(IntEnum):
    """The parts of a table's way, in their order.

    `FINISH` loads what an interrupted sync had begun, at that sync's cutoff; `MAIN` is this sync's own read;
    `SWEEP` looks for rows that NetSuite no longer shows; `REPAIR` brings those that the sweep found missing
    here, and asks again for rows whose values NetSuite could not send before.
    """

    FINISH = 0
    MAIN = 1
    SWEEP = 2
    REPAIR = 3
    ENDED = 4

    def following(self, *, is_incremental: bool, is_sweep_due: bool, has_missing: bool) -> "Phase":
        """The leg after this one.

        Args:
            is_incremental: The table can be read by what changed, so that what an interrupted sync had begun
                is not all there is to read.
            is_sweep_due: Rows of it are to be looked for.
            has_missing: Rows are to be read by their keys.

        Example:
            >>> Phase.MAIN.following(is_incremental=True, is_sweep_due=False, has_missing=False).name
            'ENDED'
        """
        if self == Phase.MAIN and has_missing and not is_sweep_due:
            return Phase.REPAIR
        goes_on = {Phase.FINISH: is_incremental, Phase.MAIN: is_sweep_due, Phase.SWEEP: has_missing}
        return Phase(self + 1) if goes_on.get(self) else Phase.ENDED


_ANOTHER_SWEEP_AFTER = timedelta(hours=24)


def is_sweep_due(fetched: LandedTable, state: TableState, after: timedelta | None, now: datetime) -> bool:
    """Whether the rows of a table are to be looked for in NetSuite: only changes of it were read, now and for
    long.

    Args:
        fetched: What was read of it just now.
        state: What is known of it.
        after: How long its rows may go without being looked for; None for ever.
        now: UTC.
    """
    if after is None or fetched.read.mode not in {"changed", "children"}:
        return False
    seen = max(filter(None, (state.swept_at, state.full_read_at)), default=datetime.min)
    return now - seen >= after


def has_new_difference(before: TableState | None, difference: int, now: datetime) -> bool:
    """Whether a difference from NetSuite's count is worth a sweep: it is another one than at the last
    sweep, or that was a day ago.

    Args:
        before: What was known of the table before this sync.
        difference: By how many rows it differs now.
        now: UTC.
    """
    if not difference:
        return False
    if before is None or before.count_difference != difference or before.swept_at is None:
        return True
    return now - before.swept_at >= _ANOTHER_SWEEP_AFTER
