"""The attributes of a `defs.yaml` as Python arguments: the component's model checks both."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError

if TYPE_CHECKING:
    import dagster as dg

    from netsuite_pipeline.tables import Table

# The names in Python's types that say the same as an attribute.
SAME: Mapping[str, str] = {
    "fresh_for_hours": "fresh_for",
    "connection_every_minutes": "connection_every",
    "permissions_every_minutes": "permissions_every",
    "alerts": "alert_variable",
    "translation": "change_spec",
}
# Arguments in Python's types that stand for several attributes.
_REPLACES: Mapping[str, tuple[str, ...]] = {
    "netsuite": ("variables", "concurrency"),
    "catalogue": ("settings", "custom_tables", "suiteql_tables"),
}


class Attributes(TypedDict, total=False):
    """The attributes of docs/configure.md that have no argument of the same name in Python's types."""

    variables: str
    concurrency: int
    settings: Mapping[str, Mapping[str, Any]]
    custom_tables: "Sequence[str | Mapping[str, Any]]"
    suiteql_tables: Mapping[str, Mapping[str, Any]]
    fresh_for_hours: float
    alerts: str
    connection_every_minutes: float
    permissions_every_minutes: float
    translation: "Mapping[str, Any] | Callable[[dg.AssetSpec, Table], dg.AssetSpec]"


def arguments_of(attributes: Mapping[str, Any], python: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in Python's types that attributes come to.

    Args:
        attributes: As in a `defs.yaml`.
        python: Arguments in Python's types that were given beside them; they hold.

    Raises:
        ConfigurationError: An attribute is unknown or cannot be meant so, or is given in both ways.
    """
    for name, same in SAME.items():
        if name in attributes and same in python:
            raise ConfigurationError(
                f"{name} and {same} say the same.", remedy=f"Give {name}, or {same}, but not both."
            )
    for argument, replaces in _REPLACES.items():
        both = [name for name in replaces if name in attributes]
        if argument in python and both:
            raise ConfigurationError(
                f"{argument} is given beside {both[0]}, which it would replace.",
                remedy="Give one of the two.",
            )
    # The component builds on the function that these arguments are for.
    from netsuite_pipeline.orchestration.component.component import NetSuiteComponent

    given, others = dict(attributes), dict(python)
    for name in ("warehouse", "schedules"):  # in Python's types they hold as they are
        if given[name] and not isinstance(given[name], str | Mapping):
            others[name] = given.pop(name)
        elif not given[name]:
            del given[name]
    translation = given.pop("translation") if callable(given.get("translation")) else None
    try:
        component = NetSuiteComponent.from_attributes_dict(attributes=given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigurationError(
            f"{place}: {first['msg'].removeprefix('Value error, ')}.",
            remedy="docs/configure.md describes every attribute.",
        ) from None
    if translation is not None:
        component.translation = translation
    return {**component.arguments(), **others}
