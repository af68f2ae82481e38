"""Every permission that is named anywhere exists, under that tab, by that id, at that level."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.account import permissions as emulated
from netsuite_pipeline.emulator.account.roles import standard_roles
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.health.setup_guide.guide import (
    INSTALLER_PERMISSIONS,
    TRANSPORT,
    GrantedPermission,
    permission_path,
)
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.tables.discovery.custom_fields import read_custom_fields
from netsuite_pipeline.tables.permission_levels import LEVELS, least_level, netsuite_permissions
from netsuite_pipeline_tests.one_pass import in_one_pass

ROOT = Path(__file__).parents[2]
KNOWN = netsuite_permissions()
BY_NAME = {each.name: each for each in KNOWN.values()}
BY_LABEL = {each.name.partition(" > ")[2]: each for each in KNOWN.values()}
LEVEL = "|".join(LEVELS.values())
# "add Vendors (View)", "Setup > Deleted Records (Full)", "**Log in using … Tokens** (Full)"
IN_WORDS = re.compile(rf"([A-Z][\w.&/'-]*(?: [\w.&/'-]+)*)(?:\*\*)? \(({LEVEL})\)")
IN_A_ROW = re.compile(
    r"^\| ((?:Setup|Lists|Reports|Transactions) > [^|]+?) \| (\w+) \| (`?)([^|`]+)\3 \|", re.M
)


def texts() -> Iterator[tuple[str, str]]:
    """All that people read: the documents, and every text in the code."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "netsuite_pipeline").rglob("*.py")):
        # Strings that are joined over lines are one text.
        yield str(path.relative_to(ROOT)), re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "netsuite_pipeline" / "health").rglob("*.yaml")):
        yield str(path.relative_to(ROOT)), re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))


def test_the_list_has_what_oracle_publishes_and_levels_of_nearly_all() -> None:
    assert len(KNOWN) == 671
    assert sum(not each.levels for each in KNOWN.values()) == 17
    assert {each.name.partition(" > ")[0] for each in KNOWN.values()} >= {
        "Setup",
        "Lists",
        "Reports",
        "Transactions",
    }


@in_one_pass("each", (*TRANSPORT, *INSTALLER_PERMISSIONS), ids=lambda each: each.id)
def test_a_permission_of_the_guide_exists_at_its_level(each: GrantedPermission) -> None:
    assert each.level in (KNOWN[each.id].levels or ("View",))


@in_one_pass("table", standard_tables().values(), ids=lambda table: table.name)
def test_a_table_needs_a_permission_that_exists(table: Table) -> None:
    known = KNOWN[table.permission.id]
    assert known.name == table.permission.name
    assert f"({least_level(known.name)})" in permission_path(known.name)
    assert least_level(known.name) in (known.levels or ("View",))


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("Setup > Deleted Records", "Full"),
        ("Setup > View Login Audit Trail", "Full"),
        ("Reports > SuiteAnalytics Workbook", "Edit"),
        ("Setup > Manage Accounting Periods", "View"),
        ("Lists > Address", "View"),  # its levels are not known
        ("Custom Record > Boats", "View"),
    ],
)
def test_the_least_level_is_one_that_there_is(name: str, level: str) -> None:
    assert least_level(name) == level
    assert permission_path(name, "Loader").endswith(f"({level}), press Add, then Save.")


def test_levels_in_words_exist() -> None:
    seen, wrong = set(), []
    for where, text in texts():
        for words, level in IN_WORDS.findall(text):
            # The permission's name is the longest ending of the words before the level.
            parts = words.split(" ")
            labels = [" ".join(parts[place:]) for place in range(len(parts))]
            known = next((BY_LABEL[label] for label in labels if label in BY_LABEL), None)
            if known is not None:
                seen.add(known.id)
                if level not in (known.levels or ("View",)):
                    wrong.append(f"{where}: {words} ({level})")
    assert not wrong
    assert {"REPO_ANALYTICS", "ADMI_LOGIN_OAUTH2", "LIST_VENDOR"} <= seen


def test_rows_of_the_documents_name_permissions_that_exist() -> None:
    rows = [
        (where, *row) for where, text in texts() if where.endswith(".md") for row in IN_A_ROW.findall(text)
    ]
    assert len(rows) >= 30
    for where, name, level, _, id_ in rows:
        known = KNOWN[id_]
        assert known.name == name, where
        assert level in (known.levels or ("View",)), f"{where}: {name}"


def test_no_permission_is_called_manage_integrations() -> None:
    assert not [where for where, text in texts() if "Setup > Manage Integrations" in text]
    assert "Manage Integrations" not in BY_LABEL


def test_the_emulator_has_the_same_permissions_and_levels() -> None:
    numbers = {level: number for number, level in enumerate(LEVELS.values(), start=1)}
    for id_ in emulated.NAMES:
        known = KNOWN[id_]
        assert emulated.menu_name(id_).replace(" -> ", " > ") == known.name
        if known.levels:
            assert emulated.levels_of(id_) == tuple(numbers[level] for level in known.levels), id_
    assert {record.permission for record in RECORDS.values()} <= set(KNOWN)


def test_the_emulator_s_roles_hold_levels_that_exist() -> None:
    for role in standard_roles().values():
        for permission, level in role.permissions.items():
            assert level in emulated.levels_of(permission), f"{role.name}: {permission}"


def test_permissions_that_discovery_names_exist() -> None:
    class Refusing:
        def iter_rows(self, sql: str) -> Iterator[dict[str, str]]:
            from netsuite_pipeline.netsuite.errors import PermissionDenied

            raise PermissionDenied("no", table=sql.split(" FROM ")[1].split(" ")[0])

    notes: list[str] = []
    read_custom_fields(Refusing(), notes.append)  # type: ignore[arg-type]
    named = [name for note in notes for name in re.findall(r"may lack ([^.]+)\.", note)]
    assert named
    assert set(named) <= set(BY_NAME)
