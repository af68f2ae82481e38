"""What can go wrong with the warehouse."""


class WarehouseError(Exception):
    """The warehouse cannot be used as asked.

    Attributes:
        message: What is wrong, in one sentence.
        remedy: What a person can do about it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  Remedy: {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.remedy))


def _rebuild(kind: type[WarehouseError], message: str, remedy: str) -> WarehouseError:
    return kind(message, remedy=remedy)


class WarehouseMisconfigured(WarehouseError):
    """The file that was named cannot serve; name another."""


class WarehouseLocked(WarehouseError):
    """Another process has what we need, and kept it longer than we waited."""


class LoadRefused(WarehouseError):
    """What was landed is not fit to enter the table (keys doubled or missing, rows lost);
    the table is as it was."""


class NotAsInNetSuite(WarehouseError):
    """The table was committed and does not equal what NetSuite shows: rows are missing there without
    evidence of their deletion, or NetSuite counts other rows. It is raised by nobody; a report carries it."""
