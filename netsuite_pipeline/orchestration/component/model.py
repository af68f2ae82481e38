"""What Dagster checks a `defs.yaml` against before the component is made: its fields, and no secrets."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, get_args

from dagster.components.resolved.core_models import AssetSpecUpdateKwargs  # no public name for it in 1.13
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema

from netsuite_pipeline.tables.table import did_you_mean

_SECRET = "(secret|password|private_key|consumer_key|token|credential|certificate)"
_NO_SECRETS = (
    "no credentials here: they come from environment variables (NETSUITE_TOKEN_SECRET and its kin; "
    "`variables` says what their names begin with)"
)
NO_ADDRESSES = "must be the name of an environment variable, never the addresses: these carry secrets"
_TEMPLATE = {"type": "string", "pattern": r"\{\{"}


@cache
def strict_model(
    derived: type[BaseModel], nested: tuple[tuple[str, type[BaseModel]], ...]
) -> type[BaseModel]:
    """The model that Dagster derived from a component, which says more plainly what is wrong, and where.

    Args:
        derived: Dagster's. It lets every field be a text too, for the sake of templates: what is wrong inside
            a mapping would be told at the mapping's first line, or not at all.
        nested: Fields that hold mappings by name, each with the model of one.
    """

    class Strict(derived):  # type: ignore[misc,valid-type]
        model_config = ConfigDict(title=derived.__name__)

        @model_validator(mode="before")
        @classmethod
        def _say_plainly(cls, data: Any) -> Any:
            if isinstance(data, Mapping):
                errors = [*_unknown_fields(data, list(cls.model_fields)), *_nested_errors(data, dict(nested))]
                errors += [*_unknown_of_translation(data.get("translation")), *_addresses(data.get("alerts"))]
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
            for field, one in nested:
                texts = [name for name, info in one.model_fields.items() if _may_be_text(info.annotation)]
                entry = own["properties"][field]["else"]["additionalProperties"]
                _make_precise(handler.resolve_ref_schema(entry), leave=texts)
            # Beside the refusal of unknown fields, which a secret is too. A constant does not tell the value.
            if not any(re.search(_SECRET, name) for name in own["properties"]):
                own["allOf"] = [{"patternProperties": {_SECRET: {"const": _NO_SECRETS}}}]
            return schema

    Strict.__name__ = derived.__name__
    return Strict


def _unknown_fields(data: Mapping[Any, Any], known: list[str]) -> list[Any]:
    errors = []
    for name in data:
        if name not in known:
            secret = re.search(_SECRET, str(name), re.IGNORECASE)
            told = (
                _NO_SECRETS if secret else f"there is no attribute {name!r}{did_you_mean(str(name), known)}"
            )
            # What was written there is not shown: it may be a secret.
            errors.append(_error((name,), told, shown="(not shown)"))
    return errors


def _unknown_of_translation(said: Any) -> list[Any]:
    known = list(AssetSpecUpdateKwargs.model().model_fields)
    return [
        _error(
            ("translation", name), f"there is no field {name!r}{did_you_mean(str(name), known)}", shown=name
        )
        for name in (said if isinstance(said, Mapping) else ())
        if name not in known
    ]


def _addresses(said: Any) -> list[Any]:
    """Addresses carry secrets, and Dagster shows what is no text."""
    if said is None or isinstance(said, str):
        return []
    return [_error(("alerts",), NO_ADDRESSES, shown="(not shown)")]


def _nested_errors(data: Mapping[Any, Any], models: Mapping[str, type[BaseModel]]) -> list[Any]:
    errors: list[Any] = []
    for field, model in models.items():
        entries = data.get(field)
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            if not isinstance(entry, Mapping):
                errors.append(
                    _error((field, name), f"must hold {', '.join(model.model_fields)}", shown=entry)
                )
                continue
            for key in set(entry) - set(model.model_fields):
                close = did_you_mean(str(key), list(model.model_fields))
                errors.append(
                    _error((field, name, key), f"there is no field {key!r}{close}", shown="(not shown)")
                )
            if "{{" in str(entry):
                continue  # what a template stands for is checked once it is known
            try:
                model.model_validate({key: entry[key] for key in entry if key in model.model_fields})
            except ValidationError as error:
                errors += [
                    {**one, "loc": (field, name, *one["loc"])} for one in error.errors(include_url=False)
                ]
    return errors


def _error(place: tuple[Any, ...], told: str, *, shown: Any) -> dict[str, Any]:
    return {"type": "value_error", "loc": place, "input": shown, "ctx": {"error": ValueError(told)}}


def _may_be_text(annotation: Any) -> bool:
    return isinstance(annotation, UnionType) and str in get_args(annotation)


def _make_precise(schema: dict[str, Any], leave: Sequence[str] = ()) -> None:
    """Changes the schema of a mapping, which `dg check yaml` and editors go by; but not fields to be left."""
    fields = schema["properties"].items()
    schema["properties"] = {name: field if name in leave else _precise(field) for name, field in fields}


def _precise(field: dict[str, Any]) -> dict[str, Any]:
    """A field that tells what is wrong inside it: `anyOf`, for the sake of templates, tells of the whole."""
    options = field.get("anyOf", [])
    inner = [option for option in options if option.get("type") in ("object", "array") or "$ref" in option]
    if {"type": "string"} not in options or len(inner) != 1 or len(options) != 2:
        return field
    rest = {name: value for name, value in field.items() if name != "anyOf"}
    return {**rest, "if": _TEMPLATE, "else": inner[0]}
