"""The steps that OAuth 2.0 needs instead of those for a token, and all steps by kind of credentials."""

from collections.abc import Mapping
from types import MappingProxyType

from netsuite_pipeline.health.setup_guide.features import Source
from netsuite_pipeline.health.setup_guide.steps import STEPS, CopiedValue, Note, Step
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS, INTEGRATIONS, MANAGE_ROLES

_CERTIFICATES = Source("NSH:subsect_162755332391", "D")
_MAPPING = Source("NSH:section_162686838198", "D")

OAUTH2_STEPS = (
    Step(
        "Allow the role to sign in with OAuth 2.0",
        "an administrator",
        (
            f"Go to **{MANAGE_ROLES} > (the pipeline's role) > Edit**.",
            "On **Permissions > Setup** add **Log in using OAuth 2.0 Access Tokens** (Full), press **Add**, "
            "then **Save**.",
        ),
        notes=(
            Note(
                "*Log in using Access Tokens* is for tokens only and has no effect here. All other "
                "permissions "
                "of the role are the same.",
                Source("NSH:section_157771510070", "D"),
            ),
        ),
    ),
    Step(
        "Create an integration record for OAuth 2.0",
        "an administrator, or a user with Integration Application",
        (
            f"Go to **{INTEGRATIONS} > New**, name it, for example *Warehouse*, and leave **State** at "
            "*Enabled*.",
            "On **Authentication**, untick **Token-based Authentication** and **TBA: Authorization Flow**.",
            "Under *OAuth 2.0* tick **Client Credentials (Machine to Machine) Grant**, untick "
            "**Authorization Code Grant**, and under *Scope* tick **REST Web Services**.",
            "**Save**, and stay on the page. The client secret is not needed.",
        ),
        values=(CopiedValue("Consumer Key / Client ID", "NETSUITE_CLIENT_ID", True),),
        notes=(
            Note(
                "The record of a token works too: edit it, and tick the grant and the scope. Its *Consumer "
                "Key* is the client id.",
                Source("NSH:section_157771733782", "D"),
            ),
            Note(
                "If the client id is lost: open the record, Edit, Reset Credentials. The old one stops "
                "working.",
                Source("NSH:section_157771733782", "D"),
            ),
        ),
    ),
    Step(
        "Create key and certificate",
        "whoever runs the pipeline",
        (
            "Run `netsuite-pipeline connect --kind oauth2` where the pipeline runs. It makes a private key, "
            "which stays there, and a certificate, and shows where they are.",
            "Or with openssl: `openssl req -new -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
            "-days 730 -subj /CN=netsuite-pipeline -keyout private.pem -out certificate.pem`. Then make "
            "the key readable for you alone (`chmod 600 private.pem`).",
            "Set **NETSUITE_PRIVATE_KEY** to the path of the key, and **NETSUITE_CERTIFICATE** to the "
            "path of the certificate, so that you are warned before it expires.",
        ),
        notes=(
            Note(
                "NetSuite accepts RSA keys of 3072 or 4096 bits and EC keys of 256, 384 or 521 bits, in a "
                "file that ends in .cer, .pem or .crt.",
                _CERTIFICATES,
            ),
            Note(
                "A certificate is valid for at most two years: NetSuite shortens longer ones. Replace it "
                "before ([when a certificate expires](#when-a-certificate-expires)).",
                _CERTIFICATES,
            ),
            Note(
                "One certificate serves one combination of integration, user and role, in one account.",
                _CERTIFICATES,
            ),
        ),
    ),
    Step(
        "Map the certificate to user and role",
        "an administrator, or a user with OAuth 2.0 Authorized Applications Management",
        (
            f"Go to **{CLIENT_CREDENTIALS}** and press **Create New**.",
            "**Entity**: the user. **Role**: the pipeline's role. **Application**: the integration.",
            "**Certificate**: choose the certificate's file, never the key's. **Save.**",
        ),
        values=(CopiedValue("Certificate ID", "NETSUITE_CERTIFICATE_ID", False),),
        notes=(
            Note(
                "If NetSuite does not offer the integration, its record lacks the tick at Client Credentials "
                "(Machine to Machine) Grant.",
                _MAPPING,
            ),
            Note(
                "NetSuite does not copy the mapping to a sandbox or to Release Preview, and each refresh "
                "of a "
                "sandbox clears it: map a certificate there again.",
                _MAPPING,
            ),
        ),
    ),
)
"""The steps of OAuth 2.0 instead of integration record and access token."""

_FOR_TOKENS_ONLY = ("Create the integration record", "Create the access token")


def _with_oauth2() -> tuple[Step, ...]:
    ahead = [step.title for step in STEPS].index(_FOR_TOKENS_ONLY[0])
    after = [step for step in STEPS[ahead:] if step.title not in _FOR_TOKENS_ONLY]
    return (*STEPS[:ahead], *OAUTH2_STEPS, *after)


STEPS_BY_KIND: Mapping[str, tuple[Step, ...]] = MappingProxyType({"tba": STEPS, "oauth2": _with_oauth2()})
"""All steps for a kind of credentials, in their order. Nango keeps one of the two kinds."""
