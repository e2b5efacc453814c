// Settings of oidc-provider, created from the configuration.

import { generateKeyPairSync } from 'node:crypto';
import { accountClaims, findAccount } from './accounts.mjs';
import { jwtResource } from './bearer.mjs';
import { ASYMMETRIC } from './clients.mjs';

const DAY = 86400;

export function settings(config, registry) {
  const lifetime = config.tokenLifetimeSeconds ?? 3600;
  const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return {
    claims: accountClaims,
    clients: registry.metadata(),
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    clockTolerance: config.leewaySeconds ?? 60,
    // The ID token contains the claims of the scopes, as with most providers.
    conformIdTokenClaims: false,
    enabledJWA: { clientAuthSigningAlgValues: ASYMMETRIC },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: config.requirePushedAuthorizationRequests ?? false,
      },
      resourceIndicators: {
        enabled: config.accessToken === 'jwt',
        defaultResource: () => config.issuer,
        getResourceServerInfo: () => jwtResource(config),
      },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    findAccount: findAccount(config),
    jwks: { keys: [{ ...signingKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    pkce: { required: () => true },
    rotateRefreshToken: config.rotateRefreshTokens ?? true,
    scopes: ['openid', 'offline_access', ...new Set(registry.entries.flatMap((e) => e.scopes ?? []))],
    ttl: {
      AccessToken: lifetime,
      AuthorizationCode: 60,
      ClientCredentials: lifetime,
      Grant: 14 * DAY,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: config.refreshTokenLifetimeSeconds ?? 14 * DAY,
      Session: DAY,
    },
  };
}
