import test from 'ava';
import { Authority } from '../support/certificates.ts';
import { attempt, portOf, startNode } from '../support/nodes.ts';
import type { ExecutionContext } from 'ava';
import type { TlsOptions } from '../../src/index.ts';

const ca = await Authority.create();
const stranger = await Authority.create('another CA');
const identity = await ca.issue({ names: ['127.0.0.1'] });
const good: TlsOptions = { ...identity, ca: ca.cert };
const mutual: TlsOptions = { ...good, requireClientCert: true };

async function valid(hours: readonly [from: number, to: number]): Promise<TlsOptions> {
  return { ...(await ca.issue({ names: ['127.0.0.1'], hours })), ca: ca.cert };
}

async function named(...names: string[]): Promise<TlsOptions> {
  return { ...(await ca.issue({ names })), ca: ca.cert };
}

interface Outcome {
  /** What became of the message: 'delivered', or the reason at the end that dialled. */
  readonly result: string;
  /** What the end that was dialled logs when it refuses somebody. */
  readonly refused: () => Promise<string>;
  /** How many handshakes that end has counted as failed. */
  readonly counted: () => number;
}

/** One node dials another. */
async function dial(t: ExecutionContext, from: TlsOptions | undefined, to: TlsOptions | undefined): Promise<Outcome> {
  const [here, there] = await Promise.all([
    startNode(t, from === undefined ? {} : { tls: from }),
    startNode(t, to === undefined ? {} : { tls: to }),
  ]);
  const result = await attempt(here, there);
  return {
    result,
    refused: () => there.log.until(/^Refused/),
    counted: () => there.runtime.metrics.counter('libprocess/tls_handshakes_failed').value,
  };
}

test('nodes with certificates of one CA link and exchange messages over TLS, and mutual TLS', async (t) => {
  for (const tls of [good, mutual]) {
    const { result, counted } = await dial(t, tls, tls);
    t.deepEqual([result, counted()], ['delivered', 0]);
  }
});

test('a server whose certificate is not signed by a CA that is trusted is refused, with its address and the reason', async (t) => {
  const other = { ...(await stranger.issue({ names: ['127.0.0.1'] })), ca: ca.cert };
  const { result, refused, counted } = await dial(t, good, other);
  t.regex(result, /^Cannot connect to 127\.0\.0\.1:\d+: its CA is not trusted here \(UNABLE_TO_[A-Z_]+\)$/);
  t.regex(await refused(), /^Refused the connection: TLS with 127\.0\.0\.1:\d+: it ended the connection during/);
  t.is(counted(), 1);
});

test('without verification of servers any certificate will do', async (t) => {
  const other = { ...(await stranger.issue()), ca: ca.cert };
  t.is((await dial(t, { ...good, verifyServerCert: false }, other)).result, 'delivered');
});

test('a client whose certificate is not signed by a CA that is trusted is refused by a server that requires one', async (t) => {
  const other = { ...(await stranger.issue({ names: ['127.0.0.1'] })), ca: ca.cert };
  const { result, refused, counted } = await dial(t, other, mutual);
  t.regex(result, /^Cannot connect to 127\.0\.0\.1:\d+: /);
  t.regex(await refused(), /^Refused the connection: TLS with 127\.0\.0\.1:\d+: its CA is not trusted here/);
  t.is(counted(), 1);
  // The same client is welcome where nobody asks.
  t.is((await dial(t, other, good)).result, 'delivered');
});

test('certificates that are no longer or not yet valid are refused, with the reason', async (t) => {
  t.regex((await dial(t, good, await valid([-2, -1]))).result, /its certificate has expired \(CERT_HAS_EXPIRED\)/);
  t.regex((await dial(t, good, await valid([1, 2]))).result, /its certificate is not valid yet \(CERT_NOT_YET_VALID\)/);
  t.regex(await (await dial(t, await valid([-2, -1]), mutual)).refused(), /its certificate has expired/);
});

test('under the scheme openssl a server must show a certificate for the very address that was dialled', async (t) => {
  t.regex(
    (await dial(t, good, await named('10.9.9.9'))).result,
    /its certificate is not for the IP address 127\.0\.0\.1$/,
  );
  t.regex(
    (await dial(t, good, await named('localhost'))).result,
    /its certificate is not for the IP address 127\.0\.0\.1$/,
  );
  const byName = { ...good, verifyIp: false };
  t.regex((await dial(t, byName, good)).result, /a certificate for an IP address is not to be accepted$/);
  // Dialled by name, the name counts.
  const [here, right, other] = await Promise.all([
    startNode(t, { tls: good }),
    startNode(t, { tls: await named('localhost') }),
    startNode(t, { tls: await named('example.org') }),
  ]);
  t.is(await attempt(here, right, `localhost:${portOf(right)}`), 'delivered');
  t.regex(await attempt(here, other, `localhost:${portOf(other)}`), /its certificate is not for localhost$/);
  // Whom a client's certificate is for is not looked at.
  const client = await named('10.9.9.9');
  t.is((await dial(t, client, mutual)).result, 'delivered');
});

test('under the scheme legacy the name that DNS gives for an IP address must be in the certificate, on both sides', async (t) => {
  const asked: string[] = [];
  const reverseLookup = (ip: string): Promise<string> => {
    asked.push(ip);
    return Promise.resolve('node.example.org');
  };
  const legacy = async (names: readonly string[], commonName?: string): Promise<TlsOptions> => ({
    ...(await ca.issue({ names, ...(commonName === undefined ? {} : { commonName }) })),
    ca: ca.cert,
    hostnameValidation: 'legacy',
    verifyIp: false,
    requireClientCert: true,
    reverseLookup,
  });
  const fits = await legacy(['node.example.org']);
  t.is((await dial(t, fits, fits)).result, 'delivered');
  t.deepEqual(asked, ['127.0.0.1', '127.0.0.1']);
  // The common name is as good, and a wildcard is not.
  t.is((await dial(t, fits, await legacy(['other.example.org'], 'node.example.org'))).result, 'delivered');
  for (const names of [['other.example.org'], ['*.example.org'], ['127.0.0.1']]) {
    const wrong = await legacy(names);
    t.regex((await dial(t, fits, wrong)).result, /not for node\.example\.org, the name of 127\.0\.0\.1$/, names[0]);
    t.regex(
      await (await dial(t, wrong, fits)).refused(),
      /not for node\.example\.org, the name of 127\.0\.0\.1$/,
      names[0],
    );
  }
  // With addresses allowed, one for the address is as good.
  const byIp: TlsOptions = { ...(await legacy(['127.0.0.1'])), verifyIp: true };
  t.is((await dial(t, byIp, byIp)).result, 'delivered');
  // A name that cannot be found fits nothing.
  const nameless: TlsOptions = { ...fits, reverseLookup: () => Promise.reject(new Error('no such host')) };
  t.regex((await dial(t, nameless, fits)).result, /the name of 127\.0\.0\.1 is not known: no such host$/);
});

test('a chain with more certificates than the depth allows is refused', async (t) => {
  const below = await (await ca.below('one below')).below('two below');
  const deep: TlsOptions = { ...(await below.issue({ names: ['127.0.0.1'] })), ca: ca.cert };
  t.is((await dial(t, { ...good, verificationDepth: 2 }, deep)).result, 'delivered');
  t.regex((await dial(t, { ...good, verificationDepth: 1 }, deep)).result, /more than 1 certificates are between/);
  // Of clients, no more than this is known with Node 24.
  const strict: TlsOptions = { ...mutual, verificationDepth: 0 };
  t.regex(await (await dial(t, deep, strict)).refused(), /more than 0 certificates are between/);
  t.is((await dial(t, good, strict)).result, 'delivered');
  t.is((await dial(t, { ...good, verificationDepth: 0 }, good)).result, 'delivered');
});

test('nodes without a version or a cipher in common are told so', async (t) => {
  const older: TlsOptions = { ...good, maxVersion: 'TLSv1.2' };
  const newer: TlsOptions = { ...good, minVersion: 'TLSv1.3' };
  t.regex((await dial(t, older, newer)).result, /no version of TLS in common/);
  t.regex((await dial(t, newer, older)).result, /no version of TLS in common/);
  t.is((await dial(t, older, good)).result, 'delivered');
  t.is((await dial(t, newer, good)).result, 'delivered');
  const cipher = (ciphers: string): TlsOptions => ({ ...older, ciphers });
  const [one, two] = [cipher('ECDHE-ECDSA-AES128-GCM-SHA256'), cipher('ECDHE-ECDSA-AES256-GCM-SHA384')];
  t.is((await dial(t, one, one)).result, 'delivered');
  t.regex((await dial(t, one, two)).result, /no cipher in common/);
  t.is((await dial(t, { ...good, ecdhCurves: 'P-384' }, { ...good, ecdhCurves: 'P-521:P-384' })).result, 'delivered');
});

test('a node without TLS and one with do not meet, and both are told why', async (t) => {
  const plainToTls = await dial(t, undefined, good);
  t.regex(plainToTls.result, /it answered 400 TLS is required here$/);
  t.regex(await plainToTls.refused(), /^Refused the connection: TLS with 127\.0\.0\.1:\d+: it does not speak TLS$/);
  t.is(plainToTls.counted(), 1);
  t.regex((await dial(t, good, undefined)).result, /it does not speak TLS/);
});

test('with supportDowngrade a node accepts others without TLS, and dials without TLS whoever does not speak it', async (t) => {
  const soft: TlsOptions = { ...mutual, supportDowngrade: true };
  t.is((await dial(t, undefined, soft)).result, 'delivered');
  t.is((await dial(t, soft, undefined)).result, 'delivered');
  t.is((await dial(t, soft, soft)).result, 'delivered');
  t.is((await dial(t, soft, mutual)).result, 'delivered');
  t.is((await dial(t, mutual, soft)).result, 'delivered');
});

test('a certificate that is not accepted remains so with supportDowngrade', async (t) => {
  const other: TlsOptions = {
    ...(await stranger.issue({ names: ['127.0.0.1'] })),
    ca: ca.cert,
    supportDowngrade: true,
  };
  const { result } = await dial(t, { ...good, supportDowngrade: true }, other);
  t.regex(result, /its CA is not trusted here/);
});
