"""A SOAP client for the emulator's tests: passports are made and signed here, with nothing of the package's."""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import requests

SOAP = "/services/NetSuitePort_2025_2"
CORE = "urn:core_2025_2.platform.webservices.netsuite.com"
MESSAGES = "urn:messages_2025_2.platform.webservices.netsuite.com"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Fault:
    """What a fault says."""

    kind: str
    code: str
    text: str


def passport(env: Mapping[str, str], **changed: str) -> str:
    """A signed token passport; `changed` are parts that shall differ, `signed_with` another token secret."""
    parts = {
        "account": env["NETSUITE_ACCOUNT_ID"],
        "consumerKey": env["NETSUITE_CONSUMER_KEY"],
        "token": env["NETSUITE_TOKEN_ID"],
        "nonce": uuid.uuid4().hex[:20],
        "timestamp": str(int(time.time())),
    } | {name: value for name, value in changed.items() if name not in {"signed_with", "algorithm"}}
    key = f"{env['NETSUITE_CONSUMER_SECRET']}&{changed.get('signed_with', env['NETSUITE_TOKEN_SECRET'])}"
    base = "&".join(parts.values())
    signature = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
    elements = "".join(f"<c:{name}>{value}</c:{name}>" for name, value in parts.items())
    algorithm = changed.get("algorithm", "HMAC-SHA256")
    return (
        f"<m:tokenPassport>{elements}"
        f'<c:signature algorithm="{algorithm}">{signature}</c:signature></m:tokenPassport>'
    )


def envelope(header: str, body: str = "<m:getServerTime/>") -> str:
    """A SOAP envelope."""
    return (
        f'<e:Envelope xmlns:e="{ENVELOPE}" xmlns:m="{MESSAGES}" xmlns:c="{CORE}">'
        f"<e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )


def post(env: Mapping[str, str], text: str, headers: Mapping[str, str] | None = None) -> requests.Response:
    """Sends an envelope."""
    sent = {"Content-Type": "text/xml", "SOAPAction": "getServerTime", **(headers or {})}
    return requests.post(env["NETSUITE_BASE_URL"] + SOAP, data=text, headers=sent, timeout=200)


def fault(answer: requests.Response) -> Fault:
    """The fault in an answer; AssertionError when it is none."""
    assert answer.status_code == 500, answer.text
    assert answer.headers["Content-Type"].startswith("text/xml")
    found = ElementTree.fromstring(answer.content).find(f".//{{{ENVELOPE}}}Fault")
    assert found is not None
    text = str(found.findtext("faultstring"))
    detail = found.find("detail")
    assert detail is not None
    kinds = [each for each in detail if each.tag.endswith("Fault")]
    if not kinds:
        return Fault("", "", text)
    space = kinds[0].tag.partition("}")[0] + "}"
    return Fault(kinds[0].tag.rpartition("}")[2], str(kinds[0].findtext(f"{space}code")), text)
