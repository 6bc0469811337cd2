import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, createServer } from 'node:tls';
import test from 'ava';
import { Process, ProcessError, readBody } from '../../src/index.ts';
import { Authority, store } from '../support/certificates.ts';
import { attempt, portOf, startNode } from '../support/nodes.ts';
import { RawClient } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { TlsOptions } from '../../src/index.ts';
import type { Node } from '../support/nodes.ts';

const ca = await Authority.create();
const tls: TlsOptions = { ...(await ca.issue({ names: ['127.0.0.1'] })), ca: ca.cert };

/** Answers requests with what was in them. */
class Echo extends Process {
  protected override initialize(): void {
    this.route('/echo', async ({ method, body }) => {
      return { status: 200, body: `${method} ${(await readBody(body, 1_000_000)).toString()}` };
    });
  }
}

function serve({ runtime }: Node): void {
  runtime.spawn(new Echo('echoes'));
}

async function fetchEcho(node: Node, options: RequestOptions = {}, body = ''): Promise<string> {
  const outgoing = request(`${node.runtime.url}/echoes/echo`, { ca: ca.cert, agent: false, ...options });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function handshake(node: Node, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port: portOf(node), host: '127.0.0.1', ca: ca.cert, ...options });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** The serial number of the certificate that a node shows in a new handshake. */
async function serial(node: Node): Promise<string> {
  const socket = await handshake(node);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test('GET and POST over HTTPS reach actors on the port that other nodes connect to', async (t) => {
  const [node, other] = await Promise.all([startNode(t, { tls }), startNode(t, { tls })]);
  node.runtime.tell(node.collecting, 'emit', node.collecting, 0, 1);
  await node.collector.got.reached(1);
  serve(node);
  t.is(node.runtime.url, `https://${node.runtime.address}`);
  t.is(await fetchEcho(node), 'GET ');
  t.is(await fetchEcho(node, { method: 'POST' }, 'x'.repeat(200_000)), `POST ${'x'.repeat(200_000)}`);
  t.is(await attempt(other, node), 'delivered');
});

test('TLS 1.0 and 1.1 are refused, by clients that others speak them with, and cannot be asked for', async (t) => {
  const node = await startNode(t, { tls });
  // Security level 0 of OpenSSL has what these versions need.
  const ciphers = 'DEFAULT@SECLEVEL=0';
  const other = createServer({ cert: tls.cert, key: tls.key, ciphers, minVersion: 'TLSv1' });
  await once(other.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => other.close());
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const) {
    const agreed = (port: number): Promise<unknown> => {
      const options = { ca: ca.cert, ciphers, minVersion: version, maxVersion: version };
      const socket = connect({ port, host: '127.0.0.1', ...options });
      return once(socket, 'secureConnect').then(
        () => {
          const protocol = socket.getProtocol();
          socket.destroy();
          return protocol;
        },
        (error: unknown) => (error as { code: unknown }).code,
      );
    };
    t.is(await agreed((other.address() as AddressInfo).port), version);
    t.is(await agreed(portOf(node)), version === 'TLSv1.2' ? version : 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    const minVersion = version as 'TLSv1.2';
    const { code } = await startNode(t, { tls: { ...tls, minVersion } }).then(
      () => ({ code: 'started' }),
      (error: unknown) => error as ProcessError,
    );
    t.is(code, version === 'TLSv1.2' ? 'started' : 'TLS_INVALID');
  }
});

test('the same port serves HTTP beside HTTPS while a downgrade is supported', async (t) => {
  const node = await startNode(t, { tls: { ...tls, supportDowngrade: true } });
  serve(node);
  t.is(await fetchEcho(node), 'GET ');
  const plain = await fetch(`http://${node.runtime.address}/echoes/echo`, { method: 'POST', body: 'plain' });
  t.is(await plain.text(), 'POST plain');
});

test('whoever speaks HTTP to a port of HTTPS is told so in HTTP', async (t) => {
  const node = await startNode(t, { tls });
  const answer = await fetch(`http://${node.runtime.address}/`);
  t.is(answer.status, 400);
  t.regex(await answer.text(), /This port speaks HTTPS only/);
});

test('a client without a certificate is refused where one is required, with the reason in the log', async (t) => {
  const node = await startNode(t, { tls: { ...tls, requireClientCert: true } });
  await t.throwsAsync(fetchEcho(node));
  t.regex(await node.log.until(/^Refused/), /TLS with 127\.0\.0\.1:\d+: it has shown no certificate$/);
  t.is(node.runtime.metrics.counter('libprocess/tls_handshakes_failed').value, 1);
});

test('an upgrade to HTTP/2 is ignored over TLS as it is without', async (t) => {
  const node = await startNode(t, { tls });
  serve(node);
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
  };
  t.is(await fetchEcho(node, { headers }), 'GET ');
});

test('a session is resumed, and with it the certificate of the client that was verified when it began', async (t) => {
  const node = await startNode(t, { tls: { ...tls, requireClientCert: true } });
  serve(node);
  const identity = await ca.issue({ names: ['127.0.0.1'] });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const first = await handshake(node, { ...identity, maxVersion });
    first.write('GET /echoes/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    first.resume();
    // TLS 1.2 has it at the end of the handshake, TLS 1.3 sends it later.
    const [session] = maxVersion === 'TLSv1.2' ? [first.getSession()] : ((await once(first, 'session')) as [Buffer]);
    first.destroy();
    const again = await handshake(node, { ...identity, maxVersion, session });
    t.true(again.isSessionReused(), maxVersion);
    again.write('GET /echoes/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of again) text += String(chunk);
    t.regex(text, /^HTTP\/1\.1 200 /, maxVersion);
  }
});

const impostors: Readonly<Record<string, Uint8Array | string>> = {
  'rubbish that begins as a handshake does': Buffer.concat([
    Buffer.from([0x16, 3, 1, 0, 100]),
    Buffer.alloc(100, 0xff),
  ]),
  'a record of an impossible length': Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 2, 3]),
  'a greeting of SSL 2': Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10]),
  'a request in plain HTTP': 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a zero': Buffer.from([0]),
};

for (const [title, bytes] of Object.entries(impostors)) {
  test(`whoever sends ${title} is cut off, with a reason in the log and a counter`, async (t) => {
    const [node, other] = await Promise.all([startNode(t, { tls }), startNode(t, { tls })]);
    const client = await RawClient.connect(node.runtime.address);
    client.write(bytes);
    await client.ended();
    t.regex(await node.log.until(/^Refused/), /^Refused the connection: TLS with 127\.0\.0\.1:\d+: .*/);
    t.is(node.runtime.metrics.counter('libprocess/tls_handshakes_failed').value, 1);
    t.is(await attempt(other, node), 'delivered');
  });
}

test('a handshake that arrives byte by byte is one like any other', async (t) => {
  const node = await startNode(t, { tls });
  serve(node);
  const through = connectTcp(portOf(node), '127.0.0.1');
  await once(through, 'connect');
  through.setNoDelay(true);
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => {
      for (const byte of chunk) through.write(Uint8Array.of(byte));
      done();
    },
  });
  through.on('data', (chunk) => duplex.push(chunk));
  through.on('end', () => duplex.push(null));
  const socket = connect({ socket: duplex, ca: ca.cert, host: '127.0.0.1' });
  await once(socket, 'secureConnect');
  socket.write('GET /echoes/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  t.regex(text, /^HTTP\/1\.1 200 /);
});

test('whoever connects and says nothing, or stops within the handshake, is cut off after a while and disturbs nobody', async (t) => {
  for (const supportDowngrade of [false, true]) {
    const [node, other] = await Promise.all([
      startNode(t, { tls: { ...tls, supportDowngrade }, handshakeTimeoutMs: 3_000 }),
      startNode(t, { tls }),
    ]);
    const [silent, halfway] = [
      await RawClient.connect(node.runtime.address),
      await RawClient.connect(node.runtime.address),
    ];
    halfway.write(Buffer.from([0x16, 3, 1, 2, 0]));
    t.is(await attempt(other, node), 'delivered');
    await Promise.all([silent.ended(), halfway.ended()]);
    t.is(node.runtime.metrics.counter('libprocess/tls_handshakes_failed').value, 2);
    t.is(node.log.lines.filter((line) => line.includes('the TLS handshake took too long')).length, 2);
  }
});

test('handshakes under way are bounded: the oldest makes room, so that the silent cannot keep others out', async (t) => {
  const [node, other] = await Promise.all([startNode(t, { tls, ungreetedMax: 3 }), startNode(t, { tls })]);
  const silent = [];
  for (let index = 0; index < 4; index++) silent.push(await RawClient.connect(node.runtime.address));
  await silent[0]?.ended();
  t.deepEqual(
    silent.map(({ socket }) => socket.closed),
    [true, false, false, false],
  );
  t.regex(await node.log.until(/^Refused/), /too many TLS handshakes at once$/);
  t.is(await attempt(other, node), 'delivered');
});

test('a runtime that closes ends the handshakes that are under way', async (t) => {
  const node = await startNode(t, { tls });
  const client = await RawClient.connect(node.runtime.address);
  client.write(Buffer.from([0x16, 3, 1, 2, 0]));
  // By the time of this answer the other connection has been taken up.
  await fetchEcho(node);
  await node.runtime.close();
  await client.ended();
  t.is(node.runtime.metrics.counter('libprocess/tls_handshakes_failed').value, 0);
});

test('after a reload handshakes use the new certificate, on both sides, and open connections stay', async (t) => {
  const folder = await temporaryFolder(t);
  const [first, second] = [await ca.issue({ names: ['127.0.0.1'] }), await ca.issue({ names: ['127.0.0.1'] })];
  const files = await store(folder, 'node', first);
  const caFile = `${folder}/ca.pem`;
  await writeFile(caFile, ca.cert);
  const node = await startNode(t, { tls: { ...files, caFile, requireClientCert: true } });
  const other = await startNode(t, { tls });
  t.is(await attempt(other, node), 'delivered');
  const before = await serial(node);
  t.false(await node.transport.reloadTls(), 'nothing has changed');
  await store(folder, 'node', second);
  t.is(await serial(node), before, 'not before it is told to');
  t.true(await node.transport.reloadTls());
  const after = await serial(node);
  t.not(after, before);
  // A new CA too, that the peer is not of: it is not let in again, but what is open stays open.
  const newer = await Authority.create('a newer CA');
  await store(folder, 'node', await newer.issue({ names: ['127.0.0.1'] }));
  await writeFile(caFile, newer.cert);
  t.true(await node.transport.reloadTls());
  other.runtime.tell(other.collecting, 'emit', node.collecting, 5, 1);
  await node.collector.got.reached(2);
  node.runtime.tell(node.collecting, 'emit', other.collecting, 6, 1);
  await other.collector.got.reached(1);
  t.is(other.runtime.metrics.counter('libprocess/connections_ended').value, 0);
  const third = await startNode(t, { tls: { ...tls, verifyServerCert: false } });
  t.not(await attempt(third, node), 'delivered');
  // And the node shows the new one where it dials.
  const judge = await startNode(t, { tls: { ...tls, requireClientCert: true } });
  t.not(await attempt(node, judge), 'delivered');
});

test('files that cannot be used change nothing, and the error names them', async (t) => {
  const folder = await temporaryFolder(t);
  const files = await store(folder, 'node', await ca.issue({ names: ['127.0.0.1'] }));
  const node = await startNode(t, { tls: { ...files, ca: ca.cert } });
  const before = await serial(node);
  await writeFile(files.certFile, (await ca.issue()).cert);
  const error = await t.throwsAsync(node.transport.reloadTls(), { instanceOf: ProcessError });
  t.is(error.code, 'TLS_INVALID');
  t.regex(error.message, /node\.key' is not that of the certificate/);
  t.is(await serial(node), before);
});

test('files are looked at from time to time where that is asked for: half of a change waits for the other half', async (t) => {
  const folder = await temporaryFolder(t);
  const files = await store(folder, 'node', await ca.issue({ names: ['127.0.0.1'] }));
  const node = await startNode(t, { tls: { ...files, ca: ca.cert }, tlsReloadIntervalMs: 10 });
  const before = await serial(node);
  const next = await ca.issue({ names: ['127.0.0.1'] });
  await writeFile(files.certFile, next.cert);
  await node.log.until(/TLS goes on with the certificates from before: .*is not that of the certificate/);
  t.is(await serial(node), before);
  await writeFile(files.keyFile, next.key);
  while ((await serial(node)) === before);
  t.pass();
});

test('a certificate that has expired is told in the log at the start', async (t) => {
  const node = await startNode(t, { tls: await ca.issue({ hours: [-2, -1] }) });
  t.regex(await node.log.until(/certificate/), /^The TLS certificate has expired on /);
});

test('certificates that cannot be used hinder the start', async (t) => {
  const error = await t.throwsAsync(startNode(t, { tls: { certFile: '/nowhere/c.pem', keyFile: '/nowhere/k.pem' } }));
  t.regex(error.message, /certificate '\/nowhere\/c\.pem' cannot be read/);
});
