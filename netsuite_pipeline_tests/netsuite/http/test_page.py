"""A page is whole or it is none; what deviates is read right and recorded."""

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.errors import ImplausibleReply, Unavailable
from netsuite_pipeline.netsuite.http import page as page_module
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.page_decoder import Rows
from netsuite_pipeline_tests.lengths import searches
from netsuite_pipeline_tests.netsuite.bodies import MAINTENANCE, page_body
from netsuite_pipeline_tests.one_pass import in_one_pass

WHOLE = (
    b'{"links":[{"rel":"self","href":"https://x"}],"count":3,"hasMore":true,"items":['
    b'{"links":[],"id":"1","name":"Caf\\u00e9 \xf0\x9f\x98\x80","memo":""},'
    b'{"links":[],"id":"2","amount":"-0.0700000000","memo":null},'
    b'{"links":[],"id":"-3","big":"12345678901234567890.12"}],"offset":0,"totalResults":61}'
)


def read(body: bytes) -> Page:
    return read_page(body, endpoint="POST /suiteql")


def one(row: str, rest: str = '"count":1,"hasMore":false') -> Page:
    return read(f'{{{rest},"items":[{row}]}}'.encode())


def test_a_whole_page_is_parsed_and_its_bytes_stay_unchanged() -> None:
    page = read(WHOLE)
    assert page.rows == [
        {"id": "1", "name": "Café 😀", "memo": ""},
        {"id": "2", "amount": "-0.0700000000", "memo": None},
        {"id": "-3", "big": "12345678901234567890.12"},
    ]
    assert (page.has_more, page.total, page.anomalies) == (True, 61, frozenset())
    assert page.body is WHOLE


def test_the_columns_are_those_that_any_row_has() -> None:
    assert read(WHOLE).columns == {"id", "name", "memo", "amount", "big"}


def test_an_empty_page_is_whole() -> None:
    page = read(b'{"links":[],"count":0,"hasMore":false,"items":[],"offset":0,"totalResults":0}')
    assert (page.rows, page.columns, page.has_more, page.total) == ([], set(), False, 0)


@in_one_pass("length", range(0, len(WHOLE), 7))
def test_a_page_cut_anywhere_is_none(length: int) -> None:
    with pytest.raises(Unavailable, match="cut or no JSON"):
        read(WHOLE[:length])


@pytest.mark.parametrize(
    "body",
    [
        MAINTENANCE,
        b"\x1f\x8b\x08\x00garbage",
        b'{"count":1,"items":[{"id":"\xff"}]}',
        b"null",
        b"7",
        b"[]",
        b"{}",
        b'{"items":null}',
        b'{"items":{}}',
        b'{"items":"x"}',
        b'{"count":1,"items":[7]}',
        b'{"count":1,"items":[[]]}',
        b'{"count":1,"items":[null]}',
        WHOLE + b"}",
        WHOLE + WHOLE,
    ],
)
def test_what_is_no_page_is_unavailable(body: bytes) -> None:
    with pytest.raises(Unavailable) as raised:
        read(body)
    assert (raised.value.status, raised.value.endpoint) == (200, "POST /suiteql")


@pytest.mark.parametrize("count", ["0", "2", "1000", '"2"', "1.5", "true", "-1"])
def test_a_count_that_is_not_the_number_of_items_is_refused(count: str) -> None:
    with pytest.raises(Unavailable, match="has 1 items"):
        one('{"id":"1"}', f'"count":{count},"hasMore":false')


@pytest.mark.parametrize(
    "rest", ['"hasMore":false', '"count":null,"hasMore":false', '"count":"1","hasMore":false']
)
def test_a_count_may_be_missing_or_quoted(rest: str) -> None:
    assert one('{"id":"1"}', rest).rows == [{"id": "1"}]


@pytest.mark.parametrize(
    ("value", "more"),
    [("true", True), ("false", False), ('"true"', True), ('"false"', False), ('"T"', True), ('"F"', False)],
)
def test_has_more_is_netsuites_value(value: str, more: bool) -> None:
    page = one('{"id":"1"}', f'"hasMore":{value}')
    assert (page.has_more, page.anomalies) == (more, frozenset())


@pytest.mark.parametrize("rest", ['"count":1', '"hasMore":null', '"hasMore":"maybe"', '"hasmore":false'])
def test_a_missing_has_more_means_one_more_page_rather_than_lost_rows(rest: str) -> None:
    page = one('{"id":"1"}', rest)
    assert page.has_more
    assert page.anomalies == {"hasMore is missing"}
    assert page.body == f'{{{rest},"items":[{{"id":"1"}}]}}'.encode()
    assert not read(b'{"items":[]}').has_more  # which ends the asking


@pytest.mark.parametrize(
    ("value", "total"),
    [
        ("61", 61),
        ('"61"', 61),
        ("null", None),
        ("-1", None),
        ("1.5", None),
        ('"²"', None),
        ("1" * 5000, None),
        ("true", None),
        ('"many"', None),
    ],
)
def test_a_total_is_a_number_or_unknown(value: str, total: int | None) -> None:
    assert one('{"id":"1"}', f'"hasMore":false,"totalResults":{value}').total == total


@pytest.mark.parametrize(
    "number",
    [
        "1",
        "-1",
        "0",
        "1.10",
        "-0.0700",
        "1E+3",
        "1e-7",
        "12345678901234567890.12345",
        "1234567890123456789012345",
    ],
)
def test_a_number_without_quotes_keeps_every_digit(number: str) -> None:
    page = one(f'{{"links":[],"amount":{number}}}')
    assert page.rows == [{"amount": number}]
    assert type(page.rows[0]["amount"]) is str
    assert page.anomalies == {"number without quotes in 'amount'"}
    assert json.loads(page.body) == {"items": [{"amount": number}]}


@pytest.mark.parametrize(
    ("row", "straight", "anomaly"),
    [
        ('{"ID":"1"}', {"id": "1"}, "key 'ID' is not in lower case"),
        ('{"LINKS":[],"Id":"1"}', {"id": "1"}, "key 'Id' is not in lower case"),
        ('{"a":true}', {"a": "T"}, "true or false without quotes in 'a'"),
        ('{"a":false}', {"a": "F"}, "true or false without quotes in 'a'"),
        ('{"a":{"b":["é"]}}', {"a": '{"b": ["é"]}'}, "a nested value in 'a', kept as JSON text"),
        ('{"a":[]}', {"a": "[]"}, "a nested value in 'a', kept as JSON text"),
        ('{"a":1,"b":null,"c":""}', {"a": "1", "b": None, "c": ""}, "number without quotes in 'a'"),
    ],
)
def test_what_deviates_is_straightened_in_rows_and_bytes_and_recorded(
    row: str, straight: dict[str, str | None], anomaly: str
) -> None:
    page = one(row)
    assert page.rows == [straight]
    assert json.loads(page.body)["items"] == [straight]
    assert page.anomalies == {anomaly}


def test_an_anomaly_in_one_row_is_reported_once_however_often_it_occurs() -> None:
    rows: list[dict[str, object]] = [{"id": str(number)} for number in range(500)]
    rows += [{"id": number} for number in range(500)]
    page = read(page_body(rows))
    assert page.anomalies == {"number without quotes in 'id'"}
    assert [row["id"] for row in page.rows] == [str(n) for n in range(500)] * 2


def test_half_a_surrogate_pair_survives_the_rewriting() -> None:
    page = one('{"name":"\\ud83d","id":1}')
    assert json.loads(page.body)["items"] == page.rows == [{"name": "\ud83d", "id": "1"}]


values = st.one_of(st.text(max_size=8), st.none(), st.integers(), st.booleans())


@settings(max_examples=searches(80, 800))
@given(rows=st.lists(st.dictionaries(st.sampled_from(["id", "Name", "x"]), values, max_size=3), max_size=4))
def test_the_bytes_to_land_say_what_the_rows_say(rows: list[dict[str, object]]) -> None:
    body = page_body(rows)
    page = read(body)
    landed = json.loads(page.body)["items"]
    for item in landed:
        item.pop("links", None)
    assert landed == page.rows
    assert (page.body is body) == (not page.anomalies)
    assert all(type(value) is str or value is None for row in page.rows for value in row.values())
    assert all(key == key.lower() for row in page.rows for key in row)


# What deviates from the documented form, and how it may be spelt.
odd_values = st.one_of(
    st.sampled_from(
        ["null", "7", "-0.10", "1e400", "12345678901234567890", "true", "[]", '{"a":"b"}', "NaN"]
    ),
    st.sampled_from(['"\\ud83d"', '"\\u00e9"', '"\t"', '"\x01"', '"a\\qb"']),
)
texts = st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False))
keys = st.sampled_from(['"id"', '"name"', '"links"', '"Memo"', '"É"', '"id"'])
HEADS = [
    "true",
    "null",
    '"T"',
    "0",
    "-0",
    "1",
    "2",
    "-1",
    "1.0",
    '"1"',
    "9" * 18,
    "1" + "0" * 18,
    "9" * 25,
    "{}",
]


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """Replies near the documented form: most with one deviation, some cut or garbled."""
    rows = [
        ",".join(
            f"{draw(keys)}:{draw(st.one_of(texts, texts, texts, odd_values))}"
            for _ in range(draw(st.integers(0, 3)))
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    items = ",".join(f'{{"links":[]{"," if row else ""}{row}}}' for row in rows)
    head = {"count": str(len(rows)), "hasMore": "false", "totalResults": str(len(rows))}
    for name in draw(st.sets(st.sampled_from(sorted(head)), max_size=1)):
        head[name] = draw(st.sampled_from(HEADS))
    if draw(st.integers(0, 9)) == 0:
        head.pop(draw(st.sampled_from(sorted(head))))
    body = f'{{{"".join(f"{chr(34)}{name}{chr(34)}:{value}," for name, value in head.items())}"items":[{items}]}}'
    raw = body.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(raw)))
        raw = (
            raw[:place]
            + draw(st.sampled_from([b"", b",", b"}", b"\xff", b"\xef\xbb\xbf"]))
            + raw[place + 1 :]
        )
    return raw


def outcome(read_it: Callable[[bytes], Page], body: bytes) -> object:
    try:
        page = read_it(body)
    except Unavailable as error:
        return str(error)
    return page, page.columns, [list(row.items()) for row in page.rows]


_HEAD = b'{"count":1,"hasMore":false,"totalResults":1,"items":[{"links":[],'


@settings(max_examples=searches(200, 2000))
@given(body=replies())
@example(body=_HEAD + b'"links":"0"}]}')
@example(body=_HEAD + b'"links":[{"a":1}]}]}')
def test_the_quick_reading_and_the_exact_one_agree_on_every_reply(body: bytes) -> None:
    assert outcome(read, body) == outcome(lambda body: page_module._exact_page(body, "POST /suiteql"), body)


@in_one_pass("rows", [0, 1, 2])
@in_one_pass("value", HEADS)
@in_one_pass("name", ["count", "hasMore", "totalResults"])
def test_the_quick_reading_and_the_exact_one_agree_on_every_head(name: str, value: str, rows: int) -> None:
    head = {"count": str(rows), "hasMore": "false", "totalResults": str(rows or 7), name: value}
    fields = ",".join(f'"{key}":{text}' for key, text in head.items())
    body = f'{{{fields},"items":[{",".join(["""{"id":"1"}"""] * rows)}]}}'.encode()
    assert outcome(read, body) == outcome(lambda body: page_module._exact_page(body, "POST /suiteql"), body)


def test_the_documented_form_is_read_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    body = page_body([{"id": str(number), "name": "é" * (number % 3)} for number in range(1, 500)])
    exact = page_module._exact_page(body, "POST /suiteql")
    monkeypatch.setattr(page_module, "_exact_page", lambda body, asked: pytest.fail("not needed"))
    page = read(body)
    assert page == exact
    assert page.columns == exact.columns == {"id", "name"}
    assert page.body is body


def test_the_columns_of_a_page_may_be_changed_without_changing_the_page() -> None:
    page = read(page_body([{"id": "1"}]))
    page.columns.add("x")
    assert page.columns == {"id"}


def without_nulls(page: Page) -> list[dict[str, str | None]]:
    return [{key: value for key, value in row.items() if value is not None} for row in page.rows]


odd_values = st.one_of(st.text(max_size=8), st.none(), st.integers(), st.booleans(), st.just([]))
some_rows = st.lists(
    st.dictionaries(st.sampled_from(["id", "memo", "Name", "x", "links"]), odd_values, max_size=4), max_size=4
)


@settings(max_examples=searches(75, 750))
@given(pages=st.lists(some_rows, min_size=2, max_size=4), more=st.booleans())
def test_a_repeated_statement_is_parsed_to_the_same_rows(
    pages: list[list[dict[str, object]]], more: bool
) -> None:
    page_module._shapes.clear()
    for rows in pages:
        body = page_body(rows, has_more=more)
        known = read_page(body, endpoint="POST /suiteql", statement="SELECT id, memo FROM t WHERE id > 7")
        anew = read(body)
        assert without_nulls(known) == without_nulls(anew)
        assert (known.has_more, known.total, known.anomalies) == (anew.has_more, anew.total, anew.anomalies)
        assert known.body == anew.body
        assert known.columns >= anew.columns


def test_the_second_page_of_a_select_list_is_read_by_its_shape() -> None:
    page_module._shapes.clear()
    statements = [f"SELECT id, name FROM t WHERE id > {number}" for number in (1, 2)]
    first, second = (read_page(WHOLE, endpoint="POST", statement=each) for each in statements)
    assert (type(first.rows), type(second.rows)) == (list, Rows)
    assert second.rows == without_nulls(first)
    assert second.rows[-1] == first.rows[-1]
    assert second.rows[:1] == without_nulls(first)[:1]


def test_shapes_are_forgotten_before_they_are_too_many() -> None:
    page_module._shapes.clear()
    for number in range(1000):
        read_page(WHOLE, endpoint="POST", statement=f"SELECT c{number} FROM t")
    assert len(page_module._shapes) <= 256


# A key that comes twice: msgspec takes the last value, DuckDB the first.

DOUBLED = [
    '{"links":[],"id":"1","id":"2"}',
    '{"links":[],"id":"1","memo":"x","id":"1"}',
    '{"id":"1","memo":"a \\" b","memo":null}',
    '{"links":[],"links":[],"id":"1"}',
    '{"links":[],"id":"1","ID":"2"}',
]


@in_one_pass("known", [False, True])
@in_one_pass("rows", [1, 3, 1000])
@in_one_pass("doubled", DOUBLED)
def test_a_key_twice_in_one_row_is_refused(doubled: str, rows: int, known: bool) -> None:
    """Known: a page of the same statement was read before, so this one is read by its shape."""
    statement = f"SELECT id, memo, '{doubled}' FROM t{rows}"
    plain = '{"links":[],"id":"7","memo":"y"}'
    head = f'"links":[],"count":{rows},"hasMore":false,"offset":0,"totalResults":{rows}'
    if known:
        read_page(
            f'{{{head},"items":[{",".join([plain] * rows)}]}}'.encode(), endpoint="x", statement=statement
        )
    body = f'{{{head},"items":[{",".join([*[plain] * (rows - 1), doubled])}]}}'.encode()
    with pytest.raises(ImplausibleReply, match="the key '(id|memo|links)' comes twice"):
        read_page(body, endpoint="x", statement=statement)


def test_a_key_twice_anywhere_in_a_short_or_first_page_is_refused() -> None:
    plain = '{"links":[],"id":"7","memo":"y"}'
    for rows, statement in ((100, "SELECT id, memo, 1 FROM t"), (1000, "SELECT id, memo, 2 FROM t")):
        head = f'"links":[],"count":{rows},"hasMore":true,"offset":0,"totalResults":{rows + 1}'
        if rows < 500:
            whole = f'{{{head},"items":[{",".join([plain] * rows)}]}}'
            assert len(read_page(whole.encode(), endpoint="x", statement=statement).rows) == rows
        items = ",".join([plain, DOUBLED[0], *[plain] * (rows - 2)])
        with pytest.raises(ImplausibleReply, match="the key 'id' comes twice"):
            read_page(f'{{{head},"items":[{items}]}}'.encode(), endpoint="x", statement=statement)


@pytest.mark.parametrize("between", [",", ", ", " , ", ",\n"])
@pytest.mark.parametrize("memo", ["y", "},{", '\\"}, {\\"id\\":\\"1\\"}'])
def test_a_long_page_is_read_to_the_same_however_its_rows_are_set_apart(between: str, memo: str) -> None:
    page_module._shapes.clear()
    rows = [f'{{"links":[],"id":"{number}","memo":"{memo}"}}' for number in range(1000)]
    body = f'{{"count":1000,"hasMore":true,"items":[{between.join(rows)}],"totalResults":2000}}'.encode()
    pages = [read_page(body, endpoint="x", statement="SELECT id, memo FROM t") for _ in range(2)]
    assert pages[0].rows == pages[1].rows
    assert [row["id"] for row in pages[1].rows] == [str(number) for number in range(1000)]


def test_a_key_twice_in_the_head_is_refused() -> None:
    with pytest.raises(ImplausibleReply, match="the key 'items' comes twice"):
        read(b'{"count":1,"hasMore":false,"items":[{"id":"1"}],"items":[{"id":"2"}],"totalResults":1}')
