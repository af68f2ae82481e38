"""The emulator's Login Audit Trail since a moment: how often the sign-in was refused."""

from netsuite_pipeline.emulator.process import EmulatorProcess


class Trail:
    """What came since it was made."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self._admin = emulator.admin
        self._before = self._count()

    @property
    def refused(self) -> int:
        """Sign-ins that were refused since."""
        return self._count() - self._before

    def _count(self) -> int:
        return sum(login["status"] == "Failure" for login in self._admin.login_audit())
