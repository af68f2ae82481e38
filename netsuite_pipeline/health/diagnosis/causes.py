"""Possible causes of findings by name, from `causes.yaml` beside this file."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import Entry, read_data, with_menus


class _Entry(Entry):
    """A cause with its placeholders, as `causes.yaml` has it."""

    summary: str
    indication: str = ""
    remedy: str = ""
    tba_details: tuple[str, ...] = ()
    oauth2_details: tuple[str, ...] = ()


_ENTRIES: Mapping[str, _Entry] = MappingProxyType(
    {name: _Entry.model_validate(raw) for name, raw in read_data(__package__, "causes.yaml").items()}
)


def get_cause(name: str, /, *, role: str = "", missing: tuple[str, ...] = (), **values: object) -> Cause:
    """Return a cause with its placeholders filled.

    Args:
        name: Its name in `causes.yaml`.
        role: The role's name; empty where unknown.
        missing: What the cause says is missing: permissions by tab and name, or features.
        **values: What its texts name besides.

    Example:
        >>> get_cause("concurrency_too_high", configured=20, granted=5).summary
        'NETSUITE_CONCURRENCY is 20, but the account allows 5.'
    """
    (found,) = get_causes(name, role=role, **values)
    return replace(found, missing=missing)


def get_causes(*names: str, role: str = "", **values: object) -> tuple[Cause, ...]:
    """Return several causes, with the placeholders of all of them filled.

    Example:
        >>> [each.summary for each in get_causes("lacks_soap", "soap_off")]
        ['The role lacks Setup > SOAP Web Services.', 'The feature SOAP Web Services is switched off.']
    """

    def filled(text: str) -> str:
        return with_menus(text, role=role, **values)

    entries = (_ENTRIES[name] for name in names)
    return tuple(
        Cause(filled(each.summary), filled(each.indication), filled(each.remedy)) for each in entries
    )


AUDIT_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {detail: get_cause(name) for name, entry in _ENTRIES.items() for detail in entry.tba_details}
)
"""Detail in the Login Audit Trail to cause, for REST and SOAP with tokens (NSH:subsect_156935170194)."""

OAUTH2_DETAILS: Mapping[str, Cause] = MappingProxyType(
    {detail: get_cause(name) for name, entry in _ENTRIES.items() for detail in entry.oauth2_details}
)
"""Detail in the Login Audit Trail to cause, for requests by OAuth 2.0 (NSH:subsect_158324637123)."""
