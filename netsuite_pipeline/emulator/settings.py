"""Settings of an emulated account: size, limits and the answers to open questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin, get_type_hints

from netsuite_pipeline.emulator.suiteql.dialect import Dialect


class SettingError(ValueError):
    """A setting has an unknown name or value; the message has the known ones."""


_MAX_LISTED = 40


def check_known(kind: str, name: str, known_names: Iterable[str]) -> None:
    """Refuse an unknown name, so that no test passes because a switch changed nothing.

    Args:
        kind: Kind of the name, e.g. `table`.
        name: The name.
        known_names: The known names.

    Raises:
        SettingError: The name is unknown; the message has close matches, or the known names.

    Example:
        >>> check_known("table", "vendr", ["customer", "vendor"])
        Traceback (most recent call last):
        netsuite_pipeline.emulator.settings.SettingError: There is no table 'vendr'; did you mean 'vendor'?
    """
    known = list(known_names)
    if name in known:
        return
    folded = {each.casefold(): each for each in known}
    close = [folded[each] for each in get_close_matches(name.casefold(), folded, n=3)]
    if close:
        hint = f"; did you mean {' or '.join(map(repr, close))}?"
    else:
        hint = f"; known are {', '.join(known)}." if len(known) <= _MAX_LISTED else "."
    raise SettingError(f"There is no {kind} {name!r}{hint}")


@dataclass(frozen=True)
class Variants:
    """Answers to open questions about sign-in, refusals and limits; the defaults are the likeliest.

    Attributes:
        concurrency_refusal: Refusal over the concurrency limit: 429 as documented, 400 as seen in public
            code, or the 401 of a refused sign-in (open question 4).
        retry_after: `off`, or the seconds of its Retry-After header (open question 4).
        login_missing: Refusal of a role that may not sign in with tokens: 401, or 400 USER_ERROR (open
            question 5).
        rest_missing: Refusal of a role without REST Web Services: 400 or 403 (open question 5).
        workbook_missing: Refusal of a role without SuiteAnalytics Workbook: 400 (seen) or 403.
        server_time: `open` to every token, `needs_rest`, or `missing` (404) as on older accounts.
        error_types: `type` of an error body: as `seen` in 2026 (401 still the W3C's) or as `documented`.
        www_authenticate: Whether a 401 has an `OAuth realm` challenge (open question 3).
        nonce_scope: Scope in which a nonce is unique (open question 7).
        lock_user: Whether five failed sign-ins lock the user for 30 minutes. Documented for passwords; it is
            not known whether a bad signature counts (NSH:subsect_156935170194).
        soap_missing: Fault code of a role without SOAP Web Services (open question 6).
        token_info: `/rest/tokeninfo` is `offered` or `missing` (404).
        deep_offset: An offset from 100,000 on is refused, or gets an empty page (open question 2).
        assertion_refused: OAuth's error code of a refused client assertion. NetSuite's is not public; RFC
            7521 4.2.1 has invalid_client.
        revoked_certificate: Whether revoking a certificate ends its access tokens or spares them until they
            expire; not public either.
        nango_consumer: Place of the consumer's key and secret in Nango (facts 7).
        nango_account: Form of the account id in Nango: as in the host, or as the realm.
        nango_token: Type of the credentials of Nango's client-credentials connection.
        nango_key: Whether Nango's key may read credentials; otherwise they are `{}`.
        nango_down: Whether Nango answers only with 503.
    """

    concurrency_refusal: Literal["429", "400", "401"] = "429"
    retry_after: str = "off"
    login_missing: Literal["401", "400"] = "401"
    rest_missing: Literal["400", "403"] = "400"
    workbook_missing: Literal["400", "403"] = "400"
    server_time: Literal["open", "needs_rest", "missing"] = "open"
    error_types: Literal["seen", "documented"] = "seen"
    www_authenticate: bool = False
    nonce_scope: Literal["user", "token", "account"] = "user"
    lock_user: bool = False
    soap_missing: Literal["INSUFFICIENT_PERMISSION", "WS_PERMISSION_REQD", "ROLE_REQUIRED"] = (
        "INSUFFICIENT_PERMISSION"
    )
    token_info: Literal["offered", "missing"] = "offered"
    deep_offset: Literal["refused", "empty"] = "refused"
    assertion_refused: Literal["invalid_grant", "invalid_client", "invalid_request"] = "invalid_grant"
    revoked_certificate: Literal["ends_tokens", "spares_tokens"] = "ends_tokens"
    nango_consumer: Literal["connection_config", "credentials"] = "connection_config"
    nango_account: Literal["host", "realm"] = "host"
    nango_token: Literal["TWO_STEP", "OAUTH2_CC"] = "TWO_STEP"
    nango_key: Literal["full", "no_credentials"] = "full"
    nango_down: bool = False


@dataclass(frozen=True)
class EmulatorSettings:
    """Settings at the start of an emulator.

    Attributes:
        port: Port on 127.0.0.1; 0 picks a free one.
        scale: Size of the sample company; 1.0 has at least 20,000 transactions.
        seed: The same seed and scale give the same company and the same tokens.
        latency: Minimum duration of a request in seconds, while it holds its slot.
        concurrency: Concurrency limit of the account (NSH:bridgehead_1500275603: 5 for Standard).
        live: Records changed per second; 0 for a company without activity.
        account_id: The realm, upper case with `_`.
        date_format: The account's date format, of dates without TO_CHAR.
        time_zone: The session's time zone, of TO_CHAR of date-times.
        company_language: The company's language if the users have another one, else empty. Every REST request
            then needs an Accept-Language header with it (airbyte#34137).
        features_off: Features switched off, e.g. `SUBSIDIARIES` for an account without OneWorld.
        public_host: Whether requests with the account's own Host are verified as https for that host.
        trust_forwarded_proto: Whether `X-Forwarded-Proto` has the scheme that the client signed.
        variants: Answers to the open questions on sign-in and limits.
        dialect: Answers to the open questions on SuiteQL.
    """

    port: int = 0
    scale: float = 1.0
    seed: int = 1
    latency: float = 0.0
    concurrency: int = 5
    live: float = 0.0
    account_id: str = "1234567_SB1"
    date_format: str = "MM/DD/YYYY"
    time_zone: str = "America/Los_Angeles"
    company_language: str = ""
    features_off: frozenset[str] = frozenset()
    public_host: bool = False
    trust_forwarded_proto: bool = False
    variants: Variants = field(default_factory=Variants)
    dialect: Dialect = field(default_factory=Dialect)

    @property
    def account_host(self) -> str:
        """The account's host name on the internet, e.g. `1234567-sb1.suitetalk.api.netsuite.com`."""
        return f"{self.account_id.lower().replace('_', '-')}.suitetalk.api.netsuite.com"


def variant_choices() -> Mapping[str, tuple[str, ...]]:
    """Return the values of every variant; an empty tuple stands for a free text.

    Example:
        >>> variant_choices()["concurrency_refusal"]
        ('429', '400', '401')
    """
    found: dict[str, tuple[str, ...]] = {}
    for kind in (Variants, Dialect):
        hints = get_type_hints(kind)
        for each in fields(kind):
            found[each.name] = _choices(hints[each.name])
    return found


def with_variant(settings: EmulatorSettings, name: str, value: str) -> EmulatorSettings:
    """Return the settings with one variant changed.

    Raises:
        SettingError: The name or the value is unknown.

    Example:
        >>> with_variant(EmulatorSettings(), "sys_extract_utc", "off").dialect.sys_extract_utc
        False
    """
    choices = variant_choices()
    key = name.replace("-", "_")
    check_known("variant", key, sorted(choices))
    allowed = choices[key]
    if allowed and value not in allowed:
        raise SettingError(f"Variant {key} cannot be {value!r}; it is one of {', '.join(allowed)}.")
    if key == "retry_after" and value != "off" and not value.isdecimal():
        raise SettingError(f"Variant retry_after cannot be {value!r}; it is off or whole seconds, as in 2.")
    known = {each.name for each in fields(Variants)}
    change: dict[str, Any] = {key: value == "on" if allowed == ("on", "off") else value}
    if key in known:
        return replace(settings, variants=replace(settings.variants, **change))
    return replace(settings, dialect=replace(settings.dialect, **change))


def with_variants(settings: EmulatorSettings, assignments: Iterable[str]) -> EmulatorSettings:
    """Return the settings with `NAME=VALUE` texts applied.

    Raises:
        SettingError: A text is no `NAME=VALUE`, or its name or value is unknown.
    """
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise SettingError(f"{assignment!r} is no NAME=VALUE, as in concurrency_refusal=400.")
        settings = with_variant(settings, name.strip(), value.strip())
    return settings


def _choices(hint: Any) -> tuple[str, ...]:
    if hint is bool:
        return ("on", "off")
    if get_origin(hint) is Literal:
        return tuple(str(value) for value in get_args(hint))
    return ()
