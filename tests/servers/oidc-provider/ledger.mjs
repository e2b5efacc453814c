// Ledger of requests, for the tests.

import { realNow } from './clock.mjs';
import { thumbprints } from './clients.mjs';

const part = (assertion, index) => {
  try {
    return JSON.parse(Buffer.from(assertion.split('.')[index], 'base64url').toString());
  } catch {
    return null;
  }
};

const now = () => realNow() / 1000;

const LISTS = { '/auth': 'authorizations', '/request': 'pushed', '/token/revocation': 'revocations' };

const EVENTS = [
  'authorization.error', 'authorization_code.consumed', 'grant.revoked', 'refresh_token.consumed',
  'refresh_token.destroyed', 'server_error',
];

export class Ledger {
  tokens = [];

  records = { authorizations: [], pushed: [], revocations: [], events: [] };

  // Records requests to OAuth endpoints and ignores others.
  note(request, form, registry, status, response) {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/token') {
      this.tokens.push(entryOf(request, form, registry, status, response));
    }
    const parameters = [...searchParams, ...form];
    this.records[LISTS[pathname]]?.push({
      time: now(),
      clientId: clientOf(request, new URLSearchParams(parameters)),
      parameters,
      status,
      error: response?.error ?? null,
      errorDescription: response?.error_description ?? null,
    });
  }

  // Records events of codes, tokens and grants.
  watch(provider) {
    for (const name of EVENTS) {
      provider.on(name, (source, detail) => {
        const { path, oidc } = source;
        this.records.events.push({
          time: now(),
          name,
          path: path ?? null,
          grantType: oidc?.params?.grant_type ?? null,
          grantId: source.grantId ?? (typeof detail === 'string' ? detail : null),
          detail: detail instanceof Error ? String(detail.error_description ?? detail.stack) : null,
        });
      });
    }
  }
}

// Returns the unverified client id of a request.
function clientOf(request, form) {
  const basic = /^Basic (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
  const name = basic && Buffer.from(basic, 'base64').toString().split(':')[0];
  const claims = part(form.get('client_assertion') ?? '', 1);
  return (name && decodeURIComponent(name)) ?? form.get('client_id') ?? claims?.sub ?? null;
}

function entryOf(request, form, registry, status, response) {
  const assertion = form.get('assertion') ?? form.get('client_assertion');
  const claims = assertion && part(assertion, 1);
  return {
    time: now(),
    grantType: form.get('grant_type'),
    parameters: [...form.keys()].sort(),
    scope: form.get('scope'),
    clientId: form.get('client_id'),
    client: clientOf(request, form),
    authorization: request.headers.authorization?.split(' ')[0] ?? null,
    contentType: request.headers['content-type'] ?? null,
    assertion,
    header: assertion && part(assertion, 0),
    claims,
    registeredThumbprints: thumbprints(registry.byIssuer.get(claims?.iss)?.publicKey),
    code: form.get('code'),
    redirectUri: form.get('redirect_uri'),
    refreshToken: form.get('refresh_token'),
    status,
    error: response?.error ?? null,
    errorDescription: response?.error_description ?? null,
    errorDetail: request.errorDetail ?? null,
    accessToken: response?.access_token ?? null,
    issuedRefreshToken: response?.refresh_token ?? null,
    idToken: response?.id_token ?? null,
  };
}
