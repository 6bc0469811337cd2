import test from 'ava';
import { ProcessError, Runtime, WebSocketTransport, createTrust } from '../../src/index.ts';
import { freePort } from '../../src/testing/index.ts';
import { Authority } from '../support/certificates.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { Log } from '../support/log.ts';
import { attempt, portOf, startNode } from '../support/nodes.ts';
import type { ExecutionContext } from 'ava';
import type {
  Connection,
  Secret,
  TlsOptions,
  Transport,
  TrustOptions,
  WebSocketTransportOptions,
} from '../../src/index.ts';
import type { Node } from '../support/nodes.ts';

const secret = 'a secret that is long enough';
const another = 'another secret of that length';
const ca = await Authority.create();
const tls: TlsOptions = {
  ...(await ca.issue({ names: ['127.0.0.1', '127.0.0.2'] })),
  ca: ca.cert,
  requireClientCert: true,
};

interface Side {
  readonly trust?: TrustOptions;
  readonly transport?: WebSocketTransportOptions;
}

function side(t: ExecutionContext, { trust, transport }: Side): Promise<Node> {
  return startNode(t, transport, trust === undefined ? {} : { trust: createTrust(trust) });
}

/** Hands on what comes in on one connection to another. */
function relay(from: Connection, to: Connection): void {
  from.open({
    frame: (bytes) => {
      to.send(bytes);
    },
    close: (reason) => {
      to.close(reason);
    },
  });
}

/** One node links to another and sends it a message; what became of that, and how often either end was refused. */
async function meet(t: ExecutionContext, from: Side, to: Side): Promise<{ result: string; from: Node; to: Node }> {
  const [here, there] = await Promise.all([side(t, from), side(t, to)]);
  return { result: await attempt(here, there), from: here, to: there };
}

function pair(one: number, two: number): string {
  return `the secret of ${Math.min(one, two)} and ${Math.max(one, two)}`;
}

function secrets(...list: readonly Secret[]): Side {
  return { trust: { secrets: list } };
}

test('nodes with one secret in common meet, whichever else they have', async (t) => {
  t.is((await meet(t, secrets(secret), secrets(secret))).result, 'delivered');
  t.is((await meet(t, secrets(another, secret), secrets(secret))).result, 'delivered');
  t.is((await meet(t, secrets(secret), secrets(another, secret))).result, 'delivered');
  t.is((await meet(t, secrets(Buffer.from(secret)), secrets(secret))).result, 'delivered');
});

test('nodes without a secret in common do not meet, and both are told why', async (t) => {
  const { result, to } = await meet(t, secrets(secret), secrets(another));
  t.is(result, 'it does not know the secret');
  t.regex(
    await to.log.until(/^Refused/),
    /^Refused the connection from 127\.0\.0\.1:\d+: it does not know the secret$/,
  );
  t.is(to.runtime.metrics.counter('libprocess/handshakes_failed').value, 1);
  t.deepEqual(to.collector.got.items, []);
});

test('a node with a secret and one without do not meet, whoever dials', async (t) => {
  t.is((await meet(t, secrets(secret), {})).result, 'it does not ask for a secret, and so knows none');
  t.is((await meet(t, {}, secrets(secret))).result, 'it asks for a secret, and this runtime has none');
});

test('a secret is changed by adding the new one everywhere and then taking the old one away, without a gap', async (t) => {
  let [here, there]: readonly Secret[][] = [[secret], [secret]];
  const node = (current: () => readonly Secret[]): Promise<Node> =>
    side(t, { trust: { secrets: () => current(), addresses: 'dial-back' } });
  const [a, b] = await Promise.all([node(() => here ?? []), node(() => there ?? [])]);
  const steps: readonly (readonly [Secret[], Secret[]])[] = [
    [[secret, another], [secret]],
    [
      [secret, another],
      [secret, another],
    ],
    [[another], [secret, another]],
    [[another], [another]],
  ];
  for (const [first, second] of steps) {
    [here, there] = [first, second];
    // A new greeting, with each end in turn the one that dials.
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const fresh = await node(() => (from === a ? here : there) ?? []);
      t.is(await attempt(fresh, to), 'delivered');
    }
  }
  t.is(await attempt(a, b), 'delivered');
  // Who still has only the old one stays out, and a connection that is open stays open.
  const late = await node(() => [secret]);
  t.is(await attempt(late, b), 'it does not know the secret');
  t.is(await attempt(a, b), 'delivered');
});

test('with secrets for each pair nobody but the two ends of it can pass for the other', async (t) => {
  const addresses = [await freePort(), await freePort(), await freePort()];
  const keyed = (port = 0): Promise<Node> =>
    side(t, {
      trust: { secrets: (address) => [pair(port, Number(address.slice(address.lastIndexOf(':') + 1)))] },
      transport: { port },
    });
  const [first, second] = await Promise.all([keyed(addresses[0]), keyed(addresses[1])]);
  t.is(await attempt(first, second), 'delivered');
  // The third knows its own secrets only, and claims the first one's address by advertising it.
  const [firstPort = 0, , thirdPort = 0] = addresses;
  const impostor = await side(t, {
    trust: { secrets: (address) => [pair(thirdPort, Number(address.slice(address.lastIndexOf(':') + 1)))] },
    transport: { port: thirdPort, advertisePort: firstPort },
  });
  t.not(await attempt(impostor, second), 'delivered');
  t.is(await attempt(first, second), 'delivered');
  t.is(first.runtime.metrics.counter('libprocess/connections_ended').value, 0);
});

test('one who knows the secret cannot claim the address of another: that one is asked, and does not know of it', async (t) => {
  const [real, third] = await Promise.all([side(t, secrets(secret)), side(t, secrets(secret))]);
  const impostor = await side(t, { ...secrets(secret), transport: { advertisePort: portOf(real) } });
  t.is(impostor.runtime.address, real.runtime.address);
  t.is(await attempt(real, third), 'delivered');
  t.not(await attempt(impostor, third), 'delivered');
  t.regex(
    await third.log.until(/^Refused/),
    /: it claims 127\.0\.0\.1:\d+: it asks after a greeting that is none of this runtime$/,
  );
  t.is(third.collector.got.items.length, 1);
  t.is(await attempt(real, third), 'delivered');
  t.is(real.runtime.metrics.counter('libprocess/connections_ended').value, 0);
  // Nor an address where nobody is.
  const nobody = await side(t, { ...secrets(secret), transport: { advertisePort: 1 } });
  t.not(await attempt(nobody, third), 'delivered');
  t.regex(await third.log.until(/claims 127\.0\.0\.1:1:/), /ECONNREFUSED/);
});

test('a node that is dialled at another of its addresses is dialled again at its own, and both lead to it', async (t) => {
  const [node, other] = await Promise.all([
    side(t, { ...secrets(secret), transport: { ip: '0.0.0.0', advertiseIp: '127.0.0.2' } }),
    side(t, secrets(secret)),
  ]);
  const alias = `127.0.0.1:${portOf(node)}`;
  t.is(await attempt(other, node, alias), 'delivered');
  t.is(await attempt(other, node), 'delivered');
  t.is(await attempt(other, node, alias), 'delivered');
  t.is(other.runtime.metrics.snapshot()['libprocess/peers'], 1);
  t.is(other.runtime.metrics.counter('libprocess/connections_ended').value, 0);
});

test("one who knows the secret cannot have another's messages by calling itself by that one's address", async (t) => {
  const [real, other] = await Promise.all([side(t, secrets(secret)), side(t, secrets(secret))]);
  const port = await freePort();
  const impostor = await side(t, { ...secrets(secret), transport: { port, advertisePort: portOf(real) } });
  t.regex(
    await attempt(other, impostor, `127.0.0.1:${port}`),
    /^it claims 127\.0\.0\.1:\d+: it asks after a greeting that is none of this runtime$/,
  );
  t.deepEqual(real.collector.got.items, []);
  t.deepEqual(impostor.collector.got.items, []);
});

test('source-ip demands that the claimed IP address is the one that the connection is from', async (t) => {
  const trust: TrustOptions = { addresses: 'source-ip' };
  t.is((await meet(t, {}, { trust })).result, 'delivered');
  const { result, to } = await meet(t, { transport: { ip: '0.0.0.0', advertiseIp: '127.0.0.2' } }, { trust });
  t.not(result, 'delivered');
  t.regex(await to.log.until(/^Refused/), /: it is at 127\.0\.0\.1 and calls itself 127\.0\.0\.2:\d+$/);
  // Whom it dials too.
  const dialled = await side(t, { transport: { ip: '0.0.0.0', advertiseIp: '127.0.0.2' } });
  const from = await side(t, { trust });
  t.regex(
    await attempt(from, dialled, `127.0.0.1:${portOf(dialled)}`),
    /it is at 127\.0\.0\.1 and calls itself 127\.0\.0\.2/,
  );
});

test('with certificates a node must show one for the IP address that it claims, whoever dials', async (t) => {
  const trust: TrustOptions = { certificates: true };
  const good: Side = { trust, transport: { tls } };
  t.is((await meet(t, good, good)).result, 'delivered');
  // A certificate of the same CA, for another address: TLS lets it through, since it looks at servers only.
  const wrong: TlsOptions = { ...(await ca.issue({ names: ['10.9.9.9'] })), ca: ca.cert, requireClientCert: true };
  const { result, to } = await meet(t, { transport: { tls: wrong } }, good);
  t.not(result, 'delivered');
  t.regex(await to.log.until(/^Refused/), /: its certificate is not for 127\.0\.0\.1:\d+$/);
  // One that claims an address that its certificate is not for.
  const claims: Side = { trust, transport: { tls, ip: '0.0.0.0', advertiseIp: '127.0.0.3' } };
  const claimed = await meet(t, claims, good);
  t.not(claimed.result, 'delivered');
  t.regex(await claimed.to.log.until(/^Refused/), /: its certificate is not for 127\.0\.0\.3:\d+$/);
  const dialled = await side(t, claims);
  t.regex(
    await attempt(await side(t, good), dialled, `127.0.0.1:${portOf(dialled)}`),
    /^its certificate is not for 127\.0\.0\.3:\d+$/,
  );
});

test('without TLS, or without certificates of clients, trust by certificates trusts nobody', async (t) => {
  const trust: TrustOptions = { certificates: true };
  t.is((await meet(t, { trust }, {})).result, 'it has shown no certificate that is verified');
  const optional: TlsOptions = { ...tls, requireClientCert: false };
  const { result, to } = await meet(t, { transport: { tls } }, { trust, transport: { tls: optional } });
  t.not(result, 'delivered');
  t.regex(await to.log.until(/^Refused/), /it has shown no certificate that is verified$/);
});

test('a function may judge certificates, at its leisure, and one that throws is a no', async (t) => {
  const judged: string[] = [];
  const trust = (verdict: () => boolean | Promise<boolean>): TrustOptions => ({
    certificates: (certificate, address) => {
      judged.push(`${certificate.subject} ${address}`);
      return verdict();
    },
  });
  const from = { transport: { tls } };
  const yes = await meet(t, from, { trust: trust(() => Promise.resolve(true)), transport: { tls } });
  t.is(yes.result, 'delivered');
  t.deepEqual(judged, [`CN=a test ${yes.from.runtime.address}`]);
  for (const verdict of [() => false, () => Promise.reject(new Error('not today'))]) {
    const no = await meet(t, from, { trust: trust(verdict), transport: { tls } });
    t.not(no.result, 'delivered');
    t.regex(await no.to.log.until(/^Refused/), /its certificate is not for|not today/);
  }
});

test('secrets and certificates can both be demanded, and links go on over another connection', async (t) => {
  const both: Side = { trust: { secrets: [secret], certificates: true }, transport: { tls } };
  const { result, from, to } = await meet(t, both, both);
  t.is(result, 'delivered');
  const onlyOne = await side(t, { trust: { secrets: [secret] }, transport: { tls } });
  t.is(await attempt(onlyOne, to), 'delivered');
  const onlyOther = await side(t, { trust: { certificates: true }, transport: { tls } });
  t.not(await attempt(onlyOther, to), 'delivered');
  t.is(await attempt(from, to), 'delivered');
});

test('over TLS nobody can sit between two ends that know the secret, even where certificates are not verified', async (t) => {
  const trust = createTrust({ secrets: [secret] });
  for (const [over, expected] of [
    [{ ...tls, requireClientCert: false, verifyServerCert: false }, 'it does not know the secret'],
    // Without TLS, whoever sits between is not noticed, as the documentation says.
    [undefined, 'delivered'],
  ] as const) {
    const options: WebSocketTransportOptions = over === undefined ? {} : { tls: over };
    const target = await startNode(t, options, { trust });
    // Takes connections and hands on every frame, unread, with TLS of its own on both sides.
    const between = new WebSocketTransport(options);
    t.teardown(() => between.close());
    const at = await between.listen({
      connection: (near) => {
        void between.connect(target.runtime.address, new AbortController().signal).then((far) => {
          relay(near, far);
          relay(far, near);
        });
      },
      request: () => Promise.resolve({ status: 404 }),
    });
    // The way to the target leads over it.
    const inner = new WebSocketTransport(options);
    const transport: Transport = {
      listen: (handlers) => inner.listen(handlers),
      connect: (address, signal) => inner.connect(address === target.runtime.address ? at : address, signal),
      close: () => inner.close(),
    };
    const log = new Log();
    const runtime = await new Runtime({ transport, trust, logger: log }).start();
    t.teardown(() => runtime.close());
    const [collector, watcher] = [new Collector('collector'), new Watcher('watcher')];
    const from = {
      ...target,
      runtime,
      log,
      collector,
      collecting: runtime.spawn(collector),
      watcher,
      watching: runtime.spawn(watcher),
    };
    t.is(await attempt(from, target), expected);
  }
});

test('options that would trust everybody, and secrets that are too short, are refused', (t) => {
  const wrong: readonly TrustOptions[] = [
    {},
    { certificates: false },
    { addresses: 'claimed' },
    { addresses: 'dial-back' },
    { certificates: true, addresses: 'dial-back' },
    { secrets: [] },
    { secrets: ['too short'] },
    { secrets: [secret, Buffer.alloc(15)] },
    { secrets: Array.from({ length: 9 }, () => secret) },
  ];
  for (const options of wrong) {
    const error = t.throws(() => createTrust(options), { instanceOf: ProcessError });
    t.is(error.code, 'TRUST_INVALID');
  }
});

test('a function that has no proper secret keeps everybody out, and the runtime lives on', async (t) => {
  const { result, to } = await meet(t, secrets(secret), { trust: { secrets: () => ['short'] } });
  t.not(result, 'delivered');
  t.regex(await to.log.until(/^Refused/), /a secret has fewer than 16 bytes$/);
  t.regex(await attempt(to, await side(t, secrets(secret))), /a secret has fewer than 16 bytes$/);
});
