import { MemoryNetwork, Process, Runtime, principalText, textResponse } from '@mesos-ts/libprocess';
import { signJwt } from '@mesos-ts/libprocess/jwt';
import test from 'ava';
import { secureHttp } from '../../src/authentication/secure-http.ts';
import { LocalAuthorizer, parseAcls, spawnDaemonProcesses } from '../../src/index.ts';
import type { HttpSecurity } from '../../src/index.ts';

class Daemon extends Process {
  protected override initialize(): void {
    for (const realm of ['read', 'write']) {
      this.route(
        `/${realm}`,
        ({ principal }) => textResponse(200, principal === undefined ? 'nobody' : principalText(principal)),
        { realm },
      );
    }
  }
}

const security: HttpSecurity = {
  realms: {},
  credentials: new Map([['ann', 'sesame']]),
  jwtKey: 'a key of some length',
  factories: {},
  authorizer: undefined,
  disabledPaths: [],
};

async function started(options: Partial<HttpSecurity>): Promise<Runtime> {
  const runtime = new Runtime({ transport: new MemoryNetwork().transport(), delegate: 'daemon' });
  secureHttp(runtime, { ...security, ...options });
  await runtime.start();
  runtime.spawn(new Daemon('daemon'));
  return runtime;
}

const ann = { authorization: `Basic ${Buffer.from('ann:sesame').toString('base64')}` };

test('realms ask who is there, each by its own authenticators', async (t) => {
  await using runtime = await started({ realms: { read: ['basic'], write: ['jwt', 'basic'] } });
  const get = async (url: string, authorization?: string): Promise<string> => {
    const { body, status } = await runtime.inject({
      url,
      headers: authorization === undefined ? {} : { authorization },
    });
    return status === 200 ? body.toString() : String(status);
  };
  t.is(await get('/read'), '401');
  t.is(await get('/read', ann.authorization), 'ann');
  const key = { secret: security.jwtKey ?? '' };
  const token = `Bearer ${await signJwt({ sub: 'robot', exp: 4_102_444_800 }, key)}`;
  t.is(await get('/read', token), '401');
  t.is(await get('/write', token), JSON.stringify({ value: 'robot', claims: { sub: 'robot', exp: '4102444800' } }));
  t.is(await get('/write', `Bearer ${await signJwt({ cid: 'c' }, key)}`), '{"claims":{"cid":"c"}}');
  t.is(await get('/write', ann.authorization), 'ann');
  t.is(await get('/write', `Bearer ${await signJwt({ sub: 'robot' }, { secret: 'another' })}`), '401');
});

test('the challenge of a realm names it, as Mesos does', async (t) => {
  await using runtime = await started({ realms: { read: ['basic'] } });
  const { body, headers, status } = await runtime.inject({ url: '/read' });
  t.is(status, 401);
  t.is(headers['www-authenticate'], 'Basic realm="read"');
  t.is(body.toString(), '401 Unauthorized.');
});

test('an authenticator that lacks what it needs, or that nobody knows, hinders the start', async (t) => {
  const problems: readonly (readonly [Partial<HttpSecurity>, RegExp])[] = [
    [{ realms: { read: ['basic'] }, credentials: undefined }, /No credentials .* for realm 'read'/],
    [{ realms: { read: ['jwt'] }, jwtKey: undefined }, /No secret key .* for realm 'read'/],
    [{ realms: { read: [] } }, /No HTTP authenticators specified for realm 'read'/],
    [{ realms: { read: ['toString'] } }, /HTTP authenticator 'toString' not found: Expecting basic, jwt/],
  ];
  for (const [options, message] of problems) await t.throwsAsync(started(options), { message });
});

test('a program may bring authenticators of its own', async (t) => {
  const factories = {
    mine: (realm: string) => ({
      scheme: 'Mine',
      authenticate: () => ({ kind: 'authenticated', principal: { value: `from ${realm}` } }) as const,
    }),
  };
  await using runtime = await started({ realms: { read: ['mine'] }, factories });
  t.is((await runtime.inject({ url: '/read' })).body.toString(), 'from read');
});

test('rules say who may see metrics and change the log level, and the firewall what nobody may', async (t) => {
  const acls = parseAcls({
    get_endpoints: [
      { principals: { values: ['ann'] }, paths: { values: ['/metrics/snapshot'] } },
      { principals: { type: 'ANY' }, paths: { type: 'NONE' } },
    ],
  });
  if (acls.value === undefined) throw new Error(acls.error);
  await using runtime = await started({
    realms: { read: ['basic'] },
    authorizer: new LocalAuthorizer(acls.value),
    disabledPaths: ['/version'],
  });
  spawnDaemonProcesses(runtime, { readonlyRealm: 'read', readwriteRealm: 'write' }, {});
  const status = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
    (await runtime.inject({ url, headers })).status;
  t.is(await status('/metrics/snapshot'), 401);
  t.is(await status('/metrics/snapshot', ann), 200);
  t.is(await status('/metrics/prometheus', ann), 200);
  // In a realm that asks nobody, everybody is a stranger, whatever they bring.
  t.is(await status('/logging/toggle', ann), 403);
  t.is(await status('/version'), 403);
  t.is(await status('/system/stats.json'), 200);
});
