"""`GET /rest/tokeninfo` of the RESTlets' domain: the user and role of a token (NSH:chapter_157017286140)."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import Reply, encode, not_found
from netsuite_pipeline.emulator.refusal import Refusal

TOKEN_INFO_PATH = "/rest/tokeninfo"
_JSON = "application/json;charset=utf-8"


async def token_info(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with company, role and user. The path is documented, its fields are not."""
    if account.variants.token_info == "missing":
        return not_found()
    body = {
        "companyName": "Sample company",
        "companyId": account.settings.account_id,
        "roleName": session.role.name,
        "roleId": session.role.id,
        "userName": session.user.name,
        "userId": session.user.id,
        "integrationName": account.keyring.integration.name,
    }
    return Reply(200, encode(body), _JSON)


class RestletProtocol:
    """The RESTlets' domain: an Authorization header, and errors with code and message (facts 2.1)."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def authenticate(self, request: IncomingRequest) -> Session:
        """Return the session of a signed request or an access token."""
        return self._sign_in.authenticate(request, "restlets")

    def sign_in_refused(self, request: IncomingRequest) -> Reply:
        """Return the 401."""
        return _error(401, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.")

    def concurrency_refused(self, variant: str) -> Reply:
        """Return the reply over the concurrency limit."""
        return _error(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded")

    def error(self, refusal: Refusal) -> Reply:
        """Return the reply to a refused request."""
        return _error(refusal.status, refusal.code, refusal.detail)

    def server_error(self) -> Reply:
        """Return the reply to an internal failure."""
        return _error(500, "UNEXPECTED_ERROR", "An unexpected error occurred.")


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, encode({"error": {"code": code, "message": message}}), _JSON)
