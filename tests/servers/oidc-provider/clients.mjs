// Registered clients, created from the configuration in the format of oidc-provider.

import { X509Certificate, createHash, createPublicKey } from 'node:crypto';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export const ASYMMETRIC = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
];

export class Registry {
  constructor(entries) {
    this.entries = entries;
    this.byId = new Map(entries.map((entry) => [entry.clientId, entry]));
    this.byIssuer = new Map(entries.map((entry) => [entry.issuer ?? entry.clientId, entry]));
  }

  // Client metadata (RFC 7591).
  metadata() {
    return this.entries.map((entry) => {
      const authMethod = entry.authMethod ?? 'none';
      const redirectUris = entry.redirectUris ?? [];
      const key = entry.publicKey ? publicKey(entry.publicKey).export({ format: 'jwk' }) : undefined;
      return {
        client_id: entry.clientId,
        client_secret: entry.clientSecret ?? undefined,
        token_endpoint_auth_method: authMethod,
        token_endpoint_auth_signing_alg:
          authMethod === 'private_key_jwt' ? entry.algorithms?.[0] : undefined,
        grant_types: [
          JWT_BEARER,
          ...(authMethod === 'none' ? [] : ['client_credentials']),
          ...(redirectUris.length === 0 ? [] : ['authorization_code', 'refresh_token']),
        ],
        response_types: redirectUris.length === 0 ? [] : ['code'],
        redirect_uris: redirectUris,
        scope: entry.scopes?.join(' '),
        jwks: key ? { keys: [{ ...key, kid: entry.keyId }] } : undefined,
      };
    });
  }
}

// Returns the key of a PEM certificate or public key.
function publicKey(pem) {
  return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
}

// Returns `x5t` and `x5t#S256` of a PEM certificate, or null for a public key.
export function thumbprints(pem) {
  if (!pem?.includes('BEGIN CERTIFICATE')) return null;
  const { raw } = new X509Certificate(pem);
  const digest = (name) => createHash(name).update(raw).digest('base64url');
  return { x5t: digest('sha1'), 'x5t#S256': digest('sha256') };
}
