"""The SOAP probe: whether SOAP accepts the sign-in where REST does not, and whether the role may use SOAP."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.errors import (
    NetSuiteError,
    PermissionDenied,
    QueryError,
    SignInError,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.http.error_parser import UNKNOWN_REMEDY, error_from_reply
from netsuite_pipeline.netsuite.http.server_clock import utc_of
from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES, add_permission

VERSION = "2025_2"  # the last there is; SOAP ends with NetSuite 2028.2 (NSH:section_N3418174)
SOAP_PATH = f"/services/NetSuitePort_{VERSION}"
SOAP_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "getServerTime"}
SOAP_ENDPOINT = f"POST {SOAP_PATH} getServerTime"

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_MESSAGES = f"urn:messages_{VERSION}.platform.webservices.netsuite.com"
_SIGNATURE = re.compile(rb"[A-Za-z0-9+/]{43}=")
_CORE = f"urn:core_{VERSION}.platform.webservices.netsuite.com"


def signature(credentials: TokenCredentials, nonce: str, timestamp: str) -> str:
    """Sign a token passport.

    Neither method nor address is signed: a passport is valid for one request of any kind
    (NSH:section_1534941088).

    Example:
        >>> from netsuite_pipeline.netsuite.account import Account
        >>> signature(TokenCredentials(Account("1"), "k", "ks", "t", "ts"), "nonce0", "1508242306")[:8]
        'IZn91mdS'
    """
    parts = (
        credentials.account.realm, credentials.consumer_key, credentials.token_id, nonce, timestamp,
    )  # fmt: skip
    base = "&".join(quote(part, safe="") for part in parts)
    secrets = (credentials.consumer_secret, credentials.token_secret)
    key = "&".join(quote(part, safe="") for part in secrets)
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha256)).decode()


def server_time_request(credentials: TokenCredentials, nonce: str, timestamp: str) -> bytes:
    """Return the body of a getServerTime with its token passport (NSH:section_1534941295).

    Args:
        credentials: The values of the passport.
        nonce: 20 letters and digits that were never used before.
        timestamp: Seconds since 1970.
    """
    values = {
        "account": credentials.account.realm,
        "consumerKey": credentials.consumer_key,
        "token": credentials.token_id,
        "nonce": nonce,
        "timestamp": timestamp,
    }
    elements = "".join(f"<c:{name}>{escape(value)}</c:{name}>" for name, value in values.items())
    signed = signature(credentials, nonce, timestamp)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_ENVELOPE}" xmlns:m="{_MESSAGES}" '
        f'xmlns:c="{_CORE}"><e:Header><m:tokenPassport>{elements}'
        f'<c:signature algorithm="HMAC-SHA256">{signed}</c:signature></m:tokenPassport></e:Header>'
        "<e:Body><m:getServerTime/></e:Body></e:Envelope>"
    ).encode()


def without(body: bytes, unseen: Iterable[str]) -> bytes:
    """Return a reply without some texts and without signatures: an error page may repeat the request.

    Example:
        >>> without(b"You sent abc.", ["abc"])
        b'You sent (left out).'
    """
    for text in unseen:
        for spelling in {text, escape(text), quote(text, safe="")}:
            body = body.replace(spelling.encode(), b"(left out)")
    return _SIGNATURE.sub(b"(left out)", body)


def read_server_time(status: int, body: bytes, *, date: datetime | None = None) -> datetime:
    """Parse the reply.

    Args:
        status: The HTTP status; a fault usually comes with 500.
        body: The reply's bytes, decoded from gzip, after `without`.
        date: The time of its Date header.

    Returns:
        UTC, without time zone.

    Raises:
        SignInError: The fault of a refused sign-in.
        PermissionDenied: The role may not use SOAP, or the feature is off.
        Throttled: Too many concurrent requests.
        Unavailable: No usable answer.
        NetSuiteError: By kind, for all else that HTTP or a fault can say.
    """
    root = _parsed(body)
    fault = None if root is None else _fault(root)
    if fault is not None:
        raise fault_error(fault, status=status, date=date)
    if status != 200:
        raise error_from_reply(status, body, endpoint=SOAP_ENDPOINT, date=date)
    try:
        return utc_of(datetime.fromisoformat("" if root is None else _text_of(root, "serverTime")))
    except (ValueError, OverflowError):
        raise Unavailable(
            "The server's reply contains no time.", endpoint=SOAP_ENDPOINT, status=status, date=date
        ) from None


@dataclass(frozen=True)
class Fault:
    """A parsed SOAP fault.

    Attributes:
        kind: NetSuite's own kind, such as `invalidCredentialsFault`; empty where the fault has no detail.
        code: NetSuite's code in the detail, such as `INSUFFICIENT_PERMISSION`, or empty.
        text: Its words.
    """

    kind: str
    code: str
    text: str


# NetSuite's kinds and codes of faults: NSH:chapter_N3424144, NSH:section_N3539420.
_THROTTLED = {
    "exceededconcurrentrequestlimitfault",
    "exceededrequestlimitfault",
    "WS_REQUEST_BLOCKED",
    "WS_CONCUR_SESSION_DISALLWD",
}
# open question 6: which of these codes means that the role lacks SOAP Web Services. A feature that is off is
# an InsufficientPermissionFault too (NSH:section_N3421552).
_DENIED = {
    "insufficientpermissionfault",
    "INSUFFICIENT_PERMISSION",
    "WS_PERMISSION_REQD",
    "WS_FEATURE_REQD",
    "ROLE_REQUIRED",
}
_REFUSED = {"invalidcredentialsfault", "INVALID_LOGIN_CREDENTIALS", "WS_LOG_IN_REQD"}
_DOWN = {"unexpectederrorfault", "UNEXPECTED_ERROR", "ACCT_TEMP_UNAVAILABLE"}

_NOT_NEEDED = "Only needed by what uses SOAP; the pipeline does not."
_REMEDY = f"{_NOT_NEEDED} {add_permission('Setup > SOAP Web Services', 'Full')}"
_FEATURE_REMEDY = f"{_NOT_NEEDED} {ENABLE_FEATURES} > SuiteCloud: switch on SOAP Web Services, then Save."


def fault_error(fault: Fault, *, status: int, date: datetime | None = None) -> NetSuiteError:
    """Return the error that a fault means.

    Example:
        >>> fault_error(Fault("invalidCredentialsFault", "USER_ERROR", "Invalid login attempt."), status=500)
        SignInError('NetSuite refuses the sign-in by SOAP.')
    """
    ending = f": {fault.text}" if fault.text else "."
    facts: dict[str, Any] = {
        "endpoint": SOAP_ENDPOINT, "status": status, "code": fault.code, "detail": fault.text, "date": date,
    }  # fmt: skip
    words = {fault.code, fault.kind.lower()}
    if words & _THROTTLED:
        return Throttled("NetSuite refuses more requests at once than the account may make.", **facts)
    if words & _DENIED:
        remedy = _FEATURE_REMEDY if fault.code == "WS_FEATURE_REQD" else _REMEDY
        return PermissionDenied(
            f"NetSuite does not permit SOAP to the token's role{ending}", remedy=remedy, **facts
        )
    if words & _REFUSED or "invalid login" in fault.text.lower():
        return SignInError("NetSuite refuses the sign-in by SOAP.", **facts)
    if words & _DOWN:
        return Unavailable(f"NetSuite failed inside{ending}", **facts)
    return QueryError(f"NetSuite refuses the SOAP request{ending}", remedy=UNKNOWN_REMEDY, **facts)


def _parsed(body: bytes) -> ElementTree.Element | None:
    if b"<!DOCTYPE" in body:  # SOAP has none (SOAP 1.1, section 3): another server's page
        return None
    try:
        return ElementTree.fromstring(body)  # noqa: S314 - without a DOCTYPE there are no entities
    except ElementTree.ParseError:
        return None


def _fault(root: ElementTree.Element) -> Fault | None:
    """Return the fault of a reply; names count in any namespace, because NetSuite's has its version."""
    found = root.find(".//{*}Fault")
    if found is None:
        return None
    within = found.iterfind(".//{*}detail//*")
    detail = next((each for each in within if _local(each).lower().endswith("fault")), None)
    if detail is None:
        return Fault("", "", _text_of(found, "faultstring"))
    text = _text_of(detail, "message") or _text_of(found, "faultstring")
    return Fault(_local(detail), _text_of(detail, "code"), text)


def _text_of(element: ElementTree.Element, name: str) -> str:
    return " ".join(element.findtext(f".//{{*}}{name}", "").split())[:300]


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
