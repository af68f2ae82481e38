"""Settings of an emulated account: size, limits and the answers to open questions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from netsuite_pipeline.emulator.suiteql.dialect import Dialect


class SettingError(ValueError):
    """A setting has an unknown name or value; the message has the known ones."""


_MAX_LISTED = 40
_ACCOUNT_ID = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)?")


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
class Variants(Dialect):
    """Answers to open questions about SuiteQL, sign-in, refusals and limits; the defaults are the likeliest.

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
        hidden_record: Status of a record by id that the role's restrictions hide; 404 is also that of a
            deleted one. NetSuite's list of error codes has a refusal; that REST sends it is inferred.
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
    hidden_record: Literal["403", "404"] = "403"
    deep_offset: Literal["refused", "empty"] = "refused"
    assertion_refused: Literal["invalid_grant", "invalid_client", "invalid_request"] = "invalid_grant"
    revoked_certificate: Literal["ends_tokens", "spares_tokens"] = "ends_tokens"
    nango_consumer: Literal["connection_config", "credentials"] = "connection_config"
    nango_account: Literal["host", "realm"] = "host"
    nango_token: Literal["TWO_STEP", "OAUTH2_CC"] = "TWO_STEP"
    nango_key: Literal["full", "no_credentials"] = "full"
    nango_down: bool = False


def _option(default: Any, help: str, **more: object) -> Any:
    """Declare a setting with an option in `netsuite-pipeline emulator`; `more` goes to click."""
    return field(default=default, metadata={"help": help, **more})


@dataclass(frozen=True, kw_only=True)
class EmulatorSettings:
    """Settings at the start of an emulator. This is their only declaration.

    `process.start_emulator` has them as arguments, `netsuite-pipeline emulator` those with a help as options.

    Attributes:
        scale: Size of the sample company; 1.0 has at least 20,000 transactions.
        latency: Minimum duration of a request in milliseconds, while it holds its slot.
        concurrency: Concurrency limit of the account (NSH:bridgehead_1500275603: 5 for Standard).
        date_format: The account's date format, of dates without TO_CHAR.
        time_zone: The session's time zone, of TO_CHAR of date-times.
        without: Features that are off, e.g. `MULTIBOOK`.
        trust_forwarded_proto: Whether `X-Forwarded-Proto` has the scheme that the client signed.
        variants: Answers to open questions, e.g. `{"concurrency_refusal": "400"}`.
        verbose: Whether requests are logged on standard error.

    Raises:
        SettingError: A value is out of range or unknown.
    """

    port: int = _option(0, "On 127.0.0.1; 0 picks a free one.")
    scale: float = _option(1.0, "Size of the sample company.")
    seed: int = _option(1, "Same seed, same company and tokens.")
    latency: float = _option(0.0, "What a request takes at least.", metavar="MS")
    concurrency: int = _option(5, "Requests at once.")
    live: float = _option(0.0, "Records changed a second.", metavar="PER_SECOND")
    account_id: str = _option("1234567_SB1", "The realm, upper case with _.")
    date_format: str = _option("MM/DD/YYYY", "The account's date format.")
    time_zone: str = _option("America/Los_Angeles", "The session's time zone.")
    oneworld: bool = _option(True, "The feature Subsidiaries.")
    without: Sequence[str] = _option(
        (), "A feature that is off; repeatable.", multiple=True, metavar="FEATURE"
    )
    public_host: bool = _option(
        False, "Verify requests for the account's own host name as https.", is_flag=True
    )
    trust_forwarded_proto: bool = _option(False, "X-Forwarded-Proto has the signed scheme.", is_flag=True)
    max_seconds: float | None = _option(None, "End after that many seconds.", type=float)
    variants: Mapping[str, str] = field(default_factory=dict)
    verbose: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SettingError(f"--port is 0 to 65535, not {self.port}.")
        if not self.scale > 0 or self.concurrency < 1 or self.latency < 0 or self.live < 0:
            raise SettingError(
                "--scale must be positive, --concurrency at least 1, --latency and --live at least 0."
            )
        if not _ACCOUNT_ID.fullmatch(self.account_id):
            raise SettingError(
                f"--account-id is upper case with _, as in 1234567_SB1, not {self.account_id!r}."
            )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingError(f"--time-zone {self.time_zone!r} is unknown.") from error
        with_variants(Variants(), self.variants)

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
    return {
        name: ("on", "off") if hint is bool else get_args(hint)
        for name, hint in get_type_hints(Variants).items()
    }


def with_variants(variants: Variants, chosen: Mapping[str, str]) -> Variants:
    """Return the variants with other answers to some of the open questions.

    Raises:
        SettingError: A name or a value is unknown.

    Example:
        >>> with_variants(Variants(), {"sys-extract-utc": "off"}).sys_extract_utc
        False
    """
    choices = variant_choices()
    changes: dict[str, Any] = {}
    for name, value in chosen.items():
        key = name.strip().replace("-", "_")
        check_known("variant", key, sorted(choices))
        allowed = choices[key]
        if allowed and value not in allowed:
            raise SettingError(f"Variant {key} cannot be {value!r}; it is one of {', '.join(allowed)}.")
        if key == "retry_after" and value != "off" and not value.isdecimal():
            raise SettingError(
                f"Variant retry_after cannot be {value!r}; it is off or whole seconds, as in 2."
            )
        changes[key] = value == "on" if allowed == ("on", "off") else value
    return replace(variants, **changes)
