"""Where an account refuses the page index: half of what is left of a place goes to a thread that is idle."""

from collections.abc import Callable
from dataclasses import dataclass

from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.sync.planning.keys import halved, key_of
from netsuite_pipeline.sync.planning.read_plan import Key, Place
from netsuite_pipeline.tables import Table


@dataclass
class Halving:
    """When to halve a place, and where. Nothing is halved before it is known where the table ends.

    Args:
        idle: How many threads have nothing to do.

    Example:
        >>> Halving(lambda: 1, greatest=100).of(Place(("7",), None), ("20",))
        (Place(low=('7',), high=('60',), among=()), Place(low=('60',), high=None, among=()))
        >>> Halving(lambda: 0, greatest=100).of(Place(("7",), None), ("20",))
    """

    idle: Callable[[], int]
    greatest: int | None = None

    def learn(self, page: Page, table: Table) -> None:
        """Takes in NetSuite's answer to `Read.greatest_sql`: where the table ends.

        Raises:
            QueryError: A row of it has no key.
        """
        self.greatest = int(key_of(page.rows[0], table)[0]) if page.rows else None

    def of(self, place: Place, last: Key) -> tuple[Place, Place] | None:
        """The halves of what is left of a place; None where it is of no use or cannot be.

        Args:
            place: The place.
            last: The last key that has been read of it.
        """
        if self.greatest is None or self.idle() < 1:
            return None
        return halved(place, last, self.greatest)
