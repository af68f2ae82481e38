"""Tests of many small cases as one test: a thousand of them cost more to list and report than to run."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

_Test = Callable[..., None]


def in_one_pass(
    names: str | Sequence[str], cases: Iterable[Any], ids: object = None
) -> Callable[[_Test], _Test]:
    """Run a test on every case; take the arguments of `pytest.mark.parametrize`.

    The cases share the test's fixtures, so that no case may change what another one reads.

    Raises:
        ExceptionGroup: By the test: the failures of all cases, each with the case as its note.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    all_cases = [_values(case, len(wanted)) for case in cases]

    def decorate(test: _Test) -> _Test:
        signature = inspect.signature(test)

        def on_all(**fixtures: Any) -> None:
            failures = []
            for values in all_cases:
                given = dict(zip(wanted, values, strict=True))
                try:
                    test(**fixtures, **given)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"case: {given}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(all_cases)} cases", failures)

        on_all.__name__, on_all.__doc__, on_all.__module__ = test.__name__, test.__doc__, test.__module__
        on_all.__dict__.update(test.__dict__)
        rest = [each for name, each in signature.parameters.items() if name not in wanted]
        on_all.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return on_all

    return decorate


def _values(case: Any, count: int) -> tuple[Any, ...]:
    """Return a case's values as a tuple, those of a `pytest.param` too."""
    if hasattr(case, "marks"):
        return tuple(case.values)
    return (case,) if count == 1 else tuple(case)
