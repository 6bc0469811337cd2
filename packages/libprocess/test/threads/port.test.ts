import test from 'ava';
import { unpackMessages } from '../../src/threads/message-frame.ts';
import { Port } from '../../src/threads/port.ts';
import type { Envelope, Op } from '../../src/threads/protocol.ts';

interface End {
  readonly port: Port;
  readonly posted: Envelope[];
  readonly got: unknown[];
  readonly dropped: string[];
}

/** A port whose envelopes are kept until a test delivers them. */
function end(handle: (op: Op, got: unknown[]) => void | Promise<void> = keep, limits = {}): End {
  const posted: Envelope[] = [];
  const got: unknown[] = [];
  const dropped: string[] = [];
  const port = new Port(
    {
      post: (envelope, moved) => {
        posted.push(structuredClone(envelope, { transfer: moved }));
      },
      handle: (op) => handle(op, got),
      broken: (error) => {
        got.push(error);
      },
      unsendable: (name) => {
        dropped.push(name);
      },
      refused: (asker) => {
        dropped.push(`the ask of ${asker}`);
      },
    },
    { mailboxMax: 1_000_000, outboundBytesMax: 1_000_000, ...limits },
  );
  return { port, posted, got, dropped };
}

function keep(op: Op, got: unknown[]): void {
  if (op instanceof Uint8Array) got.push(...unpackMessages(op).map((entry) => entry[5]));
  else got.push(op);
}

function deliver(from: End, to: End): void {
  for (const envelope of from.posted.splice(0)) to.port.receive(envelope);
}

const message = (body: unknown, name = 'item'): Parameters<Port['message']>[0] => ['to', '', 'from', '', name, body];

test('what is sent in one turn crosses together and in order, calls among messages', async (t) => {
  const [a, b] = [end(), end()];
  for (let index = 0; index < 3; index++) {
    a.port.message(message(index));
    a.port.send(['ended', `${index}`, { type: 'terminated' }]);
  }
  t.is(a.posted.length, 0);
  await Promise.resolve();
  t.is(a.posted.length, 1);
  deliver(a, b);
  t.deepEqual(
    b.got.map((item) => (Array.isArray(item) ? (item[1] as unknown) : item)),
    [0, '0', 1, '1', 2, '2'],
  );
  await Promise.resolve();
  t.is(a.port.waiting, 6);
  deliver(b, a);
  t.is(a.port.waiting, 0);
  await Promise.resolve();
  // What only says that something was taken is not answered.
  t.deepEqual([a.posted, b.posted], [[], []]);
});

test('what waits to be taken is bounded, in number and in bytes, and flows again when it is taken', async (t) => {
  const [a, b] = [end(keep, { mailboxMax: 10, outboundBytesMax: 10_000 }), end()];
  const sent = (count: number, body: unknown): number =>
    Array.from({ length: count }, () => a.port.message(message(body))).filter(Boolean).length;
  t.is(sent(20, 'x'), 10);
  await Promise.resolve();
  t.is(sent(20, 'x'), 0);
  deliver(a, b);
  await Promise.resolve();
  deliver(b, a);
  t.is(sent(1, 'x'.repeat(20_000)), 1);
  await Promise.resolve();
  t.true(a.port.full);
  t.is(sent(1, 'x'), 0);
  deliver(a, b);
  await Promise.resolve();
  deliver(b, a);
  t.is(sent(1, 'x'), 1);
});

test('what comes after an operation that takes its time waits for it', async (t) => {
  let release: (() => void) | undefined;
  const [a, b] = [
    end(),
    end((op, got) => {
      keep(op, got);
      if (op instanceof Uint8Array || op[0] !== 'ended') return undefined;
      return new Promise((resolve) => {
        release = resolve;
      });
    }),
  ];
  a.port.message(message(1));
  a.port.send(['ended', 'x', { type: 'terminated' }]);
  a.port.message(message(2));
  a.port.flush();
  deliver(a, b);
  a.port.message(message(3));
  a.port.flush();
  deliver(a, b);
  let after = false;
  b.port.afterArrived(() => {
    after = true;
  });
  t.is(b.got.length, 2);
  t.false(after);
  release?.();
  await new Promise(setImmediate);
  t.deepEqual([b.got[2], b.got[3], after], [2, 3, true]);
});

test('a message that cannot be written, or is nested too deep, is dropped, and those around it pass', (t) => {
  const [a, b] = [end(), end()];
  let deep: unknown = 'deep';
  for (let depth = 0; depth < 600; depth++) deep = [deep];
  for (const [index, body] of ['a', 2n ** 80n, 'b', deep, 'c'].entries()) a.port.message(message(body, `${index}`));
  a.port.flush();
  deliver(a, b);
  t.deepEqual(b.got, ['a', 'b', 'c']);
  t.deepEqual(a.dropped, ['1', '3']);
  t.is(a.port.waiting, 3);
});

test('an operation that cannot be cloned is refused to who sent it, and those around it pass', (t) => {
  const [a, b] = [end(), end()];
  const refused: string[] = [];
  for (const [index, value] of [1, () => undefined, 3].entries()) {
    a.port.send(['answer', index, { value }], {
      refused: (error) => {
        refused.push(`${index} ${(error as Error).name}`);
      },
    });
  }
  a.port.flush();
  deliver(a, b);
  t.deepEqual(refused, ['1 DataCloneError']);
  t.deepEqual(
    b.got.map((op) => (op as [string, number])[1]),
    [0, 2],
  );
  t.is(a.port.waiting, 2);
});

test('a defect in handling is told, and does not block what comes after', (t) => {
  const [a, b] = [
    end(),
    end((op, got) => {
      if (!(op instanceof Uint8Array)) throw new Error('defect');
      keep(op, got);
    }),
  ];
  a.port.send(['ready']);
  a.port.message(message('after'));
  a.port.flush();
  deliver(a, b);
  t.is(b.got.length, 2);
  t.is((b.got[0] as Error).message, 'defect');
});

test('a port is idle when the other end says that it rests, and not before', async (t) => {
  const [a, b] = [end(), end()];
  t.true(a.port.idle);
  a.port.message(message(1));
  t.false(a.port.idle);
  await Promise.resolve();
  deliver(a, b);
  await Promise.resolve();
  deliver(b, a);
  t.false(a.port.idle);
  b.port.message(message(2));
  b.port.tellRest();
  deliver(b, a);
  t.true(a.port.idle);
  a.port.message(message(3));
  a.port.close();
  t.true(a.port.idle);
  t.false(a.port.message(message(4)));
});
