// What is kept of every token request.

import { realNow } from './clock.mjs';
import { thumbprints } from './clients.mjs';

const part = (assertion, index) => {
  try {
    return JSON.parse(Buffer.from(assertion.split('.')[index], 'base64url').toString());
  } catch {
    return null;
  }
};

export function entryOf(request, form, registry, status, answer) {
  const assertion = form.get('assertion') ?? form.get('client_assertion');
  const claims = assertion && part(assertion, 1);
  return {
    time: realNow() / 1000,
    grantType: form.get('grant_type'),
    parameters: [...form.keys()].sort(),
    scope: form.get('scope'),
    clientId: form.get('client_id'),
    authorization: request.headers.authorization?.split(' ')[0] ?? null,
    contentType: request.headers['content-type'] ?? null,
    assertion,
    header: assertion && part(assertion, 0),
    claims,
    registeredThumbprints: thumbprints(registry.byIssuer.get(claims?.iss)?.publicKey),
    status,
    error: answer?.error ?? null,
    errorDescription: answer?.error_description ?? null,
    errorDetail: request.errorDetail ?? null,
    accessToken: answer?.access_token ?? null,
  };
}
