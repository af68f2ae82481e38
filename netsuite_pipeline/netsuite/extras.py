"""Optional parts of the package, installed as extras: `pip install "netsuite_pipeline[oauth2]"`."""

from collections.abc import Mapping
from importlib.util import find_spec

from netsuite_pipeline.netsuite.errors import ConfigurationError

_MODULES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "alerts": ("Alerts", ("apprise",)),
    "emulator": ("The emulator", ("cryptography", "starlette", "uvicorn")),
    "oauth2": ("OAuth 2.0 client credentials", ("cryptography", "jwt")),
}
"""What needs each extra, and the modules that it installs."""


def missing_extra(extra: str) -> str:
    """Return a sentence that names a missing extra; empty if its modules are installed.

    Example:
        >>> missing_extra("oauth2")
        ''
    """
    purpose, modules = _MODULES[extra]
    missing = [name for name in modules if find_spec(name) is None]
    if not missing:
        return ""
    verb = "needs" if extra == "emulator" else "need"
    return f"{purpose} {verb} the extra [{extra}], which is not installed (missing: {', '.join(missing)})."


def require_extra(extra: str) -> None:
    """Check that the modules of an extra are installed.

    Call this function before the first import of such a module.

    Args:
        extra: `alerts`, `emulator` or `oauth2`.

    Raises:
        ConfigurationError: The extra is missing; the error names it and the command that installs it.

    Example:
        >>> require_extra("alerts")
    """
    sentence = missing_extra(extra)
    if sentence:
        raise ConfigurationError(sentence, remedy=f'Run: pip install "netsuite_pipeline[{extra}]"')
