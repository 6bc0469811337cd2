import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { Process, Runtime, textResponse } from '../../src/index.ts';
import { JwtAuthenticator, signJwt } from '../../src/http/jwt.ts';
import { TestClock } from '../../src/testing/index.ts';
import type { Authenticator, InjectedResponse } from '../../src/index.ts';

const clock = new TestClock();
const now = Math.floor(clock.now() / 1_000);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();

class Vault extends Process {
  protected override initialize(): void {
    this.route('/open', ({ principal }) => textResponse(200, JSON.stringify(principal?.claims)), { realm: 'realm' });
  }
}

async function ask(authenticator: Authenticator, authorization?: string): Promise<InjectedResponse> {
  await using runtime = new Runtime({ http: { authenticators: { realm: authenticator } } });
  runtime.spawn(new Vault('vault'));
  return await runtime.inject({ url: '/vault/open', headers: authorization === undefined ? {} : { authorization } });
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const byKind = {
  HS256: {
    authenticator: new JwtAuthenticator('realm', { secret: 'secret', clock }),
    sign: (claims: Record<string, unknown>) => signJwt(claims, { secret: 'secret' }),
  },
  RS256: {
    authenticator: new JwtAuthenticator('realm', { publicKey: spki, clock }),
    sign: (claims: Record<string, unknown>) => signJwt(claims, { privateKey }),
  },
} as const;

for (const [algorithm, { authenticator, sign }] of Object.entries(byKind)) {
  test(`a token signed with ${algorithm} is taken, its claims are texts, and it is good until its last second is over`, async (t) => {
    const token = await sign({ sub: 'user', foo: 1234, list: [1], exp: now, nbf: now });
    const { body, status } = await ask(authenticator, `Bearer ${token}`);
    t.is(status, 200);
    const claims = { sub: 'user', foo: '1234', list: '[1]', exp: String(now), nbf: String(now) };
    t.deepEqual(JSON.parse(body.toString()), claims);
    t.is((await ask(authenticator, `bearer ${token}`)).status, 200);
  });

  test(`a token that is not what ${algorithm} signed, or not valid now, is answered with 401 and why`, async (t) => {
    const good = await sign({ sub: 'user' });
    const [head = '', payload = '', signature = ''] = good.split('.');
    const other = byKind[algorithm === 'HS256' ? 'RS256' : 'HS256'];
    const unsigned = `${part({ alg: 'none' })}.${payload}.`;
    for (const [why, token] of Object.entries({
      'another key': await signJwt({ sub: 'user' }, { secret: 'a different secret' }),
      'the other algorithm': await other.sign({ sub: 'user' }),
      'the public key as a secret': await signJwt({ sub: 'user' }, { secret: spki }),
      'no signature': unsigned,
      'a header of its own': `${part({ alg: algorithm, crit: ['x'], x: 1 })}.${payload}.${signature}`,
      'other claims': `${head}.${part({ sub: 'root' })}.${signature}`,
      'two parts': `${head}.${payload}`,
      'four parts': `${good}.x`,
      expired: await sign({ sub: 'user', exp: now - 1 }),
      'not yet valid': await sign({ sub: 'user', nbf: now + 2 }),
      'no number': await sign({ sub: 'user', exp: 'never' }),
      'no claims': await sign({}),
    })) {
      const { headers, status } = await ask(authenticator, `Bearer ${token}`);
      t.is(status, 401, why);
      t.regex(
        headers['www-authenticate'] ?? '',
        /^Bearer realm="realm", error="invalid_token", error_description="Invalid JWT: [^"\\]+"$/,
        why,
      );
    }
  });
}

test('who sends no token is asked for one and told of no error; another scheme is an error', async (t) => {
  const { authenticator } = byKind.HS256;
  const { body, headers, status } = await ask(authenticator);
  t.is(status, 401);
  t.is(headers['www-authenticate'], 'Bearer realm="realm"');
  t.is(body.toString(), '401 Unauthorized.');
  for (const header of ['Basic dXNlcg==', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer a"b']) {
    const refused = await ask(authenticator, header);
    t.is(refused.status, 401);
    t.regex(refused.headers['www-authenticate'] ?? '', /^Bearer realm="realm", error="invalid_token", /, header);
  }
});

test('a claim named __proto__ is a claim', async (t) => {
  const secret = 'secret';
  const token = await signJwt(JSON.parse('{"__proto__":{"admin":true},"sub":"x"}') as Record<string, unknown>, {
    secret,
  });
  const { body } = await ask(byKind.HS256.authenticator, `Bearer ${token}`);
  t.is(body.toString(), '{"__proto__":"{\\"admin\\":true}","sub":"x"}');
  t.is(({} as Record<string, unknown>)['admin'], undefined);
});
