"""How many random cases a test draws, and how slow the machine may be that runs it."""

import os

from hypothesis import settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
"""`dev` draws few cases (`make test`), `ci` more (`make test-long`), `nightly` as many as somebody has time for."""

SLOWEST = 10.0
"""How many times slower a machine may be than the one on which a promise's seconds were measured."""


def searches(usual: int, at_length: int) -> int:
    """Return how many histories, kills or seeds a test goes through.

    Args:
        usual: The count in `ci`; `dev` draws a third.
        at_length: The count in `nightly`.
    """
    return {"dev": max(1, usual // 3), "nightly": at_length}.get(PROFILE, usual)


def register_profiles() -> None:
    """Register Hypothesis' profiles and load the environment's; no example has a deadline in any."""
    for name, examples in (("dev", 25), ("ci", 80), ("nightly", 1000)):
        settings.register_profile(name, max_examples=examples, deadline=None)
    settings.load_profile(PROFILE)
