// The JWT bearer grant (RFC 7523 section 2.1), which oidc-provider does not implement.
// jose verifies the assertion against the keys registered for the client.

import { load } from './packages.mjs';

const { errors } = await load('oidc-provider');
const { createLocalJWKSet, decodeJwt, errors: joseErrors, jwtVerify } = await load('jose');

const refuse = (reason) => new errors.InvalidGrant(reason);

async function verified(assertion, client, entry, config) {
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(client.jwks), {
      algorithms: entry.algorithms ?? undefined,
      issuer: entry.issuer ?? entry.clientId,
      audience: config.audiences,
      clockTolerance: config.leewaySeconds ?? 60,
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
    });
    return payload;
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) throw refuse(error.message);
    throw error;
  }
}

export function bearerHandler(provider, registry, config) {
  return async function handler(ctx) {
    const { client, params } = ctx.oidc;
    const entry = registry.byId.get(client.clientId);
    if (!params.assertion) throw new errors.InvalidRequest('missing required parameter(s) assertion');
    const claims = await verified(params.assertion, client, entry, config);
    if (entry.subjects && !entry.subjects.includes(claims.sub)) throw refuse('unknown subject');
    if (!(await provider.ReplayDetection.unique(claims.iss, claims.jti, claims.exp + 60))) {
      throw refuse('assertion was used before');
    }
    const grant = new provider.Grant({ clientId: client.clientId, accountId: claims.sub });
    const token = new provider.AccessToken({
      accountId: claims.sub,
      client,
      grantId: await grant.save(),
      gty: 'jwt_bearer',
      scope: allowed(params.scope, entry),
    });
    if (config.accessToken === 'jwt') {
      token.resourceServer = new provider.ResourceServer(config.issuer, jwtResource(config));
    }
    ctx.oidc.entity('AccessToken', token);
    ctx.body = {
      access_token: await token.save(),
      expires_in: config.omitExpiresIn ? undefined : token.expiration,
      scope: token.scope,
      token_type: token.tokenType,
    };
  };
}

// Resource settings for JWT access tokens (RFC 9068) with an `exp`.
export const jwtResource = ({ issuer }) => ({
  accessTokenFormat: 'jwt', audience: issuer, scope: '', jwt: { sign: { alg: 'RS256' } },
});

function allowed(scope, { scopes }) {
  const kept = (scope ?? '').split(' ').filter((name) => name && (!scopes || scopes.includes(name)));
  return kept.join(' ') || undefined;
}

// Returns the unverified issuer of an assertion, or undefined if it is not a JWT.
export function claimedIssuer(assertion) {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}
