"""Errors of the warehouse."""

from functools import partial


class WarehouseError(Exception):
    """Raised when the warehouse cannot be used.

    Attributes:
        message: What is wrong, in one sentence.
        remedy: What a person can do about it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  To fix: {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), remedy=self.remedy), (self.message,)


class WarehouseMisconfigured(WarehouseError):
    """Raised when the configured file cannot be a warehouse. Configure another file."""


class WarehouseLocked(WarehouseError):
    """Raised when another process holds the working file for longer than the wait time."""


class LoadRefused(WarehouseError):
    """Raised when landed rows must not be merged: keys are duplicated or missing, or rows are lost.

    The table stays as it was.
    """


class NotAsInNetSuite(WarehouseError):
    """Reported, never raised, when a committed table differs from NetSuite.

    Rows are missing in NetSuite without evidence of their deletion, or NetSuite's row count differs.
    """
