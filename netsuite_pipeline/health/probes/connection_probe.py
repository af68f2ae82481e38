"""Checks the connection with as few requests as possible: sign-in, clock, REST, SuiteQL, deletions."""

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
from netsuite_pipeline.netsuite.suiteql import PROBE_QUERY, Dialect, changed_since

RETRY_SECONDS = 8.0
READ_SECONDS = 15.0
CONNECT_SECONDS = 5.0
SIGN_IN_PAUSE_SECONDS = 5.0

_DELETED_RECORDS = "SELECT recordid FROM deletedrecord WHERE ROWNUM <= 1"
_A_TABLE = "SELECT id FROM account WHERE ROWNUM <= 1"
_AUDIT_ROWS = 20
_AUDIT_SINCE = timedelta(hours=1)


def probing_settings(settings: ClientSettings | None = None, *, attempts: int = 2) -> ClientSettings:
    """Return settings with short time-outs, so that a check ends within a sensor's minute.

    After a time-out the finding is `unknown`, never `failed`; the next check is soon.

    Args:
        settings: The connection's own, for its concurrency.
        attempts: 2 if the client confirms a refused sign-in, 1 if the caller counts the refusals.

    Example:
        >>> probing_settings(attempts=1).confirm_sign_in
        False
    """
    return replace(
        settings or ClientSettings(),
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
        max_seconds=2 * READ_SECONDS,
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
    """Check the connection once.

    A working connection costs three requests; a refused sign-in costs one attempt, or two where the client
    confirms it. No `NetSuiteError` is raised: each becomes a finding.

    Args:
        client: A fresh one, made with `probing_settings`; a client that was refused stays refused.
        last_good: When the sign-in last worked, UTC, or None.
        now: This machine's clock, UTC.
        role: The role's name, for the menu paths of remedies; empty where unknown.

    Returns:
        The findings host, clock, sign_in, rest, suiteql, deleted_records, concurrency and certificate. A
        subject that could not be checked is `unknown`, with the reason.

    Example:
        `probe_connection(client, last_good=None).findings[0].state`
    """
    return _result(gather_evidence(client, last_good=last_good, now=now, role=role), now)


def probe_connection_deeply(
    connect: Callable[[], NetSuiteClient],
    *,
    last_good: datetime | None = None,
    now: Callable[[], datetime] = utc_now,
    pause: Callable[[float], object] = time.sleep,
) -> ProbeResult:
    """Check the connection, SOAP, limits, user, role and integration, and read the Login Audit Trail.

    At most two sign-ins are refused: first REST's, then after a pause SOAP's. Unless SOAP refuses the token
    too, a new client repeats REST. With OAuth 2.0, which SOAP does not support, REST is repeated instead of
    SOAP. With an access token from Nango it is not: the client itself has then tried a second token.

    Args:
        connect: Makes a client, with `probing_settings(attempts=1)`; called once or twice, each is closed.
        last_good: When the sign-in last worked, UTC, or None.
        now: This machine's clock, UTC.
        pause: Waits some seconds before a refused sign-in is repeated.

    Returns:
        The findings of `probe_connection`, and `soap`.

    Example:
        `probe_connection_deeply(lambda: client_from_environment(settings=probing_settings(attempts=1)))`
    """
    with connect() as client:
        evidence = gather_evidence(client, last_good=last_good, now=now)
        if evidence.refusal is None:
            evidence = _gather_more(client, evidence, now)
        elif not evidence.clock_is_wrong:
            pause(SIGN_IN_PAUSE_SECONDS)
            if evidence.uses_tba:
                evidence = replace(evidence, soap=_ask(client.probes.soap_server_time))
    if evidence.refusal is not None and _needs_second_client(evidence):
        with connect() as client:
            again = gather_evidence(client, last_good=last_good, now=now)
            evidence = replace(again, soap=evidence.soap, first_refusal=evidence.refusal)
            evidence = _gather_more(client, evidence, now)
    return _result(evidence, now, soap_finding(evidence))


def _result(evidence: Evidence, now: Callable[[], datetime], *more: Finding) -> ProbeResult:
    certificate = certificate_finding(evidence.certificate, evidence.at or now())
    return ProbeResult((*connection_findings(evidence), *more, certificate))


def _needs_second_client(evidence: Evidence) -> bool:
    """Return whether REST's refusal may be temporary, and only one sign-in was refused so far."""
    if evidence.uses_tba:
        return evidence.soap.outcome not in {Outcome.SIGN_IN_REFUSED, Outcome.NOT_ASKED}
    # A token that was accepted first has been renewed meanwhile, and refused a second time.
    first_refused = evidence.server_time.outcome is Outcome.SIGN_IN_REFUSED
    return evidence.kind == "oauth2" and first_refused and not evidence.clock_is_wrong


def gather_evidence(
    client: NetSuiteClient, *, last_good: datetime | None, now: Callable[[], datetime], role: str = ""
) -> Evidence:
    """Send one request after the other, as long as the answers make the next one useful."""
    began = now()
    server_time = _ask(lambda: client.server_time(by_date=False))
    evidence = Evidence(
        realm=client.account.realm,
        host=urlsplit(client.base_url).netloc,
        is_own_host=client.base_url == client.account.base_url,
        server_time=server_time,
        milliseconds=round((now() - began) / timedelta(milliseconds=1)) if server_time.signed_in else None,
        last_good=last_good,
        holder=TokenHolder(role=role),
        kind=client.credentials.kind,
        uses_tba=client.credentials.passport is not None,
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
        # Tells a refusal of this table from a refusal of all tables.
        evidence = replace(evidence, table=_ask(lambda: client.fetch_page(_A_TABLE, limit=1)))
    offset = client.clock_offset
    return replace(
        evidence,
        clock_offset=offset,
        at=now() - timedelta(seconds=offset or 0.0),
        limits=Limits(client.settings.concurrency, rejections=client.governor.rejections),
    )


def _gather_more(client: NetSuiteClient, evidence: Evidence, now: Callable[[], datetime]) -> Evidence:
    """Add what a person wants to know besides; a refusal here is no fault of the connection."""
    if evidence.refusal is not None or not any(each.signed_in for each in evidence.answers):
        return evidence
    soap = evidence.soap
    if evidence.uses_tba and soap.outcome is Outcome.NOT_ASKED:
        soap = _ask(client.probes.soap_server_time)
    audit: tuple[str, ...] | None = ()
    if evidence.suiteql.outcome is Outcome.ANSWERED:
        audit = _login_audit(client, "detail", "Failure", now() - _AUDIT_SINCE)
    integration = ""
    if audit is not None and evidence.suiteql.outcome is Outcome.ANSWERED:
        integration = _integration(client, now() - _AUDIT_SINCE)
    return replace(
        evidence,
        soap=soap,
        audit=audit or (),
        limits=replace(evidence.limits, granted=_granted(client)),
        holder=replace(_holder(client, evidence.holder), integration=integration),
    )


def _ask(request: Callable[[], object]) -> Answer:
    try:
        request()
    except NetSuiteError as error:
        return Answer.of(error)
    return ANSWERED


def _ask_dual(client: NetSuiteClient) -> Answer:
    answer = _ask(lambda: client.fetch_page(PROBE_QUERY, limit=1))
    if isinstance(answer.error, PermissionDenied) and answer.error.table:
        return Answer(
            Outcome.QUERY_REFUSED, answer.error
        )  # SuiteQL parsed the statement, and lacks DUAL only
    return answer


def _login_audit(client: NetSuiteClient, column: str, status: str, since: datetime) -> tuple[str, ...] | None:
    """Return a column of recent sign-ins, the latest first; None where the role may not read the trail."""
    recent = changed_since("loginaudit", "date", since, Dialect())
    rows = (
        f"SELECT {column} FROM loginaudit WHERE status = '{status}' AND {recent} ORDER BY "
        "loginaudit.date DESC"
    )
    try:
        page = client.fetch_page(
            f"SELECT {column} FROM ({rows}) WHERE ROWNUM <= {_AUDIT_ROWS}", limit=_AUDIT_ROWS
        )
    except NetSuiteError:
        return None
    return tuple(value for row in page.rows if (value := row.get(column)))


def _integration(client: NetSuiteClient, since: datetime) -> str:
    """Return the name of the integration, where recent sign-ins are all of one integration."""
    names = set(_login_audit(client, "oauthappname", "Success", since) or ())
    return names.pop() if len(names) == 1 else ""


def _granted(client: NetSuiteClient) -> int | None:
    """Return the allowed concurrent requests; only administrators may read them (NSH:article_0625010817)."""
    try:
        return client.probes.governance_limits().granted
    except NetSuiteError:
        return None


def _holder(client: NetSuiteClient, otherwise: TokenHolder) -> TokenHolder:
    """Return user and role of the token, where the host names them."""
    try:
        info = client.probes.token_info()
    except NetSuiteError:
        return otherwise
    return TokenHolder(info.user, info.role or otherwise.role)
