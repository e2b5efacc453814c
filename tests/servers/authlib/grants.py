"""Authlib grants, configured for the registered clients."""

import threading

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidGrantError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry


class User:
    """The subject of an assertion."""

    def __init__(self, subject):
        self.subject = subject

    def get_user_id(self):
        return self.subject


class Replay:
    """Used `jti` values by issuer."""

    def __init__(self):
        self._used = set()
        self._lock = threading.Lock()

    def first_use(self, issuer, jti):
        with self._lock:
            fresh = (issuer, jti) not in self._used
            self._used.add((issuer, jti))
            return fresh


def bearer_grant(config, registry, replay):
    """The JWT bearer grant (RFC 7523 section 2.1), with `sub`, `iat` and `jti` required."""

    class Grant(JWTBearerGrant):
        LEEWAY = config.get("leewaySeconds", 60)
        CLAIMS_OPTIONS = {
            name: {"essential": True} for name in ("iss", "sub", "aud", "exp", "iat", "jti")
        }
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

        def get_audiences(self):
            return config["audiences"]

        def resolve_issuer_client(self, issuer):
            return registry.by_issuer.get(issuer)

        def resolve_client_public_key(self, client):
            return client.key

        def process_assertion_claims(self, assertion):
            header, claims = self.extract_assertion(assertion)
            client = self.resolve_issuer_client(str(claims.get("iss")))
            if client and header.get("alg") not in client.algorithms:
                raise InvalidGrantError(description="The client does not use this algorithm.")
            claims = super().process_assertion_claims(assertion)
            if client.auth_method.startswith("client_secret"):
                if self.authenticate_token_endpoint_client() is not client:
                    raise InvalidClientError(description="The assertion is another client's.")
            if not replay.first_use(claims["iss"], claims["jti"]):
                raise InvalidGrantError(description="The assertion was used before.")
            return claims

        def authenticate_user(self, subject):
            return User(subject)

        def has_granted_permission(self, client, user):
            return client.subjects is None or user.subject in client.subjects

    return Grant


def client_assertion(config, replay):
    """Client authentication by assertion (RFC 7523 section 2.2), as `private_key_jwt`."""

    class Assertion(JWTBearerClientAssertion):
        CLIENT_AUTH_METHOD = "private_key_jwt"

        def get_audiences(self):
            return config["audiences"]

        def resolve_client_public_key(self, client):
            return client.key

        def validate_jti(self, claims, jti):
            return replay.first_use(claims["iss"], jti)

    return Assertion(leeway=config.get("leewaySeconds", 60))


class CredentialsGrant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def token_generator(config):
    """Opaque access tokens, or JWT access tokens (RFC 9068) with an `exp`."""
    lifetime = config.get("tokenLifetimeSeconds", 3600)
    if config.get("accessToken") != "jwt":
        return BearerTokenGenerator(
            lambda **_: "canary-access-" + generate_token(32), expires_generator=lambda *_: lifetime
        )
    key = RSAKey.generate_key(2048, auto_kid=True)

    class Generator(JWTBearerTokenGenerator):
        def get_jwks(self):
            return key

    return Generator(config["issuer"], expires_generator=lambda *_: lifetime)


def authorization_server(app, config, registry):
    """Returns the authorization server with all grants registered."""
    # By default, joserfc accepts only its recommended algorithms and headers of 512 bytes, but x5c is longer.
    JWSRegistry.recommended[:] = registry.algorithms()
    JWSRegistry.max_header_length = 16384
    replay = Replay()
    server = AuthorizationServer(app, registry.by_id.get, lambda token, request: None)
    server.register_token_generator("default", token_generator(config))
    server.register_client_auth_method("private_key_jwt", client_assertion(config, replay))
    server.register_grant(bearer_grant(config, registry, replay))
    server.register_grant(CredentialsGrant)
    return server
