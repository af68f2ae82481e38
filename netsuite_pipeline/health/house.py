"""What is to be checked in our own house before NetSuite is asked: credentials, account id, the warehouse."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.health.setup_guide import ACCESS_TOKENS, INTEGRATIONS
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.auth import TBA_VARIABLES, TokenCredentials
from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError
from netsuite_pipeline.warehouse.errors import WarehouseError, WarehouseMisconfigured
from netsuite_pipeline.warehouse.warehouse import Warehouse

# All keys and tokens that Oracle shows are so (NSH:section_1534941088); that all are is inferred.
_KEY_FORM = re.compile(r"[0-9a-f]{64}")
_SECRETS = TBA_VARIABLES[1:]
_PLAUSIBLE_ACCOUNT = "1234567"


def look_at_credentials(variables: Mapping[str, str]) -> Finding:
    """The finding `credentials`: are they all there, and do they look like what they should be?

    Values are never shown, only their lengths.

    Args:
        variables: Name to value, as the environment has them.
    """
    account = variables.get("NETSUITE_ACCOUNT_ID", "").strip()
    # A malformed account id is a finding of its own.
    others = {**variables, "NETSUITE_ACCOUNT_ID": account and _PLAUSIBLE_ACCOUNT}
    try:
        TokenCredentials.from_variables(others)
    except ConfigurationError as error:
        return Finding("credentials", State.FAILED, error.message, remedy=error.remedy)
    values = {name: variables[name].strip() for name in _SECRETS}
    causes = (*_doubled(values), *_of_another_form(values))
    if not causes:
        return Finding("credentials", State.OK, "all five are set")
    return Finding(
        "credentials",
        State.WARNING,
        "All five are set, but they may have been pasted wrongly.",
        causes,
        remedy=causes[0].remedy,
    )


def _doubled(values: Mapping[str, str]) -> tuple[Cause, ...]:
    names: dict[str, list[str]] = {}
    for name, value in values.items():
        names.setdefault(value, []).append(name)
    return tuple(
        Cause(
            f"{' and '.join(same)} have the same value.",
            "NetSuite gives four different ones.",
            f"Paste each again. {_SHOWN_ONCE}",
        )
        for same in names.values()
        if len(same) > 1
    )


def _of_another_form(values: Mapping[str, str]) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            f"{name} has {len(value)} characters{', not all 0-9 and a-f' if len(value) == 64 else ''}.",
            "The ones that NetSuite shows in its documentation have 64 characters 0-9 and a-f.",
            f"Paste it again, whole. {_SHOWN_ONCE}",
        )
        for name, value in values.items()
        if not _KEY_FORM.fullmatch(value)
    )


_SHOWN_ONCE = (
    f"NetSuite shows them only once; if they are lost, make a new token ({ACCESS_TOKENS} > New Access Token) "
    f"or reset the integration's credentials ({INTEGRATIONS} > (the integration) > Edit > Reset Credentials)."
)


def look_at_account_id(variables: Mapping[str, str]) -> Finding:
    """The finding `account_id`: is it one that NetSuite gives?"""
    text = variables.get("NETSUITE_ACCOUNT_ID", "")
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
class WarehouseLook:
    """What was found of the warehouse.

    Attributes:
        finding: The finding `warehouse`.
        known: What was last known good, from the published file; None where there is none.
    """

    finding: Finding
    known: KnownGood | None = None


def look_at_warehouse(warehouse: Warehouse, connection: str, account: str) -> WarehouseLook:
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
        return WarehouseLook(_warehouse(State.FAILED, error.message, error.remedy))
    if known is not None and account and known.account and known.account != account:
        return WarehouseLook(
            _warehouse(
                State.FAILED,
                f"{warehouse.path} holds the tables of account {known.account}, not of {account}.",
                "Set NETSUITE_WAREHOUSE to another file for this account.",
            )
        )
    barred = _barred(warehouse)
    if barred:
        return WarehouseLook(
            _warehouse(
                State.FAILED,
                f"A sync could not write {barred}.",
                "Let this user write it, or set NETSUITE_WAREHOUSE to a file in a folder that it may write.",
            ),
            known,
        )
    return WarehouseLook(_room_for(warehouse, known), known)


def _room_for(warehouse: Warehouse, known: KnownGood | None) -> Finding:
    if not warehouse.path.exists():
        return _warehouse(State.OK, f"{warehouse.path}: none yet, the first sync makes it")
    size = warehouse.path.stat().st_size
    free = shutil.disk_usage(warehouse.path.parent).free
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
    if warehouse.path.is_dir():
        raise WarehouseMisconfigured(
            f"{warehouse.path} cannot be the warehouse: it is a folder.",
            remedy="Set NETSUITE_WAREHOUSE to a file such as data/warehouse.duckdb.",
        )
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
    for folder in (warehouse.path.parent, warehouse.folder):
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
