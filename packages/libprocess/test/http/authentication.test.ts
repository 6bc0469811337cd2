import test from 'ava';
import {
  BasicAuthenticator,
  CombinedAuthenticator,
  MemoryNetwork,
  Process,
  Runtime,
  WebSocketTransport,
  deferred,
  disabledEndpoints,
  principalText,
  textResponse,
} from '../../src/index.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Log } from '../support/log.ts';
import { RawClient } from '../support/raw-http.ts';
import type { AuthenticationResult, Authenticator, HttpOptions, InjectedResponse, Principal } from '../../src/index.ts';

class Vault extends Process {
  /** The principals whose requests reached `/open`, in order. */
  readonly seen: (Principal | undefined)[] = [];
  protected override initialize(): void {
    this.route(
      '/open',
      ({ principal, url }) => {
        this.seen.push(principal);
        return textResponse(200, `${url} ${principal === undefined ? 'nobody' : principalText(principal)}`);
      },
      { realm: 'realm', methods: ['GET'] },
    );
    this.route('/public', ({ principal }) => textResponse(200, principal?.value ?? 'anybody'));
    this.route('/public/:any', () => textResponse(200, 'below'));
  }
}

const scheme = 'Test';

/** Answers what a test has told it to. */
function fixed(answer: AuthenticationResult | Promise<AuthenticationResult>): Authenticator {
  return { scheme, authenticate: () => answer };
}

function failing(reason: string): Authenticator {
  return { scheme, authenticate: () => Promise.reject(new Error(reason)) };
}

function combined(...list: Authenticator[]): Promise<InjectedResponse> {
  return ask({ authenticators: { realm: new CombinedAuthenticator(list) } });
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

function known(value: string): AuthenticationResult {
  return { kind: 'authenticated', principal: { value } };
}

async function ask(
  http: HttpOptions,
  url = '/vault/open',
  headers: Record<string, string> = {},
): Promise<InjectedResponse> {
  await using runtime = new Runtime({ http, delegate: 'vault' });
  runtime.spawn(new Vault('vault'));
  return await runtime.inject({ url, headers });
}

function basic(credentials: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

test('a realm without an authenticator lets everybody in, without a principal', async (t) => {
  t.is((await ask({})).body.toString(), '/vault/open nobody');
  t.is((await ask({ authenticators: { other: fixed({ kind: 'forbidden' }) } })).status, 200);
});

test('whoever is not known gets 401 with the challenges, whoever is refused 403, and neither reaches the handler', async (t) => {
  const challenges = ['Basic realm="realm"', 'Other realm="x"'];
  const asked = await ask({ authenticators: { realm: fixed({ kind: 'unauthorized', challenges }) } });
  t.is(asked.status, 401);
  t.is(asked.headers['www-authenticate'], 'Basic realm="realm", Other realm="x"');
  t.is(asked.headers['content-type'], 'text/plain; charset=utf-8');
  t.is(asked.body.toString(), '401 Unauthorized.');
  const refused = await ask({ authenticators: { realm: fixed({ kind: 'forbidden' }) } });
  t.deepEqual([refused.status, refused.body.toString()], [403, '403 Forbidden.']);
  t.is(refused.headers['www-authenticate'], undefined);
});

test('the principal reaches the handler; one with neither value nor claims is answered with 500', async (t) => {
  t.is((await ask({ authenticators: { realm: fixed(known('ann')) } })).body.toString(), '/vault/open ann');
  const claims = { kind: 'authenticated', principal: { claims: { cid: '1' } } } as const;
  t.is((await ask({ authenticators: { realm: fixed(claims) } })).body.toString(), '/vault/open {"claims":{"cid":"1"}}');
  const both = { kind: 'authenticated', principal: { value: 'user', claims: { cid: '1' } } } as const;
  t.is(
    (await ask({ authenticators: { realm: fixed(both) } })).body.toString(),
    '/vault/open {"value":"user","claims":{"cid":"1"}}',
  );
  const nothing = { kind: 'authenticated', principal: { claims: {} } } as const;
  t.is((await ask({ authenticators: { realm: fixed(nothing) } })).status, 500);
});

test('a route without a realm asks nobody, and who is asked is asked before the method is looked at', async (t) => {
  const http = { authenticators: { realm: fixed({ kind: 'forbidden' }) } } as const;
  t.is((await ask(http, '/vault/public')).status, 200);
  await using runtime = new Runtime({ http });
  runtime.spawn(new Vault('vault'));
  t.is((await runtime.inject({ method: 'PUT', url: '/vault/open' })).status, 403);
  runtime.http.unsetAuthenticator('realm');
  t.is((await runtime.inject({ method: 'PUT', url: '/vault/open' })).status, 405);
});

test('authenticators can be set, replaced and taken away while requests come', async (t) => {
  await using runtime = new Runtime();
  runtime.spawn(new Vault('vault'));
  const text = async (): Promise<string> => (await runtime.inject({ url: '/vault/open' })).body.toString();
  runtime.http.setAuthenticator('realm', fixed(known('one')));
  t.is(await text(), '/vault/open one');
  runtime.http.setAuthenticator('realm', fixed(known('two')));
  t.is(await text(), '/vault/open two');
  t.true(runtime.http.unsetAuthenticator('realm'));
  t.false(runtime.http.unsetAuthenticator('realm'));
  t.is(await text(), '/vault/open nobody');
});

test('an authenticator that fails is answered with 500, one that takes too long with 503', async (t) => {
  t.is((await ask({ authenticators: { realm: failing('no directory') } })).status, 500);
  const clock = new TestClock();
  const log = new Log();
  await using runtime = new Runtime({
    clock,
    logger: log,
    http: { authenticators: { realm: fixed(new Promise(() => undefined)) }, authenticationTimeoutMs: 500 },
  });
  runtime.spawn(new Vault('vault'));
  const answer = runtime.inject({ url: '/vault/open' });
  await clock.advance(500);
  t.is((await answer).status, 503);
  t.deepEqual(log.lines, [
    'HTTP GET /vault/open is refused: who may ask was not known in 500 ms (AUTHENTICATION_TIMEOUT)',
  ]);
});

test('handlers get the pipelined requests of a connection in order, in whatever order their authentications end', async (t) => {
  const gates = [deferred<AuthenticationResult>(), deferred<AuthenticationResult>()];
  const asked: Promise<AuthenticationResult>[] = gates.map(({ promise }) => promise);
  const bothAsked = deferred<void>();
  const authenticator: Authenticator = {
    scheme,
    authenticate: () => {
      const next = asked.shift();
      if (asked.length === 0) bothAsked.resolve();
      return next ?? { kind: 'forbidden' };
    },
  };
  const http = { authenticators: { realm: authenticator } };
  await using runtime = await new Runtime({ transport: new WebSocketTransport(), http }).start();
  const vault = new Vault('vault');
  runtime.spawn(vault);
  const client = await RawClient.connect(runtime.address);
  client.write(get('/vault/open?1') + get('/vault/open?2') + get('/vault/public'));
  await bothAsked.promise;
  gates[1]?.resolve(known('second'));
  // Another connection is not held up.
  t.is(await (await fetch(`http://${runtime.address}/vault/public`)).text(), 'anybody');
  t.deepEqual(vault.seen, []);
  gates[0]?.resolve(known('first'));
  const answers = await client.until('anybody');
  t.deepEqual(answers.match(/\/vault\/open\?\d (?:first|second)/g), ['/vault/open?1 first', '/vault/open?2 second']);
  t.deepEqual(
    vault.seen.map((principal) => principal?.value),
    ['first', 'second'],
  );
  client.destroy();
});

test('authorization callbacks decide by actor and route, knowing the principal; false is 403, an exception 500', async (t) => {
  const asked: unknown[] = [];
  const http: HttpOptions = {
    authenticators: { realm: fixed(known('ann')) },
    authorization: {
      '/vault/open': ({ url }, principal) => {
        asked.push(principal?.value);
        return Promise.resolve(url.endsWith('?yes'));
      },
      '/vault/public': () => {
        throw new Error('no rules');
      },
    },
  };
  t.is((await ask(http, '/vault/open?yes')).status, 200);
  t.is((await ask(http, '/open?yes')).status, 200);
  const refused = await ask(http, '/vault/open?no');
  t.deepEqual([refused.status, refused.body.toString()], [403, '403 Forbidden.']);
  t.is((await ask(http, '/vault/public')).status, 500);
  t.is((await ask(http, '/vault/public/x')).status, 200);
  t.deepEqual(asked, ['ann', 'ann', 'ann']);
  await using runtime = new Runtime({ http });
  runtime.spawn(new Vault('vault'));
  runtime.http.setAuthorization({});
  t.is((await runtime.inject({ url: '/vault/open?no' })).status, 200);
});

test('a disabled endpoint answers 403 however it is spelled, before authentication, and what is below it is served', async (t) => {
  const http: HttpOptions = {
    authenticators: { realm: fixed({ kind: 'unauthorized', challenges: [] }) },
    firewall: [disabledEndpoints(['/vault/open', '/public/'])],
  };
  for (const url of [
    '/vault/open',
    '/open',
    '/open/',
    '//open',
    '/v%61ult/open',
    '/vault/%6fpen',
    '/vault//open?x=1',
    '/public',
    '/vault/public',
  ]) {
    const { body, status } = await ask(http, url);
    t.is(status, 403, url);
    t.regex(body.toString(), /^Endpoint '\/vault\/(?:open|public)' is disabled$/);
  }
  t.is((await ask(http, '/vault/public/below')).status, 200);
  t.is((await ask({ firewall: [disabledEndpoints(['/vault/pub', '/vault/public/*'])] }, '/public/x')).status, 200);
  await using runtime = new Runtime({ http, delegate: 'vault' });
  runtime.spawn(new Vault('vault'));
  runtime.http.setFirewall([]);
  t.is((await runtime.inject({ url: '/public' })).status, 200);
});

test('a firewall rule sees the request, and the first that answers decides', async (t) => {
  const http: HttpOptions = {
    firewall: [
      ({ request }) => (request.headers['x-inner'] === undefined ? undefined : textResponse(410, 'one')),
      ({ endpoint, delegate }) => textResponse(418, `${endpoint} ${delegate}`),
    ],
  };
  t.is((await ask(http, '/public', { 'X-Inner': '1' })).status, 410);
  t.is((await ask(http, '/public/a')).body.toString(), '/vault/public/a vault');
});

test('basic authentication takes what RFC 7617 allows: colons in passwords, UTF-8, any case of the scheme, no padding', async (t) => {
  const users = { ann: 'p:w d', büro: 'pässwörd', empty: '', user: 'password' };
  const http = { authenticators: { realm: new BasicAuthenticator('realm', users) } };
  const as = async (authorization: string): Promise<number> => (await ask(http, '/open', { authorization })).status;
  for (const credentials of ['ann:p:w d', 'büro:pässwörd', 'empty:', 'user:password']) {
    t.is((await ask(http, '/open', basic(credentials))).status, 200, credentials);
  }
  const encoded = Buffer.from('user:password').toString('base64');
  for (const right of [`basic ${encoded}`, `BASIC  ${encoded} `, `Basic ${encoded.replace(/=+$/, '')}`]) {
    t.is(await as(right), 200, right);
  }
  for (const wrong of [
    'Basic',
    'Basic ',
    `Basic ${encoded} x`,
    `Bearer ${encoded}`,
    encoded,
    'Basic !!!',
    'Basic dXNlcg==',
  ]) {
    t.is(await as(wrong), 401, wrong);
  }
  for (const wrong of [
    'user:',
    'user:Password',
    'User:password',
    ':password',
    'nobody:x',
    'user:password\n',
    '__proto__:x',
    'constructor:',
  ]) {
    t.is((await ask(http, '/open', basic(wrong))).status, 401, wrong);
  }
  t.is((await ask(http)).headers['www-authenticate'], 'Basic realm="realm"');
});

test('basic authentication as libprocess has it is as narrow as that', async (t) => {
  const users = new Map([
    ['ann', 'p:w'],
    ['user', 'password'],
  ]);
  const http = { authenticators: { realm: new BasicAuthenticator('a "realm"', users, { asLibprocess: true }) } };
  const encoded = Buffer.from('user:password').toString('base64');
  t.is((await ask(http, '/open', basic('user:password'))).body.toString(), '/open user');
  t.is((await ask(http, '/open', { authorization: `Basic ${encoded.replace(/=+$/, '')}` })).status, 200);
  for (const authorization of [`basic ${encoded}`, `Basic  ${encoded}`, `Basic ${encoded} `]) {
    t.is((await ask(http, '/open', { authorization })).status, 401, authorization);
  }
  const refused = await ask(http, '/open', basic('ann:p:w'));
  t.is(refused.status, 401);
  t.is(refused.headers['www-authenticate'], 'Basic realm="a \\"realm\\""');
});

test('a combined authenticator lets the first that knows the client decide, and passes on every challenge', async (t) => {
  const bearer = fixed({ kind: 'unauthorized', challenges: ['Bearer realm="realm"'], body: 'no token' });
  const all = new CombinedAuthenticator([
    new BasicAuthenticator('realm', { user: 'password' }),
    { ...bearer, scheme: 'Bearer' },
    { ...failing('down'), scheme: 'Broken' },
  ]);
  t.is(all.scheme, 'Basic Bearer Broken');
  const http = { authenticators: { realm: all } };
  t.is((await ask(http, '/open', basic('user:password'))).body.toString(), '/open user');
  const refused = await ask(http);
  t.is(refused.status, 401);
  t.is(refused.headers['www-authenticate'], 'Basic realm="realm",Bearer realm="realm"');
  t.is(
    refused.body.toString(),
    '"Basic" authenticator returned:\n401 Unauthorized.\n\n"Bearer" authenticator returned:\nno token',
  );
});

test('of a combined authenticator that nobody passes, refusals count before failures', async (t) => {
  const broken = { ...failing('down'), scheme: 'Broken' };
  const refusing = fixed({ kind: 'forbidden' });
  const refused = await combined(broken, refusing);
  t.is(refused.status, 403);
  t.is(refused.body.toString(), '"Test" authenticator returned:\n403 Forbidden.');
  t.is((await combined(broken)).status, 500);
  t.is((await combined()).status, 500);
});

test('a runtime of a network without HTTP has realms and rules all the same, for requests that are injected', async (t) => {
  const http = { authenticators: { realm: fixed({ kind: 'forbidden' }) } } as const;
  await using runtime = await new Runtime({ transport: new MemoryNetwork().transport(), http }).start();
  runtime.spawn(new Vault('vault'));
  t.is((await runtime.inject({ url: '/vault/open' })).status, 403);
});
