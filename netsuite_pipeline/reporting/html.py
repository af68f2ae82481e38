"""HTML and SVG by construction: what is text is escaped, because only `element` and `joined` make markup."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

# HTML has no way to write these, not even escaped.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Markup:
    """A finished piece of a page."""

    source: str


def escaped(text: str) -> str:
    """A text as it may stand in a page, between quotes too.

    Example:
        >>> escaped('<b> & "c"')
        '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(_UNWRITABLE.sub("\ufffd", text), quote=True)


def element(tag: str, *children: "Markup | str", **attributes: "str | int | float | None") -> Markup:
    """An element; children that are plain text are escaped, attributes always.

    Args:
        tag: Its name.
        children: What is in it, in order.
        attributes: A trailing underscore is dropped (`class_`), others become hyphens; None leaves one out.

    Example:
        >>> element("p", "1 < 2", class_="note", aria_label="sum").source
        '<p class="note" aria-label="sum">1 &lt; 2</p>'
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{told}>{joined(children).source}</{tag}>")


def joined(children: Iterable["Markup | str"]) -> Markup:
    """Several pieces, one after another."""
    return Markup("".join(each.source if isinstance(each, Markup) else escaped(each) for each in children))
