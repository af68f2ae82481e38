"""Checks of this machine before any request: account id and warehouse."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.errors import AccountIdError
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured
from netsuite_pipeline.warehouse.stores.location import check_place, target_of
from netsuite_pipeline.warehouse.warehouse import Warehouse
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


def check_warehouse(warehouse: Warehouse, connection: str, account: str) -> WarehouseCheck:
    """Return the finding `warehouse`: may a sync write it, can it be read, is it this account's?

    The check opens only the published file, so it never waits for a sync, and leaves nothing behind.

    Args:
        warehouse: The published and the working file.
        connection: The connection's name, which is its schema.
        account: The account's realm; empty where unknown.
    """
    try:
        _check_name(warehouse, connection)
        known = read_known_good(warehouse, connection)
    except WarehouseError as error:
        return WarehouseCheck(_warehouse(State.FAILED, error.message, error.remedy))
    if known is not None and account and known.account and known.account != account:
        return WarehouseCheck(
            _warehouse(
                State.FAILED,
                f"{warehouse.path} holds the tables of account {known.account}, not of {account}.",
                "Set NETSUITE_WAREHOUSE to another file for this account.",
            )
        )
    blocked = _not_writable(warehouse)
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
    return WarehouseCheck(_disk_space(warehouse, known), known)


def _disk_space(warehouse: Warehouse, known: KnownGood | None) -> Finding:
    if not warehouse.is_published:
        return _warehouse(State.OK, f"{warehouse.path}: no file yet, the first sync creates it")
    size = warehouse.path.stat().st_size
    free = shutil.disk_usage(target_of(warehouse.path).parent).free
    if free < size:
        return _warehouse(
            State.WARNING,
            f"{warehouse.path} has {_gigabytes(size)}, but only {_gigabytes(free)} are free on the disk. "
            "Publishing needs room for a second copy.",
            "Free space on the disk.",
        )
    when = f", last synced {formatted_time(known.last_good)}" if known and known.last_good else ""
    count = len(known.tables) if known else 0
    tables = counted(count, "table") if count else "no tables of this connection yet"
    return _warehouse(State.OK, f"{warehouse.path}: {tables}{when}")


def _check_name(warehouse: Warehouse, connection: str) -> None:
    """Check the warehouse's path by the rules of `prepare`, on a file of the same name elsewhere.

    Raises:
        WarehouseMisconfigured: The path cannot be used.
    """
    check_place(warehouse.path)
    with tempfile.TemporaryDirectory() as folder:
        try:
            Warehouse(Path(folder) / warehouse.path.name).prepare(connection)
        except WarehouseMisconfigured as error:
            message = error.message.replace(str(Path(folder) / warehouse.path.name), str(warehouse.path))
            raise WarehouseMisconfigured(message, remedy=error.remedy) from error


def _not_writable(warehouse: Warehouse) -> Path | None:
    """Return the first file or folder that a sync must write and may not."""
    for file in (warehouse.path, warehouse.working_path):
        # The published file itself is replaced, never written.
        if file.exists() and not os.access(file, os.R_OK if file == warehouse.path else os.R_OK | os.W_OK):
            return file
    for folder in (target_of(warehouse.path).parent, warehouse.folder):
        existing = folder.absolute()
        while not existing.exists():
            existing = existing.parent
        if not _accepts_files(existing):
            return existing
    return None


def _accepts_files(folder: Path) -> bool:
    try:
        # The file has no name where the system supports that; otherwise it is removed at once.
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _warehouse(state: State, seen: str, remedy: str = "") -> Finding:
    return Finding("warehouse", state, seen, remedy=remedy)
