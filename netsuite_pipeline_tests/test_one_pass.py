"""A test in one pass fails with every case that fails, each named."""

import pytest

from netsuite_pipeline_tests.one_pass import in_one_pass


def test_every_failing_case_is_named() -> None:
    seen = []

    @in_one_pass("number", [1, 2, 3])
    @in_one_pass(("text", "other"), [("a", "b"), pytest.param("c", "d", id="second")])
    def odd(number: int, text: str, other: str) -> None:
        seen.append((number, text, other))
        assert number % 2

    with pytest.raises(ExceptionGroup, match="1 of 3 cases") as failed:
        odd()
    assert len(seen) == 6
    (second,) = failed.value.exceptions
    assert second.__notes__ == ["case: {'number': 2}"]
    assert isinstance(second, ExceptionGroup)
    assert [each.__notes__[0] for each in second.exceptions] == [
        "case: {'text': 'a', 'other': 'b'}",
        "case: {'text': 'c', 'other': 'd'}",
    ]
