"""Faulty pages of SuiteQL: short, empty or contradictory ones, or none at all."""

import json
from typing import Any

from netsuite_pipeline.emulator.account.faults import QUERY_FAULT_KINDS, Fault, FaultKind

PAGE_FAULTS: frozenset[FaultKind] = frozenset(QUERY_FAULT_KINDS) - {"unsupported_search"}


def faulty_page(fault: Fault, body: bytes, before: bytes | None) -> bytes | None:
    """Return the page that replaces the correct one, or None for an internal failure (500).

    Args:
        fault: One of `PAGE_FAULTS`.
        body: The correct page.
        before: The previous page of the same select list, if any.

    Example:
        >>> faulty_page(Fault("never_ends"), b'{"count":0,"hasMore":false,"items":[],"totalResults":0}', None)
        b'{"count":0,"hasMore":true,"items":[],"totalResults":0}'
    """
    page: dict[str, Any] = json.loads(body)
    items: list[dict[str, Any]] = page["items"]
    match fault.kind:
        case "short_page":
            kept = items[: max(0, len(items) - fault.rows)]
            # Like a page of fewer rows: the total of the last page is consistent.
            total = {} if page["hasMore"] or "totalResults" not in page else {"totalResults": len(kept)}
            page |= {"items": kept, "count": len(kept), "hasMore": False, **total}
        case "ends_early":
            page["hasMore"] = False
        case "never_ends":
            page["hasMore"] = True
        case "empty_page":
            page |= {"items": [], "count": 0, "hasMore": True}
        case "repeated_page":
            return body if before is None else before
        case "bad_row":
            field, _, value = fault.row.partition("=")
            if any(item.get(field) == value for item in items):
                return None
        case "heavy_page":
            if len(items) > fault.rows:
                return None
    return json.dumps(page, separators=(",", ":")).encode()
