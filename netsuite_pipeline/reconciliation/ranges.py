"""Find the key ranges in which two sides differ: a range that differs is split until it is short."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class IdRange:
    """A range of integer ids.

    Attributes:
        after: Ids are greater; None for no lower end.
        up_to: Ids are at most this; None for no upper end.
    """

    after: int | None = None
    up_to: int | None = None

    def condition(self, ref: str) -> str:
        """Return the SQL condition, for either side; a range without a lower end has the rows without id.

        Example:
            >>> IdRange(5, 9).condition("id"), IdRange().condition("id"), IdRange(None, 9).condition("id")
            ('id > 5 AND id <= 9', '', '(id <= 9 OR id IS NULL)')
        """
        if self.up_to is None:
            return "" if self.after is None else f"{ref} > {self.after}"
        if self.after is None:
            return f"({ref} <= {self.up_to} OR {ref} IS NULL)"
        return f"{ref} > {self.after} AND {ref} <= {self.up_to}"

    def split_at(self, id_: int) -> "tuple[IdRange, IdRange]":
        """Return the range up to an id, and the rest."""
        return IdRange(self.after, id_), IdRange(id_, self.up_to)


def differing_ranges(
    differing: IdRange,
    differs: Callable[[IdRange], bool],
    split: Callable[[IdRange], tuple[IdRange, IdRange] | None],
) -> Iterator[IdRange]:
    """Yield the short ranges of a differing range in which the two sides differ.

    Where the lower part does not differ, the upper part must, so it is not queried.

    Args:
        differing: A range that is known to differ.
        differs: Returns whether the two sides differ in a range; sends a request.
        split: Returns the parts of a range; None where it is short.

    Example:
        >>> queried = []
        >>> def differs(part):
        ...     queried.append(part)
        ...     return part.after < 6 <= part.up_to
        >>> def split(part):
        ...     middle = (part.after + part.up_to) // 2
        ...     return part.split_at(middle) if middle > part.after else None
        >>> list(differing_ranges(IdRange(0, 8), differs, split)), len(queried)
        ([IdRange(after=5, up_to=6)], 4)
    """
    parts = split(differing)
    if parts is None:
        yield differing
        return
    low, high = parts
    low_differs = differs(low)
    if low_differs:
        yield from differing_ranges(low, differs, split)
    if not low_differs or differs(high):
        yield from differing_ranges(high, differs, split)
