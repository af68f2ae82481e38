"""The set-up guide: one set of data for the page, for remedies, and for what the Login Audit Trail says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.account import permissions as emulated
from netsuite_pipeline.health.diagnosis.causes import AUDIT_DETAILS, OAUTH2_DETAILS
from netsuite_pipeline.health.diagnosis.sign_in_causes import cause_of_detail
from netsuite_pipeline.health.setup_guide.guide import (
    FEATURES,
    INSTALLER_PERMISSIONS,
    OAUTH2_STEPS,
    STEPS_BY_KIND,
    SUNSETS,
    TRANSPORT,
    Step,
    feature_path,
    permission_path,
)
from netsuite_pipeline.health.setup_page import render_setup_markdown, tables_by_permission
from netsuite_pipeline.netsuite.auth.variables import NANGO_VARIABLES, OAUTH2_VARIABLES, TBA_VARIABLES
from netsuite_pipeline.tables import Column, Permission, Table, standard_tables
from netsuite_pipeline.tables.permission_levels import least_level
from netsuite_pipeline_tests.one_pass import in_one_pass

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "netsuite-setup.md").read_text(encoding="utf-8")
TABLES = standard_tables()
STEPS = STEPS_BY_KIND["tba"]


def test_the_page_in_the_repository_agrees_with_the_data() -> None:
    assert render_setup_markdown(TABLES) == PAGE, (
        "run: python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md"
    )


def test_a_table_more_is_a_permission_more_on_the_page() -> None:
    boat = Table(
        name="boat",
        title="Boats",
        description="One row a boat.",
        group="custom",
        key=("id",),
        columns=(Column("id", "integer", "Its id."),),
        permission=Permission("LIST_BOAT", "Lists > Boats"),
        feature="Harbour",
    )
    row = "| Lists > Boats | View | `LIST_BOAT` | [boat](tables.md#boat) (Harbour) |"
    assert row not in PAGE
    assert row in render_setup_markdown({**TABLES, "boat": boat})


@in_one_pass("table", TABLES.values(), ids=lambda table: table.name)
def test_each_tables_permission_is_on_the_page_and_leads_to_the_table(table: Table) -> None:
    rows = [line for line in PAGE.splitlines() if f"](tables.md#{table.name})" in line]
    assert len(rows) == 1
    assert rows[0].startswith(
        f"| {table.permission.name} | {least_level(table.permission.name)} | `{table.permission.id}` |"
    )


def test_every_link_on_the_page_leads_somewhere() -> None:
    here = _anchors(PAGE)
    tables = _anchors((DOCS / "tables.md").read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", PAGE)
    assert len(links) > 80
    for link in links:
        file, _, anchor = link.partition("#")
        if file.startswith("https://"):
            continue
        assert file in ("", "tables.md")
        assert not anchor or anchor in (tables if file else here), link


@pytest.mark.parametrize("anchor", ["oauth-20", "when-the-sign-in-is-refused", "alerts"])
def test_what_others_link_to_is_on_the_page(anchor: str) -> None:
    assert anchor in _anchors(PAGE)


def _anchors(page: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", page)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_steps_give_each_variable_once_and_say_which_values_are_shown_once() -> None:
    copied = [each for step in STEPS for each in step.values]
    assert sorted(each.variable for each in copied) == sorted(TBA_VARIABLES)
    assert {each.variable for each in copied if not each.once} == {"NETSUITE_ACCOUNT_ID"}


def test_the_clicks_of_each_step_are_numbered_from_one_without_a_gap() -> None:
    for number, step in enumerate(STEPS, start=1):
        section = PAGE.partition(f"\n## {number}. {step.title}\n")[2].partition("\n## ")[0]
        places = [int(place) for place in re.findall(r"(?m)^(\d+)\. ", section)]
        assert places == list(range(1, len(step.do) + len(step.values) + 1)), step.title


def test_the_role_is_made_before_the_token_that_is_bound_to_it() -> None:
    titles = [step.title for step in STEPS]
    assert titles.index("Create a role for the pipeline") < titles.index("Create the access token")
    assert titles.index("Create the integration record") < titles.index("Create the access token")


def test_what_the_guide_calls_needed_is_what_the_emulator_refuses_to_go_without() -> None:
    needed = {each.id: each.level.lower() for each in TRANSPORT if each.needed}
    assert {id_: emulated.LEVELS[level] for id_, level in needed.items()} == emulated.TRANSPORT


NAMES = {each.id: each.name for each in (*TRANSPORT, *INSTALLER_PERMISSIONS)} | {
    each.id: each.name for each in tables_by_permission(TABLES.values())
}


@in_one_pass("id_", sorted(set(NAMES) & set(emulated.NAMES)))
def test_permissions_have_the_same_names_as_in_the_emulator(id_: str) -> None:
    assert NAMES[id_] == emulated.menu_name(id_).replace(" -> ", " > ")


@pytest.mark.parametrize(
    ("name", "role", "path"),
    [
        (
            "Lists > Vendors",
            "Data pipeline",
            "Setup > Users/Roles > Manage Roles > Data pipeline > Edit > Permissions > Lists: add Vendors (View), press Add, then Save.",
        ),
        (
            "Reports > SuiteAnalytics Workbook",
            "",
            "Setup > Users/Roles > Manage Roles > (the token's role) > Edit > Permissions > Reports: add SuiteAnalytics Workbook (Edit), press Add, then Save.",
        ),
        (
            "Setup > REST Web Services",
            "Loader > night",
            "Setup > Users/Roles > Manage Roles > Loader > night > Edit > Permissions > Setup: add REST Web Services (Full), press Add, then Save.",
        ),
        (
            "Custom Record > Boats",
            "A",
            "Setup > Users/Roles > Manage Roles > A > Edit > Permissions > Custom Record: add Boats (View), press Add, then Save.",
        ),
        (
            "Something without a tab",
            "A",
            "Setup > Users/Roles > Manage Roles > A > Edit > Permissions: add Something without a tab (View), press Add, then Save.",
        ),
    ],
)
def test_a_remedy_names_role_tab_permission_and_level(name: str, role: str, path: str) -> None:
    assert permission_path(name, role) == path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (
            "REST Web Services",
            "Setup > Company > Enable Features > SuiteCloud: switch on REST Web Services, then Save.",
        ),
        (
            "SuiteAnalytics Workbook",
            "Setup > Company > Enable Features > Analytics: switch on SuiteAnalytics Workbook, then Save.",
        ),
        (
            "Subsidiaries, Multiple Currencies",
            "Subsidiaries: only NetSuite's account team can enable it. "
            "Setup > Company > Enable Features > Company: switch on Multiple Currencies, then Save.",
        ),
        ("Harbour", "Setup > Company > Enable Features: switch on Harbour, then Save."),
    ],
)
def test_a_feature_is_found_under_its_subtab(name: str, path: str) -> None:
    assert feature_path(name) == path


def test_every_feature_that_a_table_needs_is_known() -> None:
    needed = {each.strip() for table in TABLES.values() for each in (table.feature or "").split(",")} - {""}
    assert needed
    assert needed <= set(FEATURES)


ORACLES_DETAILS = [
    "consumer_key_refused",
    "consumer_key_unknown",
    "FeatureDisabled",
    "MissingTokenPassportRequiredFields",
    "NonceUsed",
    "permission_denied",
    "InvalidSignature",
    "UnknownAlgorithm",
    "temporary_locked",
    "InvalidTimestamp",
    "token_rejected",
]


@pytest.mark.parametrize("detail", ORACLES_DETAILS)
def test_each_detail_of_the_login_audit_trail_has_a_cause_and_a_remedy_on_the_page(detail: str) -> None:
    cause = AUDIT_DETAILS[detail]
    assert cause.summary
    assert cause.remedy
    assert f"| `{detail}` | {cause.summary} | {cause.indication} | {cause.remedy} |" in PAGE


def test_no_detail_is_made_up() -> None:
    assert set(AUDIT_DETAILS) == set(ORACLES_DETAILS)


@pytest.mark.parametrize(
    ("written", "detail"),
    [
        ("token_rejected", "token_rejected"),
        (" Token_Rejected ", "token_rejected"),
        ("nonce_used", "NonceUsed"),
        ("NonceUsed", "NonceUsed"),
        ("featuredisabled", "FeatureDisabled"),
    ],
)
def test_a_detail_is_understood_however_it_is_written(written: str, detail: str) -> None:
    assert cause_of_detail(written, uses_tba=True) == AUDIT_DETAILS[detail]


@pytest.mark.parametrize("written", ["", "SomethingNew", "realm_of_another_account"])
def test_an_unknown_detail_means_no_cause(written: str) -> None:
    assert cause_of_detail(written, uses_tba=True) is None


def test_the_warning_about_tokens_says_when_and_where_to_read_on() -> None:
    assert SUNSETS[0].as_warning == (
        "No new token-based integrations from NetSuite 2027.1: "
        "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0525020842.html"
    )
    assert [each.release for each in SUNSETS] == sorted(each.release for each in SUNSETS)


def _section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_dates_are_all_on_the_page() -> None:
    for sunset in SUNSETS:
        assert sunset.text in _section("Dates that matter")


def test_the_steps_of_oauth2_give_all_that_a_certificate_signs_in_with() -> None:
    steps = STEPS_BY_KIND["oauth2"]
    copied = {each.variable for step in steps for each in step.values}
    emitted = " ".join(line for step in steps for line in step.do)
    made = {name for name in ("NETSUITE_PRIVATE_KEY", "NETSUITE_CERTIFICATE") if f"**{name}**" in emitted}
    assert copied | made == {*OAUTH2_VARIABLES, "NETSUITE_CERTIFICATE"}
    assert not copied & set(TBA_VARIABLES[1:])


def test_each_kind_has_the_common_steps_and_the_certificate_is_made_before_it_is_mapped() -> None:
    titles = {kind: [step.title for step in steps] for kind, steps in STEPS_BY_KIND.items()}
    common = [title for title in titles["tba"] if title in titles["oauth2"]]
    assert common[0] == "Switch the features on"
    assert {"Give the role to a user", "Copy the account id", "Check the concurrency"} <= set(common)
    order = [titles["oauth2"].index(step.title) for step in OAUTH2_STEPS]
    assert order == sorted(order)
    assert [step.title for step in OAUTH2_STEPS][-2:] == [
        "Create key and certificate",
        "Map the certificate to user and role",
    ]


@pytest.mark.parametrize("step", OAUTH2_STEPS, ids=lambda step: step.title)
def test_each_step_of_oauth2_is_on_the_page_click_by_click(step: Step) -> None:
    part = _section("OAuth 2.0").partition(f"\n### {step.title}\n")[2].partition("\n### ")[0]
    places = [int(place) for place in re.findall(r"(?m)^(\d+)\. ", part)]
    assert places == list(range(1, len(step.do) + len(step.values) + 1))
    assert all(line in part for line in step.do)


@pytest.mark.parametrize(
    "variable", [*OAUTH2_VARIABLES, "NETSUITE_CERTIFICATE", "NETSUITE_PRIVATE_KEY_PASSWORD"]
)
def test_each_variable_of_oauth2_is_explained(variable: str) -> None:
    assert f"| `{variable}` | " in _section("OAuth 2.0")


@pytest.mark.parametrize(
    "words",
    [
        "Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup",
        "Client Credentials (Machine to Machine) Grant",
        "Log in using OAuth 2.0 Access Tokens",
        "netsuite-pipeline connect",
        "netsuite-pipeline doctor --env-file new.env",
        "60, 30 and 7 days",
    ],
)
def test_the_part_about_oauth2_has_what_a_person_needs(words: str) -> None:
    assert words in _section("OAuth 2.0")


@pytest.mark.parametrize("variable", [*NANGO_VARIABLES, "NANGO_PROVIDER_CONFIG_KEY", "NANGO_HOST"])
def test_each_variable_of_nango_is_explained(variable: str) -> None:
    assert f"| `{variable}` | " in _section("Nango")


def test_a_token_is_replaced_by_checking_the_new_one_before_the_old_is_revoked() -> None:
    part = _section("Replacing a token without a gap")
    assert 0 < part.index("doctor --env-file new.env") < part.index("revoke the old token")


# Oracle's words for requests with an access token (NSH:subsect_158324637123).
ORACLES_OAUTH2_DETAILS = [
    "AccessTokenExpired",
    "EntityOrRoleDisabled",
    "InvalidIntegration",
    "InvalidScope",
    "InvalidSignature",
    "ScopeMismatched",
    "TokenRejected",
]


def test_no_detail_of_oauth2_is_made_up_and_each_is_on_the_page() -> None:
    assert sorted(OAUTH2_DETAILS) == ORACLES_OAUTH2_DETAILS
    for detail, cause in OAUTH2_DETAILS.items():
        assert f"| `{detail}` | {cause.summary} | {cause.indication} | {cause.remedy} |" in PAGE


def test_the_guide_needs_neither_dagster_nor_pandas_nor_a_channel() -> None:
    code = (
        "import sys, netsuite_pipeline.health.setup_guide, netsuite_pipeline.health.monitoring.alert_channels; "
        "print([name for name in ('dagster', 'pandas', 'apprise') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert result.stdout.strip() == "[]"
