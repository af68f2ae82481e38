"""Checks of this machine before any request: account id and warehouse."""

from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.errors import AccountIdError
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.wording import counted, formatted_time


def check_account_id(variables: Mapping[str, str], in_nango: str = "") -> Finding:
    """Return the finding `account_id`: has the account id the format of NetSuite's?

    Args:
        variables: Name to value, as in the environment.
        in_nango: The account of Nango's connection; empty without Nango.
    """
    text = variables.get("NETSUITE_ACCOUNT_ID", "")
    if not text.strip() and in_nango:
        host = parse_account_id(in_nango).host
        return Finding("account_id", State.OK, f"{in_nango} ({host}), from Nango", facts={"realm": in_nango})
    if not text.strip() and variables.get("NANGO_CONNECTION_ID", "").strip():
        return Finding("account_id", State.UNKNOWN, "not known: Nango did not give it")
    if not text.strip():
        return Finding("account_id", State.UNKNOWN, "not checked: NETSUITE_ACCOUNT_ID is not set")
    try:
        account = parse_account_id(text)
    except AccountIdError as error:
        return Finding("account_id", State.FAILED, error.message, remedy=error.remedy)
    return Finding(
        "account_id", State.OK, f"{account.realm} ({account.host})", facts={"realm": account.realm}
    )


@dataclass(frozen=True)
class WarehouseCheck:
    """The result of the check of the warehouse.

    Attributes:
        finding: The finding `warehouse`.
        known: The tables in the published file; None without any.
    """

    finding: Finding
    known: KnownGood | None = None


def check_warehouse(warehouse: Store, connection: str, account: str) -> WarehouseCheck:
    """Return the finding `warehouse`: may a sync write it, can it be read, is it this account's?

    The check opens only what readers see, so it never waits for a sync, and leaves nothing behind.

    Args:
        warehouse: The warehouse.
        connection: The connection's name, which is its schema.
        account: The account's realm; empty where unknown.
    """
    try:
        warehouse.check(connection)
        known = read_known_good(warehouse, connection)
    except WarehouseError as error:
        return WarehouseCheck(_warehouse(State.FAILED, error.message, error.remedy))
    if known is not None and account and known.account and known.account != account:
        return WarehouseCheck(
            _warehouse(
                State.FAILED,
                f"{warehouse.name} holds the tables of account {known.account}, not of {account}.",
                "Set NETSUITE_WAREHOUSE to another file for this account.",
            )
        )
    blocked = warehouse.write_obstacle()
    if blocked:
        return WarehouseCheck(
            _warehouse(
                State.FAILED,
                f"A sync could not write {blocked}.",
                "Allow this user to write it, or set NETSUITE_WAREHOUSE to a file in a folder that the "
                "user may write.",
            ),
            known,
        )
    return WarehouseCheck(_room(warehouse, known), known)


def _room(warehouse: Store, known: KnownGood | None) -> Finding:
    if not warehouse.is_published:
        return _warehouse(State.OK, f"{warehouse.name}: no {warehouse.kind} yet, the first sync creates it")
    if shortage := warehouse.shortage():
        return _warehouse(State.WARNING, shortage, "Free space on the disk.")
    when = f", last synced {formatted_time(known.last_good)}" if known and known.last_good else ""
    count = len(known.tables) if known else 0
    tables = counted(count, "table") if count else "no tables of this connection yet"
    return _warehouse(State.OK, f"{warehouse.name}: {tables}{when}")


def _warehouse(state: State, seen: str, remedy: str = "") -> Finding:
    return Finding("warehouse", state, seen, remedy=remedy)
