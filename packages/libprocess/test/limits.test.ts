import test from 'ava';
import { Runtime, WebSocketTransport, defaultLimits } from '../src/index.ts';
import { codeOf } from './support/promises.ts';
import type { Limits, WebSocketTransportOptions } from '../src/index.ts';

test('a bound that is no number, or below 0, is refused: nothing would ever be beyond it', (t) => {
  for (const value of [NaN, -1, '5', null] as unknown as number[]) {
    for (const name of Object.keys(defaultLimits)) {
      if (name === 'outboundPolicy') continue;
      const limits: Partial<Limits> = { [name]: value };
      t.throws(() => new Runtime({ limits }), { code: 'INVARIANT' }, `${name} ${value}`);
      t.throws(() => new WebSocketTransport(limits), { code: 'INVARIANT' }, `${name} ${value}`);
    }
  }
  t.is(new Runtime({ limits: { mailboxMax: Infinity } }).limits.mailboxMax, Infinity);
});

test('an option that is undefined is one that is not given', async (t) => {
  const nothing = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, undefined]));
  const options = { ...nothing, ip: undefined, port: undefined, tcp: undefined, allowedOrigins: undefined };
  const transport = new WebSocketTransport(options as unknown as WebSocketTransportOptions);
  await using runtime = await new Runtime({ transport, limits: nothing }).start();
  t.deepEqual(runtime.limits, defaultLimits);
  t.regex(runtime.address, /^127\.0\.0\.1:\d+$/);
});

test('a port that is none is refused as one that cannot be listened on', async (t) => {
  for (const port of [65_536, -1, NaN]) {
    t.is(await codeOf(new Runtime({ transport: new WebSocketTransport({ port }) }).start()), 'CONNECTION_FAILED');
  }
});
