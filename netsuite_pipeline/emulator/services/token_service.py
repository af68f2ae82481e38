"""`GET /rest/tokeninfo`, of the RESTlets' domain: whose token it is (NSH:chapter_157017286140)."""

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.bearer import BearerSignIn, carries_bearer
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import Refusal, Reply, encode, not_found
from netsuite_pipeline.emulator.services.service_rules import require_method

TOKEN_INFO = "/rest/tokeninfo"
_JSON = "application/json;charset=utf-8"


class TokenService:
    """Answers what the account knows of a token."""

    def __init__(self, account: EmulatedAccount) -> None:
        self._account = account

    async def token_info(self, asked: Asked, session: Session) -> Reply:
        """Answers company, role and user. That it exists is documented, its fields are not."""
        require_method(asked, "GET")
        if self._account.settings.variants.token_info == "missing":
            return not_found()
        told = {
            "companyName": "Sample company",
            "companyId": self._account.settings.account_id,
            "roleName": session.role.name,
            "roleId": session.role.id,
            "userName": session.user.name,
            "userId": session.user.id,
            "integrationName": self._account.keyring.integration.name,
        }
        return Reply(200, encode(told), _JSON)


class RestletManner:
    """The RESTlets' domain: an Authorization header, and errors of code and message (facts 2.1)."""

    def __init__(self, sign_in: SignIn, bearer: BearerSignIn) -> None:
        self._sign_in = sign_in
        self._bearer = bearer

    def let_in(self, asked: Asked) -> Session:
        if carries_bearer(asked):
            return self._bearer.let_in(asked, "restlets")
        return self._sign_in.let_in(asked)

    def not_let_in(self, asked: Asked) -> Reply:
        return _error(401, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.")

    def too_many(self, variant: str) -> Reply:
        return _error(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded")

    def refused(self, refusal: Refusal) -> Reply:
        return _error(refusal.status, refusal.code, refusal.detail)

    def failed(self) -> Reply:
        return _error(500, "UNEXPECTED_ERROR", "An unexpected error occurred.")


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, encode({"error": {"code": code, "message": message}}), _JSON)
