"""Addresses of lakes: what `NETSUITE_WAREHOUSE` and `NETSUITE_LAKE_DATA` may say."""

import re
from dataclasses import dataclass
from pathlib import Path

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured

_LAKE = "ducklake:"
_POSTGRES = "postgres:"
_SUFFIX = ".ducklake"
_FORMS = (
    "Set NETSUITE_WAREHOUSE to a file such as data/warehouse.duckdb, to a lake of one machine such as "
    "ducklake:data/warehouse.ducklake, or to a lake of many such as "
    "ducklake:postgres:host=db.example.com dbname=netsuite."
)
_OTHER_KINDS = re.compile(
    r"(md|motherduck|postgres|postgresql|mysql|sqlite|duckdb|s3|gs|gcs|r2|az|azure|abfss|https?|file):",
    re.IGNORECASE,
)
_OBJECT_STORES = re.compile(r"(s3|gs|gcs|r2|az|azure|abfss?)://[^/\s]+", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_PASSWORD = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)", re.IGNORECASE)
_URI_PASSWORD = re.compile(r"(://[^:@/\s]*):[^@/\s]*@")


@dataclass(frozen=True)
class LakeAddress:
    """Where a lake's catalogue and its data are.

    Attributes:
        catalogue: The path of a file, or `postgres:` and the server's connection string.
        data: The folder or the address in an object store; empty where only the catalogue knows it.
    """

    catalogue: str
    data: str = ""

    @property
    def is_shared(self) -> bool:
        """Whether other machines can open the catalogue, because a server has it."""
        return self.catalogue.startswith(_POSTGRES)

    @property
    def path(self) -> Path:
        """The catalogue's file, where it is one."""
        return Path(self.catalogue)

    @property
    def server(self) -> str:
        """The connection string of the catalogue's server."""
        return self.catalogue.removeprefix(_POSTGRES)

    @property
    def name(self) -> str:
        """The address for people, without a password.

        Example:
            >>> LakeAddress("postgres:host=db dbname=n password=secret").name
            'ducklake:postgres:host=db dbname=n password=…'
        """
        return without_passwords(f"{_LAKE}{self.catalogue}")


def without_passwords(words: str) -> str:
    """Return a text without the passwords of connection strings in it.

    Example:
        >>> without_passwords("postgresql://me:secret@db/n and password='a b' host=x")
        'postgresql://me:…@db/n and password=… host=x'
    """
    return _URI_PASSWORD.sub(r"\1:…@", _PASSWORD.sub(r"\1…", words))


def is_lake(address: str) -> bool:
    """Return whether an address is a lake's; refuse an address of another kind than file or lake.

    Raises:
        WarehouseMisconfigured: Neither a file nor a lake can have this address.

    Example:
        >>> is_lake("ducklake:data/warehouse.ducklake"), is_lake("data/warehouse.duckdb")
        (True, False)
    """
    if address.lower().startswith(_LAKE):
        return True
    if address.lower().startswith(("md:", "motherduck:")):
        raise WarehouseMisconfigured(
            f"{without_passwords(address)} cannot be the warehouse: MotherDuck was never tried with this "
            "pipeline.",
            remedy=_FORMS,
        )
    if _OTHER_KINDS.match(address):
        kind = address.partition(":")[0]
        hint = f" A lake whose catalogue is there begins with ducklake:{kind}:." if "postgres" in kind else ""
        raise WarehouseMisconfigured(
            f"{without_passwords(address)} cannot be the warehouse: it is neither a file nor a lake.{hint}",
            remedy=_FORMS,
        )
    return False


def parse_lake(address: str, data: str = "") -> LakeAddress:
    """Return the parts of a lake's address.

    Args:
        address: `ducklake:PATH.ducklake`, or `ducklake:postgres:` and libpq's connection string.
        data: A folder, or an address in an object store such as `s3://bucket/folder`; empty for `PATH.files`
            beside a catalogue's file.

    Raises:
        WarehouseMisconfigured: The address or the data's place is malformed.

    Example:
        >>> parse_lake("ducklake:data/warehouse.ducklake").data
        'data/warehouse.files'
    """
    catalogue, data = address[len(_LAKE) :].strip(), data.strip()
    if "\0" in address + data:
        raise _malformed(address, "it holds a NUL")
    if catalogue.lower().startswith(("postgres:", "postgresql:")):
        server = catalogue.partition(":")[2].strip()
        if catalogue.lower().startswith("postgresql:"):
            raise _malformed(address, "the kind of its catalogue is called postgres")
        if not ("=" in server or _SCHEME.match(server)):
            raise _malformed(address, "it does not say where PostgreSQL is (host=… dbname=…)")
        return LakeAddress(f"{_POSTGRES}{server}", _place_of_data(data))
    if not catalogue:
        raise _malformed(address, "it names no catalogue")
    if (kind := _kind(catalogue)) is not None:
        raise _malformed(address, f"its catalogue cannot be in {kind}")
    path = Path(catalogue)
    if path.suffix != _SUFFIX or path.name == _SUFFIX:
        raise _malformed(address, f"the file of its catalogue must end in {_SUFFIX}")
    if "." in path.stem:
        raise _malformed(address, "the file of its catalogue has a dot within its name")
    return LakeAddress(catalogue, _place_of_data(data) or str(path.with_suffix(".files")))


def _kind(catalogue: str) -> str | None:
    found = _OTHER_KINDS.match(catalogue)
    return found[1] if found else None


def _place_of_data(data: str) -> str:
    if _SCHEME.match(data) and not _OBJECT_STORES.match(data):
        raise WarehouseMisconfigured(
            f"{without_passwords(data)} cannot hold a lake's data.",
            remedy="Set NETSUITE_LAKE_DATA to a folder, or to an address such as s3://bucket/folder.",
        )
    return data


def is_in_object_store(data: str) -> bool:
    """Return whether data is in an object store, and not in a folder.

    Example:
        >>> is_in_object_store("s3://bucket/lake"), is_in_object_store("/srv/lake")
        (True, False)
    """
    return _OBJECT_STORES.match(data) is not None


def _malformed(address: str, why: str) -> WarehouseMisconfigured:
    return WarehouseMisconfigured(
        f"{without_passwords(address)} cannot be the warehouse: {why}.",
        remedy=_FORMS,
    )
