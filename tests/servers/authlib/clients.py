"""Registered clients, created from the configuration."""

import base64
import hmac

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, OKPKey, RSAKey

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASYMMETRIC = [
    "RS256", "RS384", "RS512",
    "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512",
    "EdDSA", "Ed25519",
]


class Client:
    """A registered client that implements Authlib's `ClientMixin`."""

    def __init__(self, entry):
        self.client_id = entry["clientId"]
        self.issuer = entry.get("issuer") or self.client_id
        self.secret = entry.get("clientSecret")
        self.auth_method = entry.get("authMethod") or "none"
        self.algorithms = entry.get("algorithms") or ASYMMETRIC
        self.subjects = entry.get("subjects")
        self.scopes = entry.get("scopes")
        self.key, self.thumbprints = read_public_key(entry.get("publicKey"))

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        asked = (scope or "").split()
        return " ".join(s for s in asked if self.scopes is None or s in self.scopes)

    def check_client_secret(self, secret):
        return hmac.compare_digest(self.secret or "", secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.auth_method

    def check_grant_type(self, grant_type):
        return grant_type in (JWT_BEARER, "client_credentials")


class Registry:
    """Clients by client id and by the issuer of their assertions."""

    def __init__(self, entries):
        clients = [Client(entry) for entry in entries]
        self.by_id = {client.client_id: client for client in clients}
        self.by_issuer = {client.issuer: client for client in clients}

    def algorithms(self):
        """Returns the sorted algorithms that any client may use."""
        return sorted({alg for client in self.by_id.values() for alg in client.algorithms})


def read_public_key(pem):
    """Returns the key of a PEM certificate or public key, and the certificate's thumbprints."""
    if not pem:
        return None, None
    data = pem.encode()
    thumbprints = None
    if b"BEGIN CERTIFICATE" in data:
        certificate = x509.load_pem_x509_certificate(data)
        thumbprints = {
            "x5t": unpadded(certificate.fingerprint(hashes.SHA1())),
            "x5t#S256": unpadded(certificate.fingerprint(hashes.SHA256())),
        }
        key = certificate.public_key()
    else:
        key = serialization.load_pem_public_key(data)
    kind = OKPKey
    if isinstance(key, rsa.RSAPublicKey):
        kind = RSAKey
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind = ECKey
    spki = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return kind.import_key(spki), thumbprints


def unpadded(octets):
    """Encodes as base64url without padding, as in JWS headers."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
