import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import test from 'ava';
import {
  BasicAuthenticator,
  CertificateAuthenticator,
  CombinedAuthenticator,
  PID,
  Process,
  commonNameOf,
  tlsFromEnvironment,
} from '../../src/index.ts';
import { Authority } from '../support/certificates.ts';
import { attempt, startNode } from '../support/nodes.ts';
import type { RequestOptions } from 'node:https';
import type { Authenticator, TlsOptions } from '../../src/index.ts';
import type { Node } from '../support/nodes.ts';

const ca = await Authority.create();
const other = await Authority.create('another CA');
const server = await ca.issue({ names: ['127.0.0.1'], commonName: 'a node' });
const ann = await ca.issue({ commonName: 'ann' });
const tls: TlsOptions = { ...server, ca: ca.cert, requestClientCert: true };

/** Tells clients who they are. */
class Vault extends Process {
  protected override initialize(): void {
    this.route('/who', ({ principal }) => ({ status: 200, body: principal?.value ?? 'nobody' }), { realm: 'vault' });
  }
}

async function vault(
  t: Parameters<typeof startNode>[0],
  authenticator: Authenticator = new CertificateAuthenticator('vault'),
): Promise<Node> {
  const node = await startNode(t, { tls });
  node.runtime.http.setAuthenticator('vault', authenticator);
  node.runtime.spawn(new Vault('vault'));
  return node;
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly challenge: string | undefined;
}

async function who(node: Node, options: RequestOptions = {}): Promise<Answer> {
  const outgoing = request(`${node.runtime.url}/vault/who`, { ca: ca.cert, agent: false, ...options });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode ?? 0, text, challenge: response.headers['www-authenticate'] };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It should be there');
  return value;
}

/** The name in a certificate of that common name. */
async function nameIn(commonName: string): Promise<string | undefined> {
  return commonNameOf(new X509Certificate((await ca.issue({ commonName })).cert));
}

test('a client is who its verified certificate says, and one without is asked for it', async (t) => {
  const node = await vault(t);
  t.deepEqual(await who(node, ann), { status: 200, text: 'ann', challenge: undefined });
  t.deepEqual(await who(node), { status: 401, text: '401 Unauthorized.', challenge: 'Certificate realm="vault"' });
});

test('a certificate of somebody else, or of another time, ends the handshake', async (t) => {
  const node = await vault(t);
  for (const identity of [
    await other.issue({ commonName: 'ann' }),
    await ca.issue({ commonName: 'ann', hours: [-2, -1] }),
    await ca.issue({ commonName: 'ann', hours: [1, 2] }),
  ]) {
    await t.throwsAsync(who(node, identity));
  }
});

test('a session that is resumed is that of the same client', async (t) => {
  const node = await vault(t);
  let session: Buffer | undefined;
  const outgoing = request(`${node.runtime.url}/vault/who`, { ca: ca.cert, agent: false, ...ann });
  outgoing.on('socket', (socket) => socket.on('session', (ticket: Buffer) => (session = ticket)));
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  for await (const chunk of response) t.is(String(chunk), 'ann');
  t.truthy(session);
  t.is((await who(node, { session } as RequestOptions)).text, 'ann');
});

test('beside others, a certificate is one way to be known', async (t) => {
  const ways = [new CertificateAuthenticator('vault'), new BasicAuthenticator('vault', { ben: 'sesame' })];
  const node = await vault(t, new CombinedAuthenticator(ways));
  t.is((await who(node, ann)).text, 'ann');
  t.is((await who(node, { auth: 'ben:sesame' })).text, 'ben');
  const { status, challenge } = await who(node);
  t.is(status, 401);
  t.is(challenge, 'Certificate realm="vault",Basic realm="vault"');
});

test('no name, two names and names that could look like others are nobody', async (t) => {
  t.is(await nameIn('ann'), 'ann');
  t.is(await nameIn('añn b'), 'añn b');
  t.is(await nameIn('ann, CN=ben'), undefined);
  t.is(await nameIn('ann\0ben'), undefined);
  const node = await vault(t, new CertificateAuthenticator('vault', { nameOf: () => undefined }));
  t.is((await who(node, ann)).status, 401);
});

test('who has connected to a node, or was connected to, is known by its certificate', async (t) => {
  const node = await startNode(t, { tls });
  const agent = await startNode(t, {
    tls: { ...(await ca.issue({ names: ['127.0.0.1'], commonName: 'agents' })), ca: ca.cert },
  });
  t.is(node.runtime.certificateOf(agent.collecting), undefined, 'there is no connection yet');
  t.is(await attempt(agent, node), 'delivered');
  t.is(commonNameOf(must(node.runtime.certificateOf(agent.collecting))), 'agents');
  t.is(commonNameOf(must(agent.runtime.certificateOf(node.collecting))), 'a node');
  t.is(node.runtime.certificateOf(node.collecting), undefined, 'it has none with itself');
  t.is(node.runtime.certificateOf(new PID('nobody', '127.0.0.1:1')), undefined);
});

test('a node whose certificate nobody vouches for does not get in where certificates are asked for', async (t) => {
  const node = await startNode(t, { tls });
  const stranger = await startNode(t, { tls: { ...(await other.issue({ names: ['127.0.0.1'] })), ca: ca.cert } });
  t.not(await attempt(stranger, node), 'delivered');
});

test('a variable asks for certificates without requiring them', (t) => {
  const variables = { LIBPROCESS_SSL_ENABLED: '1', LIBPROCESS_SSL_CERT_FILE: 'a', LIBPROCESS_SSL_KEY_FILE: 'b' };
  t.false(tlsFromEnvironment(variables).tls?.requestClientCert);
  t.true(tlsFromEnvironment({ ...variables, LIBPROCESS_SSL_REQUEST_CLIENT_CERT: 'true' }).tls?.requestClientCert);
});
