"""The envelope of a page of items: count, offset and links (NSH:section_156414087576)."""

import json

MAX_PER_PAGE = 1000


def envelope(
    items: bytes,
    *,
    url: str,
    limit: int,
    offset: int,
    count: int,
    total: int | None,
    has_more: bool,
    paged_by_client: bool,
    previous: str = "previous",
) -> bytes:
    """Return the reply body of a page.

    Args:
        items: A JSON array, as bytes.
        url: The requested address without its query.
        limit: Maximum number of items on a page.
        offset: Number of items before the page.
        count: Number of items on the page.
        total: Number of all rows; None if the account omits it.
        has_more: Whether a next page exists.
        paged_by_client: Whether the request has a limit or an offset; without them, `self` has no query.
        previous: Name of the link to the page before: `previous` in SuiteQL, `prev` in record collections.

    Example:
        >>> page = {"url": "u", "limit": 5, "offset": 0, "count": 0, "total": None}
        >>> page |= {"has_more": False, "paged_by_client": False}
        >>> envelope(b"[]", **page)
        b'{"links":[{"rel":"self","href":"u"}],"count":0,"hasMore":false,"items":[],"offset":0}'
    """
    links = []
    if offset > 0:
        links.append((previous, max(offset - limit, 0)))
        links.append(("first", 0))
    if has_more:
        links.append(("next", offset + limit))
        if total is not None:
            links.append(("last", max(total - 1, 0) // limit * limit))
    written = [{"rel": rel, "href": f"{url}?limit={limit}&offset={start}"} for rel, start in links]
    own = f"{url}?limit={limit}&offset={offset}" if paged_by_client else url
    written.append({"rel": "self", "href": own})
    head = json.dumps(written, separators=(",", ":"), ensure_ascii=False)
    more = "true" if has_more else "false"
    tail = "" if total is None else f',"totalResults":{total}'
    return b"".join(
        (
            f'{{"links":{head},"count":{count},"hasMore":{more},"items":'.encode(),
            items,
            f',"offset":{offset}{tail}}}'.encode(),
        )
    )
