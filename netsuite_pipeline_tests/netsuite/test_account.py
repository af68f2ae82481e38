"""Account ids in every spelling, and the addresses that requests may be sent to."""

import pytest

from netsuite_pipeline.netsuite.account import checked_base_url, parse_account_id
from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError
from netsuite_pipeline_tests.one_pass import in_one_pass


@pytest.mark.parametrize(
    ("text", "realm", "host"),
    [
        ("1234567", "1234567", "1234567"),
        ("1234567_SB1", "1234567_SB1", "1234567-sb1"),
        ("1234567-sb1", "1234567_SB1", "1234567-sb1"),
        ("1234567_sb1", "1234567_SB1", "1234567-sb1"),
        ("1234567-SB1", "1234567_SB1", "1234567-sb1"),
        ("1234567_RP", "1234567_RP", "1234567-rp"),
        ("1234567-rp", "1234567_RP", "1234567-rp"),
        ("TSTDRV2184096", "TSTDRV2184096", "tstdrv2184096"),
        ("tstdrv2184096", "TSTDRV2184096", "tstdrv2184096"),
        (" \t1234567_SB1\r\n", "1234567_SB1", "1234567-sb1"),
    ],
)
def test_every_spelling_gives_one_realm_and_one_host(text: str, realm: str, host: str) -> None:
    account = parse_account_id(text)
    assert account.realm == realm
    assert account.base_url == f"https://{host}.suitetalk.api.netsuite.com"


@in_one_pass(
    "text",
    [
        "",
        "  \n",
        "evil.com/",
        "evil.com",
        "a@b",
        "123 4567",
        "1234567\n_SB1",
        "1234567_SB1\nevil",
        "1234567_SB1_SB2",
        "1234567__SB1",
        "_SB1",
        "1234567_",
        "-",
        "1234567#",
        "1234567:443",
        "1234567%2e",
        "https://1234567.app.netsuite.com",
        "١٢٣٤٥٦٧",  # digits, but not ours
        "１２３４５６７",
        "1234567²",
        "123456\u200b7",
        "ſtdrv1",  # upper case makes an S of it
        "1\x002",
        "9" * 41,
    ],
)
def test_anything_else_is_no_account_id(text: str) -> None:
    with pytest.raises(AccountIdError) as raised:
        parse_account_id(text)
    assert "Company Information" in raised.value.remedy


def test_a_token_pasted_as_account_id_is_not_shown() -> None:
    token = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"
    with pytest.raises(AccountIdError) as raised:
        parse_account_id(token)
    assert token[:12] not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        (" https://proxy.example/netsuite/ \n", "https://proxy.example/netsuite"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_an_address_has_no_slash_at_its_end(text: str, url: str) -> None:
    assert checked_base_url(text) == url


@in_one_pass(
    "text",
    [
        "",
        "127.0.0.1:8080",
        "ftp://host",
        "file:///etc/hosts",
        "http://",
        "http:///path",
        "https://:443",
        "http://host?x=1",
        "http://host/#part",
        "http://user@host",
        "http://user:hush@host",
        "http://:hush@host",
        "http://@host",
        "http://host:port",
        "http://host:99999",
        "http://host:0",
        "http://[::1",
        "http://two words",
        "http://host\\@other",
        "http://ho\x00st",
    ],
)
def test_what_is_no_address_is_refused_without_showing_a_password(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checked_base_url(text)
    assert "NETSUITE_BASE_URL" in raised.value.remedy
    assert "hush" not in str(raised.value)
