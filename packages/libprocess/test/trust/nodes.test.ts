import test from 'ava';
import { createTrust } from '../../src/index.ts';
import { attempt, startNode } from '../support/nodes.ts';
import type { ExecutionContext } from 'ava';
import type { Secret, TrustOptions, WebSocketTransportOptions } from '../../src/index.ts';
import type { Node } from '../support/nodes.ts';

const secret = 'a secret that is long enough';
const another = 'another secret of that length';
interface Side {
  readonly trust?: TrustOptions;
  readonly transport?: WebSocketTransportOptions;
}

function side(t: ExecutionContext, { trust, transport }: Side): Promise<Node> {
  return startNode(t, transport, trust === undefined ? {} : { trust: createTrust(trust) });
}

/** One node links to another and sends it a message; what became of that, and how often either end was refused. */
async function meet(t: ExecutionContext, from: Side, to: Side): Promise<{ result: string; from: Node; to: Node }> {
  const [here, there] = await Promise.all([side(t, from), side(t, to)]);
  return { result: await attempt(here, there), from: here, to: there };
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
