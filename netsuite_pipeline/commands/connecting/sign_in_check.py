"""A sign-in with values that are not in use yet, and its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.connection_probe import probe_connection, probing_settings
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import NetSuiteError

MAX_REFUSALS = 2
"""Refused sign-ins that `connect` risks: five lock the user for half an hour (NSH:subsect_156935170194)."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one sign-in.

    Attributes:
        findings: What the doctor finds of the connection; empty where NetSuite was not asked.
        failure: Why NetSuite was not asked, or None.
        realm: The account, where it is known.
    """

    findings: tuple[Finding, ...] = ()
    failure: NetSuiteError | None = None
    realm: str = ""

    def state_of(self, finding_id: str) -> State:
        """Return the state of a finding; `UNKNOWN` where it was not checked."""
        return next((each.state for each in self.findings if each.id == finding_id), State.UNKNOWN)

    @property
    def signed_in(self) -> bool:
        """Whether NetSuite accepted the sign-in."""
        return self.state_of("sign_in") in {State.OK, State.WARNING} or State.OK in {
            self.state_of("rest"),
            self.state_of("suiteql"),
        }

    @property
    def refused(self) -> bool:
        """Whether NetSuite refused the sign-in, or would refuse it because of the clock."""
        return State.FAILED in {self.state_of("sign_in"), self.state_of("clock")}

    @property
    def is_complete(self) -> bool:
        """Whether nothing that a sync needs is missing."""
        return self.signed_in and all(each.state is not State.FAILED for each in self.findings)


def sign_in(variables: Mapping[str, str]) -> Outcome:
    """Sign in and check the least that shows access to REST and SuiteQL. At most one sign-in is refused.

    Args:
        variables: The credentials, by their standard names.
    """
    try:
        with client_from_environment(variables, probing_settings(attempts=1)) as client:
            realm = client.account.realm
            return Outcome(probe_connection(client).findings, realm=realm)
    except NetSuiteError as error:  # Nango, or an unreadable value: the probe itself raises none
        return Outcome(failure=error)
