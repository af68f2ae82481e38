"""Asks NetSuite the least that tells whether the door is open: sign-in, clock, REST, SuiteQL, deletions."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.diagnosis.certificate import certificate_finding, certificate_status
from netsuite_pipeline.health.diagnosis.connection_findings import connection_findings, soap_finding
from netsuite_pipeline.health.diagnosis.evidence import (
    ANSWERED,
    Answer,
    Evidence,
    Limits,
    Outcome,
    TokenHolder,
)
from netsuite_pipeline.health.findings import Finding, ProbeResult
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.netsuite.suiteql import Dialect, changed_since

RETRY_SECONDS = 8.0
READ_SECONDS = 15.0
CONNECT_SECONDS = 5.0
SIGN_IN_PAUSE_SECONDS = 5.0

_DUAL = "SELECT 1 AS probe FROM DUAL"
_DELETED_RECORDS = "SELECT recordid FROM deletedrecord WHERE ROWNUM <= 1"
_A_TABLE = "SELECT id FROM account WHERE ROWNUM <= 1"
_AUDIT_ROWS = 20
_AUDIT_SINCE = timedelta(hours=1)


def probing_settings(settings: ClientSettings | None = None, *, attempts: int = 2) -> ClientSettings:
    """How patient a look is: much less than a sync, so that it ends within a sensor's minute.

    A look that gives up says `unknown`, never `failed`, of what it could not see; the next look is soon.

    Args:
        settings: The connection's own, for its concurrency.
        attempts: Sign-ins that may be refused: 2, the client confirms; 1, the caller counts by itself.

    Example:
        >>> probing_settings(attempts=1).confirm_sign_in
        False
    """
    return replace(
        settings or ClientSettings(),
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
        longest_seconds=2 * READ_SECONDS,
        retry_seconds=RETRY_SECONDS,
        sign_in_pause_seconds=SIGN_IN_PAUSE_SECONDS,
        confirm_sign_in=attempts > 1,
    )


def probe_connection(
    client: NetSuiteClient,
    *,
    last_good: datetime | None = None,
    now: Callable[[], datetime] = utc_now,
    role: str = "",
) -> ProbeResult:
    """Looks once. All well, it costs three requests; a broken sign-in, one refused attempt (two where the
    client confirms by itself). Raises no `NetSuiteError`: failures are what it is there to find.

    Args:
        client: A fresh one, made with `probing_settings`; a client that was refused once stays refused.
        last_good: When the sign-in last worked, UTC, or None if it never did.
        now: This machine's clock, UTC.
        role: The role's name, for the menu paths of remedies; empty where it is not known.

    Returns:
        The findings host, clock, sign_in, rest, suiteql, deleted_records, concurrency and certificate. What
        could not be looked at is `unknown`, with the reason.

    Example:
        `probe_connection(client, last_good=None).findings[0].state`
    """
    return _look(gather_evidence(client, last_good=last_good, now=now, role=role), now)


def probe_connection_deeply(
    connect: Callable[[], NetSuiteClient],
    *,
    last_good: datetime | None = None,
    now: Callable[[], datetime] = utc_now,
    pause: Callable[[float], object] = time.sleep,
) -> ProbeResult:
    """Looks, and looks around: SOAP, limits, user and role, and what the Login Audit Trail says if the role
    may read it. At most two sign-ins are refused: REST's, then after a pause SOAP's; unless SOAP refuses the
    token too, REST is asked once more. By OAuth 2.0, which SOAP does not know, REST is asked once more in its
    place; by an access token of Nango's it is not, as the client itself has then tried a second one.

    Args:
        connect: Makes a client, with `probing_settings(attempts=1)`; called once or twice, each is closed.
        last_good: When the sign-in last worked, UTC, or None.
        now: This machine's clock, UTC.
        pause: How to wait before a refused sign-in is tried again, in seconds.

    Returns:
        The findings of `probe_connection`, and `soap`.

    Example:
        `probe_connection_deeply(lambda: client_from_environment(settings=probing_settings(attempts=1)))`
    """
    with connect() as client:
        evidence = gather_evidence(client, last_good=last_good, now=now)
        if evidence.refusal is None:
            evidence = _around(client, evidence, now)
        elif not evidence.clock_is_wrong:
            pause(SIGN_IN_PAUSE_SECONDS)
            if evidence.uses_tba:
                evidence = replace(evidence, soap=_ask(client.probes.soap_server_time))
    if evidence.refusal is not None and _is_worth_another_client(evidence):
        with connect() as client:
            again = gather_evidence(client, last_good=last_good, now=now)
            evidence = replace(again, soap=evidence.soap, first_refusal=evidence.refusal)
            evidence = _around(client, evidence, now)
    return _look(evidence, now, soap_finding(evidence))


def _look(evidence: Evidence, now: Callable[[], datetime], *more: Finding) -> ProbeResult:
    certificate = certificate_finding(evidence.certificate, evidence.at or now())
    return ProbeResult((*connection_findings(evidence), *more, certificate))


def _is_worth_another_client(evidence: Evidence) -> bool:
    """Whether REST's refusal may be a stray one, and only one sign-in was refused so far."""
    if evidence.uses_tba:
        return evidence.soap.outcome not in {Outcome.REFUSED, Outcome.NOT_ASKED}
    # A token that was let in at first has been renewed meanwhile, and refused a second time.
    first_refused = evidence.server_time.outcome is Outcome.REFUSED
    return evidence.kind == "oauth2" and first_refused and not evidence.clock_is_wrong


def gather_evidence(
    client: NetSuiteClient, *, last_good: datetime | None, now: Callable[[], datetime], role: str = ""
) -> Evidence:
    """Asks one question after the other for as long as the answers make sense of the next."""
    began = now()
    server_time = _ask(lambda: client.server_time(by_date=False))
    evidence = Evidence(
        realm=client.account.realm,
        host=_host(client),
        is_own_host=client.base_url == client.account.base_url,
        server_time=server_time,
        milliseconds=round((now() - began) / timedelta(milliseconds=1)) if server_time.signed_in else None,
        last_good=last_good,
        who=TokenHolder(role=role),
        kind=client.credentials.kind,
        uses_tba=client.credentials.may_use_soap,
        certificate=certificate_status(client.credentials),
    )
    if server_time.signed_in or server_time.outcome in {Outcome.SERVER_ERROR, Outcome.UNCLEAR}:
        evidence = replace(evidence, suiteql=_ask_dual(client))
    if evidence.suiteql.outcome in {Outcome.DENIED, Outcome.UNCLEAR}:
        evidence = replace(evidence, rest=_ask(client.probes.rest_access))
    unclear = evidence.suiteql.outcome is Outcome.UNCLEAR and evidence.rest.outcome is Outcome.ANSWERED
    if unclear or (evidence.suiteql.signed_in and evidence.suiteql.outcome is not Outcome.DENIED):
        evidence = replace(
            evidence, deleted_records=_ask(lambda: client.fetch_page(_DELETED_RECORDS, limit=1))
        )
    if evidence.suiteql.signed_in and evidence.deleted_records.outcome is Outcome.UNCLEAR:
        # Is it this table, or are all of them refused so?
        evidence = replace(evidence, table=_ask(lambda: client.fetch_page(_A_TABLE, limit=1)))
    off = client.clock_offset
    return replace(
        evidence,
        clock_offset=off,
        at=now() - timedelta(seconds=off or 0.0),
        limits=Limits(client.settings.concurrency, rejections=client.governor.reading().rejections),
    )


def _around(client: NetSuiteClient, evidence: Evidence, now: Callable[[], datetime]) -> Evidence:
    """What a person wants to know besides; a refusal here is none of the connection's."""
    if evidence.refusal is not None or not any(each.signed_in for each in evidence.answers):
        return evidence
    soap = evidence.soap
    if evidence.uses_tba and soap.outcome is Outcome.NOT_ASKED:
        soap = _ask(client.probes.soap_server_time)
    return replace(
        evidence,
        soap=soap,
        audit=_audit(client, now() - _AUDIT_SINCE) if evidence.suiteql.outcome is Outcome.ANSWERED else (),
        limits=replace(evidence.limits, granted=_granted(client)),
        who=_who(client, evidence.who),
    )


def _ask(question: Callable[[], object]) -> Answer:
    try:
        question()
    except NetSuiteError as error:
        return Answer.of(error)
    return ANSWERED


def _ask_dual(client: NetSuiteClient) -> Answer:
    answer = _ask(lambda: client.fetch_page(_DUAL, limit=1))
    if isinstance(answer.error, PermissionDenied) and answer.error.table:
        return Answer(
            Outcome.QUERY_REFUSED, answer.error
        )  # SuiteQL has read the statement; it lacks DUAL alone
    return answer


def _audit(client: NetSuiteClient, since: datetime) -> tuple[str, ...]:
    """Details of refused sign-ins, the latest first; none where the role may not read the trail."""
    recent = changed_since("loginaudit", "date", since, Dialect())
    refused = (
        f"SELECT detail FROM loginaudit WHERE status = 'Failure' AND {recent} ORDER BY loginaudit.date DESC"
    )
    try:
        page = client.fetch_page(
            f"SELECT detail FROM ({refused}) WHERE ROWNUM <= {_AUDIT_ROWS}", limit=_AUDIT_ROWS
        )
    except NetSuiteError:
        return ()
    return tuple(detail for row in page.rows if (detail := row.get("detail")))


def _granted(client: NetSuiteClient) -> int | None:
    """Requests at once that we may make; only administrators are told (NSH:article_0625010817)."""
    try:
        return client.probes.governance_limits().granted
    except NetSuiteError:
        return None


def _who(client: NetSuiteClient, otherwise: TokenHolder) -> TokenHolder:
    """Whose token it is, where the host tells."""
    try:
        told = client.probes.token_info()
    except NetSuiteError:
        return otherwise
    return TokenHolder(told.user, told.role or otherwise.role)


def _host(client: NetSuiteClient) -> str:
    return urlsplit(client.base_url).netloc
