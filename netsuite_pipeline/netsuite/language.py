"""The language header that NetSuite requires where the token's user has another language than the company.

NetSuite then refuses each request with 400 `INVALID_HEADER` and names header and value: "Provide the
Accept-Language header with your default company language value 'zh'." (airbyte#34137, n8n-nodes-netsuite#13;
for writes it is Content-Language).
"""

import re
import threading
from collections.abc import Mapping

from netsuite_pipeline.netsuite.errors import LANGUAGE_HEADERS, NetSuiteError, QueryError

_QUOTED = re.compile(r"""["'‘’“”«»]\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3})\s*["'‘’“”«»]""")
_MAX_CHANGES = 3  # a NetSuite that names another value each time ends in an error


def required_language(error: NetSuiteError) -> tuple[str, str] | None:
    """Return the header and the value that a refusal requires; None where it requires none.

    Only a language tag is parsed from NetSuite's words, and only for a header about languages.

    Example:
        >>> refusal = QueryError("No.", header="Accept-Language", detail="Provide … value 'zh_CN'.")
        >>> required_language(refusal)
        ('Accept-Language', 'zh_CN')
    """
    if not isinstance(error, QueryError) or error.header.lower() not in LANGUAGE_HEADERS:
        return None
    tags = _QUOTED.findall(error.detail)
    return (error.header.title(), tags[-1]) if tags else None


class Language:
    """The language headers that NetSuite requires of a client. Safe to share between threads.

    Example:
        >>> language = Language()
        >>> refusal = QueryError("No.", header="Accept-Language", detail="Provide … value 'de'.")
        >>> language.learn(refusal, {}), language.learn(refusal, language.headers)
        (True, False)
        >>> language.headers
        {'Accept-Language': 'de'}
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {}
        self._changes = 0

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers to send from now on."""
        with self._lock:
            return dict(self._headers)

    def learn(self, refusal: NetSuiteError, sent: Mapping[str, str]) -> bool:
        """Return whether the refused request is worth sending again, with `headers`.

        Args:
            refusal: How NetSuite refused the request.
            sent: The headers that the request had.
        """
        wanted = required_language(refusal)
        if wanted is None:
            return False
        header, value = wanted
        if sent.get(header) == value:
            return False  # NetSuite refuses the very value that it requires
        with self._lock:
            if self._headers.get(header) != value:
                if self._changes >= _MAX_CHANGES:
                    return False
                self._changes += 1
                self._headers[header] = value
            return True
