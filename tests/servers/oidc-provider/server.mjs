// An authorization server built with oidc-provider, as an independent verifier of assertions, with
// pages for login and consent.
//
// The first line of standard input is the configuration (JSON). The server exits at the end of
// standard input. The first line of standard output contains the listen address (JSON).

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { shiftClock } from './clock.mjs';
import { JWT_BEARER, Registry } from './clients.mjs';
import { Ledger } from './ledger.mjs';

async function configuration() {
  const lines = createInterface({ input: process.stdin });
  lines.once('close', () => process.exit(0));
  const [line] = await once(lines, 'line');
  return JSON.parse(line);
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const config = await configuration();
shiftClock(config.clockOffsetSeconds ?? 0);
// Only the address is written to standard output: discards oidc-provider's warnings about development settings.
console.info = console.warn = () => {};
const { load } = await import('./packages.mjs');
const { default: Provider } = await load('oidc-provider');
const { bearerHandler, claimedIssuer } = await import('./bearer.mjs');
const { settings } = await import('./settings.mjs');
const registry = new Registry(config.clients ?? []);
const ledger = new Ledger();
let answer;

const server = createServer(async (request, response) => {
  response.sendDate = false;
  response.setHeader('Date', new Date().toUTCString());
  if (request.url === '/ledger') return response.end(JSON.stringify(ledger.tokens));
  if (request.url === '/records') return response.end(JSON.stringify(ledger.records));
  const form = new URLSearchParams(await read(request));
  const seen = new URLSearchParams(form);
  // oidc-provider requires client_id, but clients of the JWT bearer grant are identified by the issuer of the assertion.
  const bearer = form.get('grant_type') === JWT_BEARER;
  if (bearer && !form.has('client_id') && !request.headers.authorization) {
    const issuer = claimedIssuer(form.get('assertion'));
    form.set('client_id', registry.byIssuer.get(issuer)?.clientId ?? String(issuer));
  }
  request.body = Object.fromEntries(form);
  const end = response.end.bind(response);
  response.end = (body, ...rest) => {
    ledger.note(request, seen, registry, response.statusCode, parsed(body));
    return end(body, ...rest);
  };
  return answer(request, response);
});

server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  const tokenEndpoint = `${address}/token`;
  config.issuer ??= address;
  config.audiences ??= [tokenEndpoint, config.issuer];
  const provider = new Provider(config.issuer, settings(config, registry));
  provider.on('grant.error', (ctx, error) => { ctx.req.errorDetail = error.error_detail; });
  provider.registerGrantType(JWT_BEARER, bearerHandler(provider, registry, config), ['assertion', 'scope']);
  ledger.watch(provider);
  answer = provider.callback();
  const places = { ledger: `${address}/ledger`, records: `${address}/records` };
  process.stdout.write(`${JSON.stringify({ issuer: config.issuer, tokenEndpoint, ...places })}\n`);
});
