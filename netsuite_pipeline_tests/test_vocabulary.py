"""One word for one thing: retired words stay out of names and of texts.

`python -m netsuite_pipeline_tests.test_vocabulary` prints how often each retired word is used.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import netsuite_pipeline
import netsuite_pipeline_tests

_ROOT = Path(netsuite_pipeline.__file__).parents[1]
_MODULES = sorted(
    path
    for package in (netsuite_pipeline, netsuite_pipeline_tests)
    for path in Path(package.__path__[0]).rglob("*.py")
)
_PAGES = sorted(
    [*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md"), *_ROOT.glob("netsuite_pipeline_tests/**/*.ambr")]
)

_NAMES: Mapping[str, str] = {
    "journey": "table sync",
    "leg": "phase",
    "conductor": "scheduler",
    "crew": "worker pool",
    "urgency": "priority",
    "stretch": "key range",
    "stretches": "key ranges",
    "halving": "range split",
    "halved": "range split",
    "begun": "resume point",
    "look_back": "find_resume_point",
    "look_at": "check, probe",
    "looked": "result of a tick or probe",
    "arrivals": "staging buffer",
    "cast_off": "discard",
    "so_far": "progress",
    "settle": "resolve, confirm, plan",
    "settled": "resolved, confirmed, planned",
    "settling": "confirming",
    "told": "recorded, evaluation, result",
    "tell": "record, emit",
    "tells": "records, emits",
    "telling": "evaluations",
    "said": "emitted, recorded",
    "heard": "events",
    "hears": "listener",
    "speech": "dialect",
    "likeness": "checksum",
    "alike": "unchanged",
    "asked_by": "read_fingerprint",
    "asked_differently": "fingerprint_changed",
    "or_never": "include_null_cursor",
    "behind_utc": "utc_offset",
    "parentage": "parent snapshot",
    "hold_back": "defer",
    "held_back": "deferred",
    "oddities": "warnings, anomalies",
    "oddity": "warning, anomaly",
    "mend": "repair, fix",
    "mends": "repairs, fixes",
    "mended": "repaired, fixed",
    "mending": "repair",
    "patience": "retry policy, retry_seconds",
    "outlook": "service status",
    "doubt": "half_open",
    "doubted": "sign-in unconfirmed",
    "caution": "cautious growth",
    "eased": "decrease",
    "what_to_say": "sign_in_help",
    "when_refused": "refresh",
    "renews": "can_refresh",
    "gist": "signature",
    "suspect": "pending",
    "alarmed": "alerted",
    "manner": "protocol",
    "moments": "datetimes",
    "span": "date range",
    "spans": "date ranges",
    "house": "local checks",
    "learned": "capabilities",
    "lesson": "capability",
    "make_up": "catch_up",
    "wished": "options",
    "tidied": "normalize",
    "remark": "finding",
    "remarks": "findings",
    "verdicts": "assess",
}
_TEXTS: Mapping[str, str] = {
    word: _NAMES[word]
    for word in (
        "journey", "conductor", "crew", "urgency", "halving", "cast_off", "settle", "settled", "settling", "speech",
        "likeness", "alike", "asked_by", "or_never", "parentage", "hold_back", "held_back", "oddities", "oddity",
        "mend", "mends", "mended", "mending", "outlook", "doubted", "gist", "suspect", "alarmed", "manner", "tidied",
        "remark", "remarks", "told", "tell", "tells", "telling", "heard", "hears",
    )
}  # fmt: skip
# A mart, an option and an attribute of a table's spec that users know by these names.
_KEPT = frozenset({"left_out", "leave_out", "doubt"})
# Columns of warehouse files made by earlier versions: the renaming and its description must name them.
_OLD_COLUMNS = frozenset(
    (word, path)
    for word in ("likeness", "asked_by")
    for path in (
        "CHANGELOG.md",
        "netsuite_pipeline/warehouse/state.py",
        "netsuite_pipeline_tests/warehouse/test_state.py",
    )
)


def _words(name: str) -> str:
    """Return the words of a name or text, lower case, joined by underscores at both ends of each.

    Example:
        >>> _words("RefusedWords")
        '_refused_words_'
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return "_" + "_".join(re.findall(r"[a-z0-9]+", apart)) + "_"


@cache
def _words_of(path: Path) -> str:
    """Return the words of a whole file. Few files have a retired one, and only these are parsed."""
    return _words(f"{path.stem}\n{path.read_text(encoding='utf-8')}")


def _names_of(path: Path) -> Iterator[str]:
    """Yield every name that a module defines: itself, classes, functions, parameters, variables, attributes."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case _:
                pass


def _texts_of(path: Path) -> Iterator[str]:
    """Yield the string literals of a module, docstrings included, or a page's text."""
    if path.suffix != ".py":
        yield path.read_text(encoding="utf-8")
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _uses(
    retired: Mapping[str, str], paths: Iterable[Path], read: Callable[[Path], Iterator[str]]
) -> Counter[tuple[str, str]]:
    """Count the uses of each retired word by word and file."""
    found: Counter[tuple[str, str]] = Counter()
    for path in paths:
        present = [word for word in retired if f"_{word}_" in _words_of(path)]
        if path == Path(__file__) or not present:
            continue
        for text in map(_words, read(path)):
            for word in present:
                if count := text.count(f"_{word}_"):
                    found[word, str(path.relative_to(_ROOT))] += count
    return found


def _uses_in_names() -> Counter[tuple[str, str]]:
    return _uses(_NAMES, _MODULES, lambda path: (name for name in _names_of(path) if name not in _KEPT))


def _uses_in_texts() -> Counter[tuple[str, str]]:
    found = _uses(_TEXTS, (*_MODULES, *_PAGES), _texts_of)
    return Counter({use: count for use, count in found.items() if use not in _OLD_COLUMNS})


def _complaints(found: Counter[tuple[str, str]], words: Mapping[str, str]) -> list[str]:
    """Say of each retired word that came back where it is, and what to write instead."""
    return [f"{path}: {word!r} is retired; write: {words[word]}" for word, path in sorted(found)]


def test_no_retired_word_in_names() -> None:
    """No module, class, function, parameter, variable or attribute bears a retired word."""
    assert not _complaints(_uses_in_names(), _NAMES)


def test_no_retired_word_in_texts() -> None:
    """No page, snapshot or string uses a retired word."""
    assert not _complaints(_uses_in_texts(), _TEXTS)


def _by_word(found: Counter[tuple[str, str]]) -> str:
    totals: Counter[str] = Counter()
    for (word, _), count in found.items():
        totals[word] += count
    return "\n".join(f"{count:6} {word}" for word, count in totals.most_common())


if __name__ == "__main__":
    print(f"In names:\n{_by_word(_uses_in_names())}\nIn texts:\n{_by_word(_uses_in_texts())}")
