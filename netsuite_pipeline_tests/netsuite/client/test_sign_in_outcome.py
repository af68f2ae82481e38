"""The readings of governanceLimits and tokeninfo, whichever of their fields are there."""

from collections.abc import Callable

import pytest

from netsuite_pipeline.netsuite.errors import Unavailable
from netsuite_pipeline.netsuite.probes.account_info import (
    GovernanceLimits,
    TokenInfo,
    read_governance_limits,
    read_token_info,
)

LIMITS = [
    pytest.param(
        b'{"accountConcurrencyLimit":5,"accountUnallocatedConcurrencyLimit":3,'
        b'"integrationConcurrencyLimit":2,"integrationLimitType":"integrationSpecific"}',
        GovernanceLimits(5, 2, "integrationSpecific"),
        2,
        id="an integration's own",
    ),
    pytest.param(
        b'{"accountConcurrencyLimit":15,"accountUnallocatedConcurrencyLimit":15,'
        b'"integrationLimitType":"internal"}',
        GovernanceLimits(15, None, "internal"),
        15,
        id="internal",
    ),
    pytest.param(b'{"accountConcurrencyLimit":"20"}', GovernanceLimits(20, None, ""), 20, id="in quotes"),
    pytest.param(
        b'{"accountConcurrencyLimit":true,"integrationConcurrencyLimit":null,"integrationLimitType":7}',
        GovernanceLimits(None, None, ""),
        None,
        id="no numbers",
    ),
]


@pytest.mark.parametrize(("body", "limits", "granted"), LIMITS)
def test_limits_are_read_as_far_as_the_reply_has_them(
    body: bytes, limits: GovernanceLimits, granted: int | None
) -> None:
    assert read_governance_limits(body) == limits
    assert limits.granted == granted


TOKENS = [
    pytest.param(
        b'{"companyId":"1_SB1","companyName":"Sample","roleId":3,"roleName":"Admin","userId":-5,'
        b'"userName":"Jo"}',
        TokenInfo("Sample", "Jo", "Admin"),
        id="names before ids",
    ),
    pytest.param(b'{"companyId":"1","roleId":3,"userId":-5}', TokenInfo("1", "-5", "3"), id="ids"),
    pytest.param(
        b'{"role":{"name":"Admin","internalId":3},"account":{"internalId":"1"}}',
        TokenInfo("1", "", "Admin"),
        id="objects",
    ),
    pytest.param(b'{"ROLENAME":" Admin ","userName":""}', TokenInfo("", "", "Admin"), id="case and blanks"),
    pytest.param(b'{"roleName":true,"userId":null}', TokenInfo("", "", ""), id="nothing readable"),
]


@pytest.mark.parametrize(("body", "expected"), TOKENS)
def test_a_token_is_described_by_whichever_fields_there_are(body: bytes, expected: TokenInfo) -> None:
    assert read_token_info(body) == expected


@pytest.mark.parametrize("read", [read_governance_limits, read_token_info])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null"])
def test_what_is_no_object_is_no_answer(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(Unavailable):
        read(body)
