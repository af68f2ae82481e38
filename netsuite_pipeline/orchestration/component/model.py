"""The model that Dagster validates a `defs.yaml` with: plain errors for each attribute, and no secrets."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, get_args

from dagster.components.resolved.core_models import AssetSpecUpdateKwargs  # no public name for it in 1.13
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema

from netsuite_pipeline.orchestration.component.attributes import (
    QueryAttributes,
    ScheduleAttributes,
    TableAttributes,
)
from netsuite_pipeline.tables.table import did_you_mean

_NESTED: Mapping[str, type[BaseModel]] = {
    "table_settings": TableAttributes,
    "schedules": ScheduleAttributes,
    "queries": QueryAttributes,
}
"""The attributes that are mappings by name, each with the model of one entry."""
_SENSITIVE = "(secret|password|private_key|consumer_key|token|credential|certificate)"
_NO_SECRETS = (
    "no credentials here: they come from environment variables (NETSUITE_TOKEN_SECRET and so on; "
    "`env_prefix` sets the prefix of their names)"
)
NO_ADDRESSES = "must be the name of an environment variable, never the addresses: these have secrets"
_TEMPLATE = {"type": "string", "pattern": r"\{\{"}
_HIDDEN = "(not shown)"
_RENAMED: Mapping[str, str] = {
    "variables": "env_prefix",
    "settings": "table_settings",
    "suiteql_tables": "queries",
    "alerts": "alert_urls_env",
    "alert_variable": "alert_urls_env",
    "cron": "cron_schedule",
    "time_zone": "execution_timezone",
    "running": "default_status (RUNNING or STOPPED)",
    "schedule_running": "default_status (RUNNING or STOPPED)",
    "sensors_running": "sensor_default_status (RUNNING or STOPPED)",
    "connection_every_minutes": "minimum_interval_seconds",
    "connection_every": "minimum_interval_seconds",
    "permissions_every_minutes": "permission_interval_seconds",
    "permissions_every": "permission_interval_seconds",
    "fresh_for": "fresh_for_hours",
    "change_spec": "translation, or the argument translator",
    "left_out": "leave_out in table_settings",
}
"""Former names, and what to write instead."""


@cache
def strict_model(derived: type[BaseModel]) -> type[BaseModel]:
    """Return the model that Dagster derives from a component, with plainer errors at the exact attribute.

    Args:
        derived: Dagster's model. It accepts a text for every field, as a template. So it reports an error
            inside a mapping at the mapping's first line, or not at all.
    """

    class Strict(derived):  # type: ignore[misc,valid-type]
        model_config = ConfigDict(title=derived.__name__)

        @model_validator(mode="before")
        @classmethod
        def _report_plainly(cls, data: Any) -> Any:
            if isinstance(data, Mapping):
                errors = [*_unknown_fields(data, list(cls.model_fields)), *_nested_errors(data)]
                errors += _translation_errors(data.get("translation"))
                # Addresses have secrets, and Dagster shows a value that is no text.
                if not isinstance(data.get("alert_urls_env", ""), str):
                    errors.append(_error(("alert_urls_env",), NO_ADDRESSES))
                if errors:
                    raise ValidationError.from_exception_data(derived.__name__, errors)
            return data

        @classmethod
        def __get_pydantic_json_schema__(
            cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
        ) -> dict[str, Any]:
            schema = handler(core_schema)
            own = handler.resolve_ref_schema(schema)
            _make_precise(own)
            for field, one in _NESTED.items():
                texts = [name for name, info in one.model_fields.items() if _may_be_text(info.annotation)]
                entry = own["properties"][field]["else"]["additionalProperties"]
                _make_precise(handler.resolve_ref_schema(entry), leave=texts)
            # Beside the refusal of unknown fields: its message must not show the value of a secret.
            if not any(re.search(_SENSITIVE, name) for name in own["properties"]):
                own["allOf"] = [{"patternProperties": {_SENSITIVE: {"const": _NO_SECRETS}}}]
            return schema

    Strict.__name__ = derived.__name__
    return Strict


def _unknown_fields(data: Mapping[Any, Any], known: list[str], *path: str) -> list[Any]:
    """Return an error for each unknown field; its value is not shown, because it may be a secret."""
    return [
        _error((*path, name), _unknown_text(str(name), known, path)) for name in data if name not in known
    ]


def _unknown_text(name: str, known: list[str], path: tuple[str, ...]) -> str:
    kind = "field" if path else "attribute"
    if not path and re.search(_SENSITIVE, name, re.IGNORECASE):
        return _NO_SECRETS
    if name in _RENAMED and _RENAMED[name].split()[0].strip(",") in known:
        return f"the {kind} {name!r} is now called {_RENAMED[name]}"
    return f"there is no {kind} {name!r}{did_you_mean(name, known)}"


def _translation_errors(translation: Any) -> list[Any]:
    if not isinstance(translation, Mapping):
        return []
    return _unknown_fields(translation, list(AssetSpecUpdateKwargs.model().model_fields), "translation")


def _nested_errors(data: Mapping[Any, Any]) -> list[Any]:
    errors: list[Any] = []
    for field, model in _NESTED.items():
        entries = data.get(field)
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            if not isinstance(entry, Mapping):
                message = f"must be a mapping of {', '.join(model.model_fields)}"
                errors.append(_error((field, name), message, shown=entry))
                continue
            errors += _unknown_fields(entry, list(model.model_fields), field, name)
            if "{{" in str(entry):
                continue  # Dagster validates a template as soon as it has the value
            try:
                model.model_validate({key: entry[key] for key in entry if key in model.model_fields})
            except ValidationError as error:
                errors += [
                    {**one, "loc": (field, name, *one["loc"])} for one in error.errors(include_url=False)
                ]
    return errors


def _error(path: tuple[Any, ...], message: str, *, shown: Any = _HIDDEN) -> dict[str, Any]:
    return {"type": "value_error", "loc": path, "input": shown, "ctx": {"error": ValueError(message)}}


def _may_be_text(annotation: Any) -> bool:
    return isinstance(annotation, UnionType) and str in get_args(annotation)


def _make_precise(schema: dict[str, Any], leave: Sequence[str] = ()) -> None:
    """Change the schema of a mapping, which `dg check yaml` and editors use, except fields in `leave`."""
    fields = schema["properties"].items()
    schema["properties"] = {name: field if name in leave else _precise(field) for name, field in fields}


def _precise(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field that reports an error inside it; `anyOf` reports the whole field."""
    options = field.get("anyOf", [])
    inner = [option for option in options if option.get("type") in ("object", "array") or "$ref" in option]
    if {"type": "string"} not in options or len(inner) != 1 or len(options) != 2:
        return field
    rest = {name: value for name, value in field.items() if name != "anyOf"}
    return {**rest, "if": _TEMPLATE, "else": inner[0]}
