"""How long the searches for rare faults are: short enough for every change, or as long as somebody has time for."""

import os

_AT_LENGTH = "TESTS_AT_LENGTH"


def searches(usual: int, at_length: int) -> int:
    """How many histories, kills or seeds a test goes through.

    Args:
        usual: How many with each change.
        at_length: How many where the environment has `TESTS_AT_LENGTH=1`.
    """
    return at_length if os.environ.get(_AT_LENGTH) == "1" else usual
