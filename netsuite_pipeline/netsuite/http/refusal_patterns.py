"""NetSuite's words by which the meaning of a refusal is known, and what to do about each."""

import re

THROTTLE_TEXT = re.compile(r"concurrent request limit|concurrency limit|request limit exceeded", re.I)
DENIED_TEXT = re.compile(
    r"current role does not have permission|permission violation|you need (?:a higher level of )?the '", re.I
)
NAMED_PERMISSION = re.compile(r"you need (?:a higher level of )?the '(?P<permission>[^']+)'", re.I)
# Not "Field 'x' for record 'y' was not found", which is about a column.
HIDDEN_RECORD = re.compile(r"(?<!for )Record '(?P<table>[^']+)' was not found", re.I)
UNKNOWN_RECORD = re.compile(r"Invalid search type: *(?P<table>\w+(?:\.\w+)*)", re.I)
UNKNOWN_COLUMN = re.compile(r"Unknown identifier '(?P<column>[^']+)'", re.I)
FIELD_GONE = re.compile(
    r"Field '(?P<column>[^']+)' for record '[^']*' was not found\.? *(?:Reason: *(?P<reason>\w+))?", re.I
)
UNSUPPORTED = re.compile(r"Invalid or unsupported search|unsupported function|unknown function", re.I)
LANGUAGE_HEADER = re.compile(r"\b(?:Accept|Content)-Language\b", re.I)
SYNTAX = re.compile(r"failed to parse|syntax error|unexpected token", re.I)

UNEXPECTED_REMEDY = (
    "If only one statement keeps failing, most likely NetSuite cannot read one of its columns: remove half "
    "of the columns until the statement works (a sync does so automatically). If every statement fails, "
    "check status.netsuite.com."
)
FIREWALL_REMEDY = (
    "No NetSuite permission is missing: a firewall or proxy answered with a web page. Add this machine's "
    "address to its allow list, or use another network."
)
NOT_NETSUITES_REMEDY = (
    "NetSuite's refusals have a code and a sentence; this reply has neither. Check NETSUITE_BASE_URL, and "
    "the proxy or firewall on the way (HTTPS_PROXY). If both are right, check status.netsuite.com."
)
UNKNOWN_REMEDY = (
    "The meaning of this refusal is not known, so no cause is claimed. Look up NetSuite's words in its help, "
    "or open a case with NetSuite's support and give the time of the request."
)
LANGUAGE_REMEDY = (
    "Sign in to NetSuite as the token's user. Choose the company's language at Home > Set Preferences > "
    "General > Language, then Save."
)
