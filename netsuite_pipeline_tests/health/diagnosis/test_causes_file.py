"""The causes in `causes.yaml` and the code that names them fit together."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import netsuite_pipeline.health
from netsuite_pipeline.health.diagnosis import causes
from netsuite_pipeline.health.setup_guide.guide import FEATURES, read_data
from netsuite_pipeline.netsuite import menus
from netsuite_pipeline.tables.permission_levels import netsuite_permissions

HEALTH = Path(netsuite_pipeline.health.__file__).parent
CAUSES = read_data(causes.__package__, "causes.yaml")
PERMISSIONS = {each.name for each in netsuite_permissions().values()}


def texts() -> Iterator[str]:
    """Every text of every cause."""
    for raw in CAUSES.values():
        yield from (raw.get(name, "") for name in ("summary", "indication", "remedy"))


def syntax() -> Iterator[ast.AST]:
    for path in HEALTH.rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_a_cause_that_the_code_names_exists() -> None:
    named = {
        argument.value
        for node in syntax()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("get_cause", "get_causes")
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }
    assert len(named) > 30
    assert named <= set(CAUSES)


def test_every_cause_is_named_by_the_code_or_by_the_login_audit_trail() -> None:
    constants = {node.value for node in syntax() if isinstance(node, ast.Constant)}
    details = {name for name, raw in CAUSES.items() if "tba_details" in raw or "oauth2_details" in raw}
    assert set(CAUSES) - constants - details == set()


def test_a_permission_or_feature_that_a_cause_names_exists() -> None:
    named = [each for text in texts() for each in re.findall(r"\{(permission|feature)\[(.+?)\]\}", text)]
    assert {name for kind, name in named if kind == "permission"} <= PERMISSIONS
    assert {name for kind, name in named if kind == "feature"} <= set(FEATURES)
    assert len(named) > 10


def test_a_menu_path_that_a_cause_names_exists() -> None:
    named = {name for text in texts() for _, name, _, _ in Formatter().parse(text) if name}
    paths = {name for name in named if name.isupper()}
    assert paths - {"EDIT_ROLE"} <= set(vars(menus))


def test_an_unknown_cause_or_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        causes.get_cause("no_such_cause")
    with pytest.raises(KeyError):
        causes.get_cause("concurrency_too_high", configured=20)
