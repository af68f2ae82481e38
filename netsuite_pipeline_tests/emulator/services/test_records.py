"""The metadata catalog and the record service answer in their shape, by the role's permissions."""

import pytest

from netsuite_pipeline.emulator.admin.client import AdminClient
from netsuite_pipeline.emulator.company.records import Field
from netsuite_pipeline.emulator.services.metadata import property_name
from netsuite_pipeline_tests.emulator.rest_client import RECORD, RestClient, refusal

CATALOG = f"{RECORD}/metadata-catalog"


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("lastmodifieddate", "Last Modified Date", "lastModifiedDate"),
        ("isinactive", "Inactive", "isInactive"),
        ("id", "Internal ID", "id"),
        ("custbody_channel", "Channel", "custbody_channel"),
    ],
)
def test_fields_are_named_in_camel_case(name: str, label: str, expected: str) -> None:
    assert property_name(Field(name, "text", label, None)) == expected


def test_the_catalog_lists_records_with_their_links(client: RestClient) -> None:
    items = client.get(CATALOG).json()["items"]
    customer = next(item for item in items if item["name"] == "customer")
    assert [link["rel"] for link in customer["links"]] == ["canonical", "alternate", "alternate", "describes"]
    assert {link.get("mediaType") for link in customer["links"]} >= {
        "application/json",
        "application/swagger+json",
        "application/schema+json",
    }
    names = {item["name"] for item in items}
    assert "accountingPeriod" in names
    assert not names & {"transaction", "transactionline", "transactionaccountingline"}


def test_the_catalog_can_be_narrowed(client: RestClient) -> None:
    items = client.get(f"{CATALOG}?select=customer,vendor").json()["items"]
    assert [item["name"] for item in items] == ["customer", "vendor"]
    assert refusal(client.get(f"{CATALOG}?select=nosuch"))[0] == 404


def test_a_record_is_described_as_json_schema(client: RestClient) -> None:
    answer = client.get(f"{CATALOG}/customer", headers={"Accept": "application/schema+json"})
    assert answer.headers["Content-Type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$schema"].startswith("http://json-schema.org/draft-06")
    fields = schema["properties"]
    assert fields["lastModifiedDate"]["format"] == "date-time"
    assert fields["isInactive"]["type"] == "boolean"
    assert fields["custentity_score"]["x-ns-custom-field"] is True
    assert fields["companyName"] == {
        "title": "Company Name",
        "type": "string",
        "nullable": True,
        "x-ns-custom-field": False,
    }


def test_a_record_is_described_as_openapi(client: RestClient) -> None:
    for path in (f"{CATALOG}/vendor", f"{CATALOG}?select=vendor"):
        answer = client.get(path, headers={"Accept": "application/swagger+json"})
        assert answer.headers["Content-Type"] == "application/swagger+json"
        described = answer.json()
        assert described["openapi"].startswith("3.")
        assert "/vendor/{id}" in described["paths"]
        assert "vendor" in described["components"]["schemas"]


def test_a_collection_pages_through_ids(client: RestClient, admin: AdminClient) -> None:
    expected = [str(row[0]) for row in admin.table("customer").rows]
    page = client.get(f"{RECORD}/customer?limit=10&offset=10").json()
    assert [item["id"] for item in page["items"]] == expected[10:20]
    assert page["totalResults"] == len(expected)
    assert [link["rel"] for link in page["links"]] == ["prev", "first", "next", "last", "self"]
    assert page["items"][0]["links"][0]["href"] == f"{client.base_url}{RECORD}/customer/{expected[10]}"


def test_a_record_has_jsons_own_types(client: RestClient, admin: AdminClient) -> None:
    dump = admin.table("customer")
    row = dict(zip(dump.columns, dump.rows[0], strict=True))
    found = client.get(f"{RECORD}/customer/{row['id']}").json()
    assert found["id"] == str(row["id"])
    assert found["isInactive"] is (row["isinactive"] == "T")
    assert found["lastModifiedDate"] == row["lastmodifieddate"]


@pytest.mark.parametrize(
    "path", ["/customer/999999999", "/customer/abc", "/nosuch", "/nosuch/1", "/transaction"]
)
def test_what_is_not_there_is_a_404(client: RestClient, path: str) -> None:
    assert refusal(client.get(RECORD + path))[:2] == (404, "NONEXISTENT_ID")


def test_a_record_without_permission_names_it(client: RestClient, admin: AdminClient) -> None:
    admin.drop_permission("LIST_VENDOR")
    for path in ("/vendor", "/vendor/1", "/metadata-catalog/vendor"):
        assert refusal(client.get(RECORD + path)) == (
            403,
            "INSUFFICIENT_PERMISSION",
            "Permission Violation: You need a higher level of the 'Lists -> Vendors' permission "
            "to access this page.",
        )
    assert "vendor" not in {item["name"] for item in client.get(CATALOG).json()["items"]}


def test_a_restricted_role_lists_fewer_records(client: RestClient, admin: AdminClient) -> None:
    total = client.get(f"{RECORD}/customer").json()["totalResults"]
    admin.restrict_rows("customer", "id % 2 = 0")
    assert 0 < client.get(f"{RECORD}/customer").json()["totalResults"] < total


def test_a_filter_is_refused_rather_than_ignored(client: RestClient) -> None:
    assert refusal(client.get(f"{RECORD}/customer?q=id%20EQUAL%201"))[:2] == (400, "INVALID_PARAMETER")
