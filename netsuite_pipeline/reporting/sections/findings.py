"""The findings on the page: what failed first, what is only good to know folded away."""

from collections.abc import Sequence

from netsuite_pipeline.reporting.assessment import Remark, Weight
from netsuite_pipeline.reporting.formatting import counted
from netsuite_pipeline.reporting.html import Markup, element

MOST_SHOWN = 100
_MOST_CHARACTERS = 1500
_SIGNS = {Weight.FAILED: "✗", Weight.WARNING: "!", Weight.NEWS: "–"}
_WORDS = {Weight.FAILED: "failed", Weight.WARNING: "warning", Weight.NEWS: "good to know"}


def findings_part(remarks: Sequence[Remark]) -> Markup:
    """What a person should look at; that there is nothing is said too.

    Args:
        remarks: The gravest first.
    """
    grave = [remark for remark in remarks if remark.weight is not Weight.NEWS]
    news = [remark for remark in remarks if remark.weight is Weight.NEWS]
    shown = _shown(grave) if grave else [element("p", "✓ No table failed, and there are no warnings.")]
    if news:
        told = element("summary", f"Good to know ({len(news):,})")
        shown.append(element("details", told, *_shown(news)))
    return element("div", *shown)


def _shown(remarks: Sequence[Remark]) -> list[Markup]:
    shown = [_remark(remark) for remark in remarks[:MOST_SHOWN]]
    if len(remarks) > MOST_SHOWN:
        shown.append(element("p", f"And {counted(len(remarks) - MOST_SHOWN, 'other')}.", class_="quiet"))
    return shown


def _remark(remark: Remark) -> Markup:
    word = element("span", f"{_SIGNS[remark.weight]} {_WORDS[remark.weight]}", class_=f"word {remark.weight}")
    lines = [element("p", _cut(remark.seen))]
    if remark.remedy:
        lines.append(element("p", element("b", "Mend it: "), _cut(remark.remedy)))
    if remark.when:
        lines.append(element("p", remark.when, class_="quiet"))
    return element(
        "article", element("h3", remark.subject, " ", word), *lines, class_=f"remark {remark.weight}"
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
