"""Everything in one report: our own house, the connection, every table, and what the account taught."""

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
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes
from netsuite_pipeline.health.diagnosis.table_findings import REFUSAL
from netsuite_pipeline.health.findings import Finding, ProbeResult, State, worst
from netsuite_pipeline.health.known_good import KnownGood
from netsuite_pipeline.health.probes.capabilities import SampleTables, detect_capabilities
from netsuite_pipeline.health.probes.connection_probe import probe_connection_deeply, probing_settings
from netsuite_pipeline.health.probes.credentials_check import check_credentials, uses_tba
from netsuite_pipeline.health.probes.dagster_check import check_dagster
from netsuite_pipeline.health.probes.local_checks import check_account_id, check_warehouse
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.health.setup_guide import SUNSETS
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import (
    LOGIN_AUDIT_TRAIL,
    ConfigurationError,
    NetSuiteError,
    SignInError,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.refusal_patterns import UNKNOWN_REMEDY
from netsuite_pipeline.tables import Table
from netsuite_pipeline.warehouse.warehouse import Warehouse

_OF_CONNECTION = (
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
    """What the doctor found.

    Attributes:
        findings: One a subject, in the order to read them.
        account: The account's realm; empty where it is not known.
        user, role: Whose token it is; empty where NetSuite does not tell.
        learned: What the account taught about NetSuite's open questions, a sentence each.
        sunsets: What will end in NetSuite and concerns these credentials.
    """

    findings: tuple[Finding, ...]
    account: str = ""
    user: str = ""
    role: str = ""
    learned: tuple[str, ...] = ()
    sunsets: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The worst of the findings."""
        return worst(finding.state for finding in self.findings)

    @property
    def as_json(self) -> dict[str, Any]:
        """For `doctor --json`."""
        return {
            "findings": [finding.as_json for finding in self.findings],
            "state": str(self.state),
            "account": self.account,
            "user": self.user,
            "role": self.role,
            "learned": list(self.learned),
            "sunsets": list(self.sunsets),
        }


def diagnose(
    variables: Mapping[str, str],
    *,
    tables: Sequence[Table],
    warehouse: Warehouse,
    connection: str = "netsuite",
    dagster_home: Path | None = None,
    on_step: Callable[[str], object] = lambda step: None,
) -> Diagnosis:
    """Runs every probe. Reads only; at most two sign-ins are refused.

    Args:
        variables: Credentials and settings, as the environment has them.
        tables: The tables to look at.
        warehouse: Where the tables are, or will be.
        connection: The connection's name.
        dagster_home: DAGSTER_HOME, or where it would be; None where it is not set.
        on_step: Called with what is being looked at, for somebody who waits.

    Example:
        `diagnose(os.environ, tables=[…], warehouse=warehouse_from_environment()).state`
    """
    on_step("Looking at settings, warehouse and Dagster")
    credentials = check_credentials(variables)
    account_id = check_account_id(variables, str(credentials.facts.get("realm", "")))
    account = str(account_id.facts.get("realm", ""))
    stored = check_warehouse(warehouse, connection, account)
    dagster = check_dagster(dagster_home, connection, utc_now())
    outside = _outside(variables, credentials, account_id, tables, stored.known, on_step)
    sign_in = next(finding for finding in outside.look.findings if finding.id == "sign_in")
    return Diagnosis(
        findings=(outside.credentials, account_id, *outside.look.findings, stored.finding, dagster),
        account=account,
        user=str(sign_in.facts.get("user", "")),
        role=str(sign_in.facts.get("role", "")),
        learned=outside.learned,
        sunsets=tuple(sunset.as_warning for sunset in SUNSETS[:1] if uses_tba(credentials)),
    )


@dataclass(frozen=True)
class _Outside:
    """What was found of NetSuite, and of the credentials once a client was made of them."""

    credentials: Finding
    look: ProbeResult
    learned: tuple[str, ...] = ()


def _outside(
    variables: Mapping[str, str],
    credentials: Finding,
    account_id: Finding,
    tables: Sequence[Table],
    known: KnownGood | None,
    on_step: Callable[[str], object],
) -> _Outside:
    if credentials.state is State.FAILED:
        return _Outside(credentials, _not_tried(tables, "not tried: credentials come first"))
    if account_id.state is State.FAILED:
        return _Outside(credentials, _not_tried(tables, "not tried: the account id comes first"))

    def connect(attempts: int) -> NetSuiteClient:
        return client_from_environment(variables, probing_settings(attempts=attempts))

    on_step("Looking at sign-in, REST and SuiteQL")
    try:
        connect(1).close()
        look = probe_connection_deeply(lambda: connect(1), last_good=known.last_good if known else None)
    except (ConfigurationError, Unavailable) as error:
        # NETSUITE_BASE_URL, NETSUITE_CONCURRENCY, or Nango, which may also fall silent in the midst of it.
        refused = Finding("credentials", State.FAILED, error.message, remedy=error.remedy)
        return _Outside(refused, _not_tried(tables, "not tried: credentials come first"))
    found = {finding.id: finding for finding in look.findings}
    found["sign_in"] = _pasted_wrongly(found["sign_in"], credentials)
    suiteql = found["suiteql"]
    if suiteql.state is not State.OK:
        reason = suiteql.seen if suiteql.seen.startswith("not tried") else "not tried: SuiteQL comes first"
        return _Outside(credentials, _in_order(found) + _tables_not_tried(tables, reason))
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
            found["sign_in"] = _sign_in_since(client, found["sign_in"])
        on_step("Asking what nobody could tell us beforehand")
        learned = detect_capabilities(client, _subjects(tables, of_tables, known))
    return _Outside(credentials, _in_order(found) + of_tables, learned)


def _in_order(found: Mapping[str, Finding]) -> ProbeResult:
    return ProbeResult(tuple(found[name] for name in _OF_CONNECTION if name in found))


def _sign_in_since(client: NetSuiteClient, sign_in: Finding) -> Finding:
    """The finding `sign_in` after the tables: a client that was refused meanwhile says so without asking."""
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
            uses_tba=credentials.may_use_soap,
            certificate=certificate_status(credentials),
            at=now,
        )
        causes = sign_in_causes(evidence)
        what = "token" if evidence.uses_tba else "access token"
        return replace(
            sign_in,
            state=State.FAILED,
            seen=f"The {what} was accepted, and refused a moment later, while the tables were looked at.",
            causes=causes,
            remedy="Only the Login Audit Trail says which cause it is: "
            f"{LOGIN_AUDIT_TRAIL}. Most likely: {causes[0].remedy}",
        )
    except NetSuiteError:
        return sign_in  # an outage or a full account: the tables' findings tell of it
    return sign_in


def _pasted_wrongly(sign_in: Finding, credentials: Finding) -> Finding:
    """A refused sign-in, with what looks wrong about the credentials before all other causes."""
    if sign_in.state is not State.FAILED or not credentials.causes:
        return sign_in
    return replace(
        sign_in,
        causes=(*credentials.causes, *sign_in.causes),
        remedy=f"{credentials.remedy} If that is not it: {sign_in.remedy}",
    )


def probe_tables(
    client: NetSuiteClient,
    tables: Sequence[Table],
    known: KnownGood | None,
    *,
    role: str = "",
    on_step: Callable[[str], object] = lambda step: None,
) -> ProbeResult:
    """Looks at many tables at once, as many as the client may ask at once.

    A sign-in that is refused meanwhile closes the client: what is left is not tried, and costs no request.

    Args:
        client: Whom to ask.
        tables: The tables.
        known: What was last known good, or None.
        role: The role's name, for remedies.
        on_step: Called with how far it is.
    """
    look = ProbeResult(())
    with ThreadPoolExecutor(max(1, min(len(tables), client.governor.limit))) as pool:
        try:
            looks = pool.map(
                lambda table: probe_table(
                    client,
                    table,
                    known.tables.get(table.name) if known else None,
                    count=True,
                    role=role,
                ),
                tables,
            )
            for done, each in enumerate(looks, 1):
                look += each
                on_step(f"Looking at tables: {done} of {len(tables)}")
        except BaseException:
            client.stop()  # whoever is interrupted does not want to wait for replies
            raise
    return look


def _subjects(tables: Sequence[Table], look: ProbeResult, known: KnownGood | None) -> SampleTables:
    of_tables = [finding for finding in look.findings if finding.kind == "table"]
    return SampleTables.among(
        tables,
        readable=frozenset(each.subject for each in of_tables if each.state is State.OK),
        refused=frozenset(each.subject for each in of_tables if each.state in {State.FAILED, State.WARNING}),
        rows={name: table.rows for name, table in known.tables.items()} if known else {},
    )


def _not_tried(tables: Sequence[Table], reason: str) -> ProbeResult:
    return ProbeResult(
        tuple(Finding(name, State.UNKNOWN, reason) for name in _OF_CONNECTION)
    ) + _tables_not_tried(tables, reason)


def _tables_not_tried(tables: Sequence[Table], reason: str) -> ProbeResult:
    return ProbeResult(tuple(Finding(f"table:{table.name}", State.UNKNOWN, reason) for table in tables))
