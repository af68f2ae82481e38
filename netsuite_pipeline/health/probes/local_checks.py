"""What is to be checked in our own house before NetSuite is asked: account id and warehouse."""

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


def check_account_id(variables: Mapping[str, str], in_nango: str = "") -> Finding:
    """The finding `account_id`: is it one that NetSuite gives?

    Args:
        variables: Name to value, as the environment has them.
        in_nango: The account that Nango's connection is for; empty where Nango is not used.
    """
    text = variables.get("NETSUITE_ACCOUNT_ID", "")
    if not text.strip() and in_nango:
        host = parse_account_id(in_nango).host
        return Finding(
            "account_id", State.OK, f"{in_nango} ({host}), as Nango has it", facts={"realm": in_nango}
        )
    if not text.strip() and variables.get("NANGO_CONNECTION_ID", "").strip():
        return Finding("account_id", State.UNKNOWN, "not known: Nango has not told it")
    if not text.strip():
        return Finding("account_id", State.UNKNOWN, "not tried: NETSUITE_ACCOUNT_ID is not set")
    try:
        account = parse_account_id(text)
    except AccountIdError as error:
        return Finding("account_id", State.FAILED, error.message, remedy=error.remedy)
    return Finding(
        "account_id", State.OK, f"{account.realm} ({account.host})", facts={"realm": account.realm}
    )


@dataclass(frozen=True)
class WarehouseCheck:
    """What was found of the warehouse.

    Attributes:
        finding: The finding `warehouse`.
        known: What was last known good, from the published file; None where there is none.
    """

    finding: Finding
    known: KnownGood | None = None


def check_warehouse(warehouse: Warehouse, connection: str, account: str) -> WarehouseCheck:
    """The finding `warehouse`: can a sync write it, can it be read, is it this account's?

    Opens only the published file, so it waits for no sync and keeps none waiting; leaves nothing behind.

    Args:
        warehouse: The two files.
        connection: The connection's name, which is its schema.
        account: The account's realm; empty where it is not known.
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
    barred = _barred(warehouse)
    if barred:
        return WarehouseCheck(
            _warehouse(
                State.FAILED,
                f"A sync could not write {barred}.",
                "Let this user write it, or set NETSUITE_WAREHOUSE to a file in a folder that it may write.",
            ),
            known,
        )
    return WarehouseCheck(_room_for(warehouse, known), known)


def _room_for(warehouse: Warehouse, known: KnownGood | None) -> Finding:
    if not warehouse.is_published:
        return _warehouse(State.OK, f"{warehouse.path}: none yet, the first sync makes it")
    size = warehouse.path.stat().st_size
    free = shutil.disk_usage(target_of(warehouse.path).parent).free
    if free < size:
        return _warehouse(
            State.WARNING,
            f"{warehouse.path} has {_gigabytes(size)}, and only {_gigabytes(free)} are free: "
            "publishing makes a second copy before it replaces the first.",
            "Make room on the disk.",
        )
    when = f", last synced {known.last_good:%Y-%m-%d %H:%M} UTC" if known and known.last_good else ""
    count = len(known.tables) if known else 0
    tables = f"{count:,} table{'' if count == 1 else 's'}" if count else "no tables of this connection yet"
    return _warehouse(State.OK, f"{warehouse.path}: {tables}{when}")


def _check_name(warehouse: Warehouse, connection: str) -> None:
    """Raises WarehouseMisconfigured where the path cannot serve. `prepare` knows the rules, but makes
    folders: it is asked about a file of the same name elsewhere."""
    check_place(warehouse.path)
    with tempfile.TemporaryDirectory() as folder:
        try:
            Warehouse(Path(folder) / warehouse.path.name).prepare(connection)
        except WarehouseMisconfigured as error:
            message = error.message.replace(str(Path(folder) / warehouse.path.name), str(warehouse.path))
            raise WarehouseMisconfigured(message, remedy=error.remedy) from error


def _barred(warehouse: Warehouse) -> Path | None:
    """The first thing that a sync would have to write and may not."""
    for file in (warehouse.path, warehouse.working_path):
        # The published file itself is replaced, never written.
        if file.exists() and not os.access(file, os.R_OK if file == warehouse.path else os.R_OK | os.W_OK):
            return file
    for folder in (target_of(warehouse.path).parent, warehouse.folder):
        there = folder.absolute()
        while not there.exists():
            there = there.parent
        if not _takes_files(there):
            return there
    return None


def _takes_files(folder: Path) -> bool:
    try:
        # Without a name where the system can do that, otherwise removed at once.
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def _warehouse(state: State, seen: str, remedy: str = "") -> Finding:
    return Finding("warehouse", state, seen, remedy=remedy)
