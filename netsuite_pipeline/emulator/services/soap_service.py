"""`POST /services/NetSuitePort_2025_2`: SOAP web services, of which `getServerTime` is emulated."""

from datetime import datetime, timedelta
from xml.etree import ElementTree
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.permissions import SOAP_FEATURE, SOAP_WEB_SERVICES
from netsuite_pipeline.emulator.auth.request_credentials import local_name
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import NO_PERMISSION, Reply
from netsuite_pipeline.emulator.refusal import Refusal

SOAP_VERSION = "2025_2"  # the last there is (NSH:section_N3418174)
SOAP = f"/services/NetSuitePort_{SOAP_VERSION}"
SOAP_XML = "text/xml;charset=utf-8"

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_DENIED = ("INSUFFICIENT_PERMISSION", "WS_FEATURE_REQD", "WS_PERMISSION_REQD", "ROLE_REQUIRED")
_OTHER_LOGINS = {"passport", "applicationInfo"}


async def soap_operation(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer the SOAP operation in the body.

    Raises:
        Refusal: SOAP is off, the role lacks the permission, or the operation is not getServerTime.
    """
    if SOAP_FEATURE not in account.features:
        raise Refusal(500, "WS_FEATURE_REQD", "The SOAP Web Services feature is not enabled.")
    if session.role.level(SOAP_WEB_SERVICES) == 0:
        # open question 6
        raise Refusal(500, account.variants.soap_missing, NO_PERMISSION)
    body = _child(_envelope(request), "Body")
    operation = local_name(body[0]) if body is not None and len(body) else ""
    if operation != "getServerTime":
        raise Refusal(500, "", f"No such operation '{operation}'")
    return Reply(200, _server_time(_now(account)), SOAP_XML)


def _now(account: EmulatedAccount) -> str:
    zone = ZoneInfo(account.settings.time_zone)
    now = datetime.fromtimestamp(account.clock.seconds(), zone)
    return (now - timedelta(microseconds=now.microsecond % 1000)).isoformat(timespec="milliseconds")


class SoapProtocol:
    """SOAP web services: one token passport in the header, and SOAP faults."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def authenticate(self, request: IncomingRequest) -> Session:
        """Return the session of the token passport."""
        header = _child(_envelope(request), "Header")
        elements = list(header) if header is not None else []
        passports = [each for each in elements if local_name(each) == "tokenPassport"]
        others = _OTHER_LOGINS & {local_name(each) for each in elements}
        cookie = "jsessionid" in request.headers.get("cookie", "").lower()
        # Exactly one way to sign in: NSH:section_1509544929.
        if len(passports) + len(others) + cookie + ("authorization" in request.headers) > 1:
            raise Refusal(500, "", "Ambiguous authentication")
        return self._sign_in.authenticate_passport(request, passports[0] if passports else None)

    def sign_in_refused(self, request: IncomingRequest) -> Reply:
        """Return the fault of a refused sign-in."""
        return _fault("invalidCredentialsFault", "USER_ERROR", "Invalid login attempt.")

    def concurrency_refused(self, variant: str) -> Reply:
        """Return the fault over the concurrency limit."""
        return _fault(
            "exceededConcurrentRequestLimitFault",
            "WS_REQUEST_BLOCKED",
            "The maximum number of concurrent requests has been reached. Request blocked.",
        )

    def error(self, refusal: Refusal) -> Reply:
        """Return the fault of a refused request."""
        if refusal.code in _DENIED or refusal.detail == NO_PERMISSION:
            code = refusal.code if refusal.code in _DENIED else _DENIED[0]
            return _fault("insufficientPermissionFault", code, refusal.detail)
        return _fault("", "", refusal.detail)

    def server_error(self) -> Reply:
        """Return the fault of an internal failure."""
        return _fault("unexpectedErrorFault", "UNEXPECTED_ERROR", "An unexpected error occurred.")


def _envelope(request: IncomingRequest) -> ElementTree.Element:
    try:
        found = ElementTree.fromstring(request.body)  # noqa: S314 - the body comes from loopback
    except ElementTree.ParseError as error:
        raise Refusal(500, "", f"org.xml.sax.SAXParseException; {error}") from error
    if found.tag != f"{{{_ENVELOPE}}}Envelope":
        raise Refusal(500, "", "The request is no SOAP envelope.")
    return found


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return element.find(f"{{{_ENVELOPE}}}{name}")


def _server_time(now: str) -> bytes:
    return _written(
        f'<getServerTimeResponse xmlns="urn:messages_{SOAP_VERSION}.platform.webservices.netsuite.com">'
        "<platformCore:getServerTimeResult "
        f'xmlns:platformCore="urn:core_{SOAP_VERSION}.platform.webservices.netsuite.com">'
        '<platformCore:status isSuccess="true"/>'
        f"<platformCore:serverTime>{now}</platformCore:serverTime>"
        "</platformCore:getServerTimeResult></getServerTimeResponse>"
    )


def _fault(kind: str, code: str, message: str) -> Reply:
    """Return a fault as in public captures; without a kind, its detail has no element of NetSuite's."""
    text = escape(message)
    detail = (
        f"<platformFaults:{kind} "
        f'xmlns:platformFaults="urn:faults_{SOAP_VERSION}.platform.webservices.netsuite.com">'
        f"<platformFaults:code>{code}</platformFaults:code>"
        f"<platformFaults:message>{text}</platformFaults:message></platformFaults:{kind}>"
        if kind
        else ""
    )
    return Reply(
        500,
        _written(
            "<soapenv:Fault><faultcode>soapenv:Server.userException</faultcode>"
            f"<faultstring>{text}</faultstring><detail>{detail}"
            '<ns1:hostname xmlns:ns1="http://xml.apache.org/axis/">partners.example</ns1:hostname>'
            "</detail></soapenv:Fault>"
        ),
        SOAP_XML,
    )


def _written(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()
