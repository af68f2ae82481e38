"""The bodies of admin requests, read with their types checked."""

from collections.abc import Mapping
from typing import Any

from netsuite_pipeline.emulator.settings import SettingError


class Given:
    """The JSON object that came with an admin request.

    Example:
        >>> Given({"limit": 10}).integer("limit")
        10
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, default: str | None = None) -> str:
        """Reads a text. SettingError when it is missing without default or something else."""
        value = self._values.get(name, default)
        if not isinstance(value, str):
            raise SettingError(f"{name} must be a text.")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Reads a text that may be null or missing."""
        return None if self._values.get(name) is None else self.text(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """Reads a whole number."""
        value = self._values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise SettingError(f"{name} must be a whole number.")
        return value

    def integer_or_none(self, name: str) -> int | None:
        """Reads a whole number that may be null or missing."""
        return None if self._values.get(name) is None else self.integer(name)

    def number(self, name: str, default: float | None = None) -> float:
        """Reads a number."""
        value = self._values.get(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise SettingError(f"{name} must be a number.")
        return float(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Reads true or false."""
        value = self._values.get(name, default)
        if not isinstance(value, bool):
            raise SettingError(f"{name} must be true or false.")
        return value

    def integers_or_none(self, name: str) -> tuple[int, ...] | None:
        """Reads a list of whole numbers that may be null or missing."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise SettingError(f"{name} must be a list of whole numbers.")
        return tuple(value)

    def integers(self, name: str) -> tuple[int, ...]:
        """Reads a list of whole numbers."""
        found = self.integers_or_none(name)
        if found is None:
            raise SettingError(f"{name} must be a list of whole numbers.")
        return found

    def scalars(self, name: str) -> Mapping[str, str | int | float | None]:
        """Reads an object of texts, numbers and nulls."""
        value = self._values.get(name)
        if not isinstance(value, dict) or not all(
            each is None or type(each) in (str, int, float) for each in value.values()
        ):
            raise SettingError(f"{name} must be an object of texts, numbers and nulls.")
        return value
