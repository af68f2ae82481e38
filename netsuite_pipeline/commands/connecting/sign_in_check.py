"""Signs in with values that nobody has used yet, and says how it went."""

from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.health.probes.connection_probe import probe_connection, probing_settings
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import NetSuiteError

MOST_REFUSALS = 2
"""Sign-ins that may be refused: five lock the user for half an hour (NSH:subsect_156935170194)."""


@dataclass(frozen=True)
class Outcome:
    """What became of one sign-in.

    Attributes:
        findings: What the doctor finds of the connection; empty where NetSuite was not asked.
        failure: Why it was not, or None.
        realm: The account, where it is known.
    """

    findings: tuple[Finding, ...] = ()
    failure: NetSuiteError | None = None
    realm: str = ""

    def state_of(self, finding_id: str) -> State:
        """How a subject stands; `UNKNOWN` where it was not looked at."""
        return next((each.state for each in self.findings if each.id == finding_id), State.UNKNOWN)

    @property
    def signed_in(self) -> bool:
        """Whether NetSuite let in."""
        return self.state_of("sign_in") in {State.OK, State.WARNING} or State.OK in {
            self.state_of("rest"),
            self.state_of("suiteql"),
        }

    @property
    def refused(self) -> bool:
        """Whether NetSuite refused the sign-in, or would have whatever the values are."""
        return State.FAILED in {self.state_of("sign_in"), self.state_of("clock")}

    @property
    def is_complete(self) -> bool:
        """Whether nothing that a sync needs is missing."""
        return self.signed_in and all(each.state is not State.FAILED for each in self.findings)


def sign_in(variables: Mapping[str, str]) -> Outcome:
    """Signs in and asks the least that tells whether REST and SuiteQL may be used. At most one sign-in is
    refused.

    Args:
        variables: By their standard names.
    """
    try:
        with client_from_environment(variables, probing_settings(attempts=1)) as client:
            realm = client.account.realm
            return Outcome(probe_connection(client).findings, realm=realm)
    except NetSuiteError as error:  # Nango, or what cannot be read: the probe itself raises none
        return Outcome(failure=error)
