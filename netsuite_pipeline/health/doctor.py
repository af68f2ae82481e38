"""Runs every check: this machine, the connection, every table, and the capabilities of the account."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netsuite_pipeline.clock import utc_now
from netsuite_pipeline.health.diagnosis.certificate import certificate_status
from netsuite_pipeline.health.diagnosis.connection_causes import unclear_cause
from netsuite_pipeline.health.diagnosis.evidence import Evidence
from netsuite_pipeline.health.diagnosis.run_evidence import common_refusal, without_disproved_causes
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes, sign_in_remedy
from netsuite_pipeline.health.diagnosis.table_findings import REFUSAL
from netsuite_pipeline.health.findings import Finding, ProbeResult, State, not_checked, worst
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.health.probes.capabilities import SampleTables, detect_capabilities
from netsuite_pipeline.health.probes.connection_probe import probe_connection_deeply, probing_settings
from netsuite_pipeline.health.probes.credentials_check import check_credentials, uses_tba
from netsuite_pipeline.health.probes.dagster_check import check_dagster
from netsuite_pipeline.health.probes.local_checks import check_account_id, check_warehouse
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.health.setup_guide.guide import SUNSETS
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError, SignInError, Unavailable
from netsuite_pipeline.netsuite.http.error_parser import UNKNOWN_REMEDY
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.store import Store

_CONNECTION_CHECKS = (
    "host",
    "clock",
    "sign_in",
    "rest",
    "suiteql",
    "soap",
    "concurrency",
    "deleted_records",
    "certificate",
)


@dataclass(frozen=True)
class Diagnosis:
    """The findings of all checks.

    Attributes:
        findings: One for each subject, in reading order.
        account: The account's realm; empty where unknown.
        user, role, integration: Those of the token; empty where NetSuite does not name them.
        capabilities: A sentence for each detected capability of the account.
        sunsets: What NetSuite will switch off and these credentials use.
    """

    findings: tuple[Finding, ...]
    account: str = ""
    user: str = ""
    role: str = ""
    integration: str = ""
    capabilities: tuple[str, ...] = ()
    sunsets: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """Return the worst state of the findings."""
        return worst(finding.state for finding in self.findings)

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis for `doctor --json`."""
        return {
            "findings": [finding.as_json for finding in self.findings],
            "state": str(self.state),
            "account": self.account,
            "user": self.user,
            "role": self.role,
            "integration": self.integration,
            "capabilities": list(self.capabilities),
            "sunsets": list(self.sunsets),
        }


def diagnose(
    variables: Mapping[str, str],
    *,
    tables: Sequence[Table],
    warehouse: Store,
    connection: str = "netsuite",
    dagster_home: Path | None = None,
    on_step: Callable[[str], object] = lambda step: None,
) -> Diagnosis:
    """Run every check. It only reads; at most two sign-ins are refused.

    Args:
        variables: Credentials and settings, as in the environment.
        tables: The tables to check.
        warehouse: The warehouse of the tables.
        connection: The connection's name.
        dagster_home: DAGSTER_HOME, or its default; None where it is not set.
        on_step: Called with what is being checked.

    Example:
        `diagnose(os.environ, tables=[…], warehouse=warehouse_from_environment()).state`
    """
    on_step("Checking settings, warehouse and Dagster")
    credentials = check_credentials(variables)
    account_id = check_account_id(variables, str(credentials.facts.get("realm", "")))
    account = str(account_id.facts.get("realm", ""))
    stored = check_warehouse(warehouse, connection, account)
    dagster = check_dagster(dagster_home, connection, utc_now())
    netsuite = _check_netsuite(variables, credentials, account_id, tables, stored.known, on_step)
    sign_in = next(finding for finding in netsuite.result.findings if finding.id == "sign_in")
    return Diagnosis(
        findings=(netsuite.credentials, account_id, *netsuite.result.findings, stored.finding, dagster),
        account=account,
        user=str(sign_in.facts.get("user", "")),
        role=str(sign_in.facts.get("role", "")),
        integration=str(sign_in.facts.get("integration", "")),
        capabilities=netsuite.capabilities,
        sunsets=tuple(sunset.as_warning for sunset in SUNSETS[:1] if uses_tba(credentials)),
    )


@dataclass(frozen=True)
class _NetSuiteResult:
    """The findings about NetSuite, and about the credentials once a client was made of them."""

    credentials: Finding
    result: ProbeResult
    capabilities: tuple[str, ...] = ()


def _check_netsuite(
    variables: Mapping[str, str],
    credentials: Finding,
    account_id: Finding,
    tables: Sequence[Table],
    known: KnownGood | None,
    on_step: Callable[[str], object],
) -> _NetSuiteResult:
    if credentials.state is State.FAILED:
        return _NetSuiteResult(credentials, _all_unchecked(tables, not_checked("credentials")))
    if account_id.state is State.FAILED:
        return _NetSuiteResult(credentials, _all_unchecked(tables, not_checked("the account id")))

    def connect(attempts: int) -> NetSuiteClient:
        return client_from_environment(variables, probing_settings(attempts=attempts))

    on_step("Checking sign-in, REST and SuiteQL")
    try:
        connect(1).close()
        result = probe_connection_deeply(lambda: connect(1), last_good=known.last_good if known else None)
    except (ConfigurationError, Unavailable) as error:
        # NETSUITE_BASE_URL, NETSUITE_CONCURRENCY, or Nango, which may also stop answering during the checks.
        refused = Finding("credentials", State.FAILED, error.message, remedy=error.remedy)
        return _NetSuiteResult(refused, _all_unchecked(tables, not_checked("credentials")))
    found = {finding.id: finding for finding in result.findings}
    found["sign_in"] = _with_credential_causes(found["sign_in"], credentials)
    suiteql = found["suiteql"]
    if suiteql.state is not State.OK:
        reason = suiteql.seen if suiteql.seen.startswith("not checked") else not_checked("SuiteQL")
        return _NetSuiteResult(credentials, _in_order(found) + _tables_unchecked(tables, reason))
    with connect(2) as client:
        role = str(found["sign_in"].facts.get("role", ""))
        of_tables = probe_tables(client, tables, known, on_step=on_step, role=role)
        common = common_refusal(of_tables)
        if common is not None:
            found["suiteql"] = replace(
                suiteql,
                state=State.FAILED,
                seen=f"SuiteQL refuses every table: {common.facts[REFUSAL]}.",
                causes=(unclear_cause(None),),
                remedy=UNKNOWN_REMEDY,
            )
        of_tables = without_disproved_causes(of_tables, tables)
        if any(finding.state is State.UNKNOWN for finding in of_tables.findings):
            found["sign_in"] = _sign_in_afterwards(client, found["sign_in"])
        on_step("Detecting the account's capabilities")
        capabilities = detect_capabilities(client, _samples(tables, of_tables, known))
    return _NetSuiteResult(credentials, _in_order(found) + of_tables, capabilities)


def _in_order(found: Mapping[str, Finding]) -> ProbeResult:
    return ProbeResult(tuple(found[name] for name in _CONNECTION_CHECKS if name in found))


def _sign_in_afterwards(client: NetSuiteClient, sign_in: Finding) -> Finding:
    """Return the finding `sign_in` after the tables; a client that was refused meanwhile sends no request."""
    try:
        client.server_time()
    except SignInError:
        now = utc_now()
        credentials = client.credentials
        evidence = Evidence(
            client.account.realm,
            client.base_url,
            last_good=now,
            kind=credentials.kind,
            uses_tba=credentials.passport is not None,
            certificate=certificate_status(credentials),
            at=now,
        )
        causes = sign_in_causes(evidence)
        what = "token" if evidence.uses_tba else "access token"
        return replace(
            sign_in,
            state=State.FAILED,
            seen=f"NetSuite accepted the {what}, and refused it a moment later, while tables were checked.",
            causes=causes,
            remedy=sign_in_remedy(causes[0]),
        )
    except NetSuiteError:
        return sign_in  # an outage or throttling: the findings of the tables report it
    return sign_in


def _with_credential_causes(sign_in: Finding, credentials: Finding) -> Finding:
    """Return a refused sign-in with the causes of the credentials before all others."""
    if sign_in.state is not State.FAILED or not credentials.causes:
        return sign_in
    return replace(
        sign_in,
        causes=(*credentials.causes, *sign_in.causes),
        remedy=f"{credentials.remedy} If that does not help: {sign_in.remedy}",
    )


def probe_tables(
    client: NetSuiteClient,
    tables: Sequence[Table],
    known: KnownGood | None,
    *,
    role: str = "",
    on_step: Callable[[str], object] = lambda step: None,
) -> ProbeResult:
    """Check many tables, with as many concurrent requests as the client may send.

    A sign-in that is refused meanwhile closes the client: the other tables are not checked, without requests.

    Args:
        client: The client.
        tables: The tables.
        known: The tables after their last syncs, or None.
        role: The role's name, for remedies.
        on_step: Called with the progress.
    """
    result = ProbeResult(())
    with ThreadPoolExecutor(max(1, min(len(tables), client.governor.limit))) as pool:
        try:
            results = pool.map(
                lambda table: probe_table(
                    client,
                    table,
                    known.tables.get(table.name) if known else None,
                    count=True,
                    role=role,
                ),
                tables,
            )
            for done, each in enumerate(results, 1):
                result += each
                on_step(f"Checking tables: {done} of {len(tables)}")
        except BaseException:
            client.stop()  # after an interruption nobody waits for replies
            raise
    return result


def _samples(tables: Sequence[Table], result: ProbeResult, known: KnownGood | None) -> SampleTables:
    of_tables = [finding for finding in result.findings if finding.kind == "table"]
    return SampleTables.among(
        tables,
        readable=frozenset(each.subject for each in of_tables if each.state is State.OK),
        refused=frozenset(each.subject for each in of_tables if each.state in {State.FAILED, State.WARNING}),
        rows={name: table.rows for name, table in known.tables.items()} if known else {},
    )


def _all_unchecked(tables: Sequence[Table], reason: str) -> ProbeResult:
    connection = ProbeResult(tuple(Finding(name, State.UNKNOWN, reason) for name in _CONNECTION_CHECKS))
    return connection + _tables_unchecked(tables, reason)


def _tables_unchecked(tables: Sequence[Table], reason: str) -> ProbeResult:
    return ProbeResult(tuple(Finding(f"table:{table.name}", State.UNKNOWN, reason) for table in tables))
