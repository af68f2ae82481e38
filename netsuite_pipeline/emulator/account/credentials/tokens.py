"""Users, the integration record and the access tokens, all derived from the seed."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    """One user with access to the account."""

    id: int
    name: str
    email: str
    inactive: bool = False


@dataclass(frozen=True)
class Integration:
    """The integration record (NSH:bridgehead_4254081947): the consumer half of the credentials.

    Attributes:
        consumer_key: Also the client ID of OAuth 2.0.
        scopes: The OAuth 2.0 scopes that are checked.
    """

    name: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    blocked: bool = False
    client_credentials: bool = True
    scopes: frozenset[str] = frozenset({"rest_webservices"})


@dataclass(frozen=True)
class AccessToken:
    """One access token of a user, a role and an integration, valid until it is revoked.

    Attributes:
        name: Name in the admin API, by default the name of its role.
    """

    name: str
    token_id: str
    token_secret: str = field(repr=False)
    user: int
    role: int
    active: bool = True


def made_up(seed: int, *words: str) -> str:
    """Derive 64 hexadecimal characters from a seed and words; NetSuite's keys and secrets look the same.

    Example:
        >>> len(made_up(1, "consumer key"))
        64
    """
    return hashlib.sha256("\n".join((str(seed), *words)).encode()).hexdigest()


class Keyring:
    """The integration, the users and the tokens of one account.

    Args:
        seed: Seed of the keys.
        account_id: Account id; two accounts have different keys.
        roles: Id by name of each role that has a token from the start.
    """

    def __init__(self, seed: int, account_id: str, roles: dict[str, int]) -> None:
        self._seed = seed
        self._account_id = account_id
        self._issued = 0
        self.integration = Integration("Warehouse", self._make("consumer key"), self._make("consumer secret"))
        self.users: dict[int, User] = {}
        self._user_of: dict[int, int] = {}
        self.tokens: dict[str, AccessToken] = {}
        for place, (role_name, role_id) in enumerate(roles.items()):
            user = User(-5 - place, f"{role_name} user", f"{role_name.lower().replace(' ', '.')}@example.com")
            self.users[user.id] = user
            self._user_of[role_id] = user.id
            self._add(role_name, user.id, role_id)

    def user_of(self, role: int) -> int:
        """Return the id of a role's user."""
        return self._user_of[role]

    def names(self) -> list[str]:
        """Return the names of all tokens, active or not."""
        return [token.name for token in self.tokens.values()]

    def issue(self, name: str, role: int) -> AccessToken:
        """Issue a token for a role's user, as Setup > Users/Roles > Access Tokens > New does.

        An older token of the same name is deleted.
        """
        for token in list(self.tokens.values()):
            if token.name == name:
                del self.tokens[token.token_id]
        self._issued += 1
        return self._add(name, self._user_of[role], role, str(self._issued))

    def _make(self, *words: str) -> str:
        return made_up(self._seed, self._account_id, *words)

    def _add(self, name: str, user: int, role: int, extra: str = "") -> AccessToken:
        token = AccessToken(
            name, self._make("token", name, extra), self._make("token secret", name, extra), user, role
        )
        self.tokens[token.token_id] = token
        return token
