"""The steps of NetSuite's set-up that OAuth 2.0 takes instead of those for a token, and all steps by kind."""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.setup_guide.menus import CLIENT_CREDENTIALS, INTEGRATIONS, MANAGE_ROLES, Source
from netsuite_pipeline.health.setup_guide.steps import STEPS, CopiedValue, Note, Step

_CERTIFICATES = Source("NSH:subsect_162755332391", "D")
_MAPPING = Source("NSH:section_162686838198", "D")

OAUTH2_STEPS = (
    Step(
        "Let the role sign in by OAuth 2.0",
        "an administrator",
        (
            f"Go to **{MANAGE_ROLES} > (the pipeline's role) > Edit**.",
            "On **Permissions > Setup** add **Log in using OAuth 2.0 Access Tokens** (Full), press **Add**, "
            "then **Save**.",
        ),
        notes=(
            Note(
                "*Log in using Access Tokens* is for tokens alone and does not serve here; all other "
                "permissions of the role are the same.",
                Source("NSH:section_157771510070", "D"),
            ),
        ),
    ),
    Step(
        "Make an integration record for OAuth 2.0",
        "an administrator, or who holds Integration Application",
        (
            f"Go to **{INTEGRATIONS} > New**, name it, *Warehouse* say, and leave **State** at *Enabled*.",
            "On **Authentication**, untick **Token-based Authentication** and **TBA: Authorization Flow**.",
            "Under *OAuth 2.0* tick **Client Credentials (Machine to Machine) Grant**, untick "
            "**Authorization Code Grant**, and under *Scope* tick **REST Web Services**.",
            "**Save**, and do not leave the page yet. The client secret is not needed.",
        ),
        values=(CopiedValue("Consumer Key / Client ID", "NETSUITE_CLIENT_ID", True),),
        notes=(
            Note(
                "The record that a token has serves too: edit it and tick the grant and the scope. Its "
                "*Consumer Key* is the client id.",
                Source("NSH:section_157771733782", "D"),
            ),
            Note(
                "Whoever lost the client id: open the record, Edit, Reset Credentials. The old one stops "
                "working.",
                Source("NSH:section_157771733782", "D"),
            ),
        ),
    ),
    Step(
        "Make key and certificate",
        "who runs the pipeline",
        (
            "Run `netsuite-pipeline connect --kind oauth2` where the pipeline runs: it makes a private key, "
            "which stays there, and a certificate, and says where they are.",
            "Or with openssl: `openssl req -new -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
            "-days 730 -subj /CN=netsuite-pipeline -keyout private.pem -out certificate.pem`; then let "
            "nobody else read the key (`chmod 600 private.pem`).",
            "Set **NETSUITE_PRIVATE_KEY** to the path of the key, and **NETSUITE_CERTIFICATE** to the "
            "path of the certificate, so that its end is told in time.",
        ),
        notes=(
            Note(
                "NetSuite takes RSA keys of 3072 or 4096 bits and EC keys of 256, 384 or 521 bits, in a file "
                "that ends in .cer, .pem or .crt.",
                _CERTIFICATES,
            ),
            Note(
                "A certificate is good for two years at most: NetSuite shortens longer ones. Then it has to "
                "be replaced ([when a certificate ends](#when-a-certificate-ends)).",
                _CERTIFICATES,
            ),
            Note(
                "One certificate is for one combination of integration, user and role, in one account.",
                _CERTIFICATES,
            ),
        ),
    ),
    Step(
        "Map the certificate to user and role",
        "an administrator, or who holds OAuth 2.0 Authorized Applications Management",
        (
            f"Go to **{CLIENT_CREDENTIALS}** and press **Create New**.",
            "**Entity**: the user. **Role**: the pipeline's role. **Application**: the integration.",
            "**Certificate**: choose the certificate's file, never the key's. **Save.**",
        ),
        values=(CopiedValue("Certificate ID", "NETSUITE_CERTIFICATE_ID", False),),
        notes=(
            Note(
                "An integration that is not offered lacks the tick at Client Credentials (Machine to "
                "Machine) Grant.",
                _MAPPING,
            ),
            Note(
                "Nothing of it is copied to a sandbox or to Release Preview, and each refresh of a sandbox "
                "clears it: map a certificate there anew.",
                _MAPPING,
            ),
        ),
    ),
)
"""What OAuth 2.0 takes instead of the integration record and the access token of a sign-in by token."""

_FOR_TOKENS_ALONE = ("Make the integration record", "Make the access token")


def _with_oauth2() -> tuple[Step, ...]:
    ahead = [step.title for step in STEPS].index(_FOR_TOKENS_ALONE[0])
    after = [step for step in STEPS[ahead:] if step.title not in _FOR_TOKENS_ALONE]
    return (*STEPS[:ahead], *OAUTH2_STEPS, *after)


STEPS_BY_KIND: Mapping[str, tuple[Step, ...]] = MappingProxyType({"tba": STEPS, "oauth2": _with_oauth2()})
"""All steps of a kind of credentials, in the order in which a person takes them. What Nango keeps is one of
the two."""
