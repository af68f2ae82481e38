"""Orders: whether one leaves ties, and how ties are shuffled."""

from collections.abc import Iterable

from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Source
from netsuite_pipeline.emulator.suiteql.typed_sql import Sql, marker

SEED = marker("seed")


def leaves_no_ties(keys: Iterable[Sql], sources: tuple[Source, ...]) -> bool:
    """Whether an order tells all rows apart, for all that is known: it has the key of the only table."""
    if len(sources) != 1 or sources[0].unique is None:
        return False
    texts = {key.text for key in keys}
    columns = sources[0].columns
    return all(name in columns and columns[name].text in texts for name in sources[0].unique)


def shuffled(identity: Iterable[str]) -> str:
    """An order without rhyme, another with each request: NetSuite promises none beyond ORDER BY
    (NSH:section_158394344595), and rows that compare equal come as they please."""
    return f"hash({', '.join([*identity, SEED])})"
