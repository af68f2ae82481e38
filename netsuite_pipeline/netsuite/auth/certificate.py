"""PEM texts from variables, and the validity of a certificate."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.extras import require_extra
from netsuite_pipeline.netsuite.http.server_clock import utc_of
from netsuite_pipeline.netsuite.user_file import encoding_problem

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<inside>.*?)-----END (?P=label)-----", re.S)
_LOOKS_LIKE_A_PATH = re.compile(r"[\w .~/\\:-]{1,200}\.(?:pem|key|crt|cer|der|txt)", re.I)
_MAX_BYTES = 100_000


@dataclass(frozen=True)
class CertificateValidity:
    """The time during which NetSuite accepts a certificate, in UTC without time zone.

    Attributes:
        subject: The certificate's subject (RFC 4514), or empty.
        not_before: The start of the validity.
        not_after: The end of the validity in the certificate. NetSuite shortens it to two years
            (NSH:subsect_162755332391): see `ends`.
    """

    subject: str
    not_before: datetime
    not_after: datetime

    @property
    def ends(self) -> datetime:
        """The last moment at which NetSuite accepts the certificate."""
        return min(self.not_after, two_years_after(self.not_before))


def two_years_after(moment: datetime) -> datetime:
    """Return the end of the longest validity that NetSuite accepts (NSH:subsect_162755332391).

    Example:
        >>> two_years_after(datetime(2028, 2, 29))
        datetime.datetime(2030, 2, 28, 0, 0)
    """
    try:
        return moment.replace(year=moment.year + 2)
    except ValueError:  # the 29th of February
        return moment.replace(year=moment.year + 2, day=28)


def read_certificate(given: str, name: str = "NETSUITE_CERTIFICATE") -> CertificateValidity:
    """Read the validity of a certificate.

    Args:
        given: PEM text, or the path of a file that holds it.
        name: The variable that holds the value, for error messages.

    Raises:
        ConfigurationError: The value is no certificate in PEM.
    """
    text = read_pem(given, name)
    if "BEGIN CERTIFICATE-----" not in text:
        label = pem_label(text)
        raise ConfigurationError(
            f"{name} holds no certificate" + (f" but a {label.lower()}." if label else "."),
            remedy="Set it to the certificate that was uploaded to NetSuite, as PEM text or a file's path.",
        )
    require_extra("oauth2")
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise ConfigurationError(
            f"{name} is no whole certificate in PEM.",
            remedy="Copy it whole, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
        ) from None
    return CertificateValidity(
        subject=certificate.subject.rfc4514_string(),
        not_before=utc_of(certificate.not_valid_before_utc),
        not_after=utc_of(certificate.not_valid_after_utc),
    )


def read_pem(given: str, name: str) -> str:
    r"""Read PEM text as people set it.

    The value may be the text itself, the text in one line with written `\n` or without line ends, or a path.

    Args:
        given: The variable's value.
        name: The variable, for error messages.

    Raises:
        ConfigurationError: The value is neither PEM text nor a readable file. A text that may be a key is
            not shown.
    """
    text = given.strip().strip("\"'").strip()
    if "-----BEGIN" not in text:
        text = _from_file(text, name).strip()
    return _unfolded(text.replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n")) + "\n"


def pem_label(text: str) -> str:
    """Return the label of the first block of a PEM text (`PRIVATE KEY`), or empty.

    Example:
        >>> pem_label("-----BEGIN PUBLIC KEY-----")
        'PUBLIC KEY'
    """
    found = re.search(r"-----BEGIN ([A-Z0-9 ]+)-----", text)
    return found[1] if found else ""


def _from_file(given: str, name: str) -> str:
    shown = repr(given) if _LOOKS_LIKE_A_PATH.fullmatch(given) else "Its value"
    remedy = f"Set {name} to PEM text, which begins with -----BEGIN, or to the path of a file that holds it."
    problem = f"{name} is no PEM text, and {shown[0].lower() + shown[1:]} is no file that is there."
    try:
        path = Path(given).expanduser()
        if path.is_dir():
            problem = f"{path}, which {name} names, is a folder."
        elif path.is_file():
            held = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b""
            if b"-----BEGIN" in held:
                # Leniently: what stands outside the blocks may be in any encoding.
                return held.decode("utf-8", errors="replace")
            problem = f"{path}, which {name} names, holds no PEM text."
            if why := encoding_problem(held):
                problem = f"{path}, which {name} names, cannot be read: {why}."
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, PermissionError):
            problem = f"{path}, which {name} names, may not be read by this user."
    raise ConfigurationError(problem, remedy=remedy)


def _unfolded(text: str) -> str:
    """Restore the line ends of blocks that lost them."""

    def block(found: re.Match[str]) -> str:
        inside = found["inside"]
        if "\n" in inside.strip():
            return found[0]
        packed = "".join(inside.split())
        lines = "\n".join(packed[start : start + 64] for start in range(0, len(packed), 64))
        return f"-----BEGIN {found['label']}-----\n{lines}\n-----END {found['label']}-----\n"

    return _BLOCK.sub(block, text)
