import test from 'ava';
import fc from 'fast-check';
import { MemoryNetwork, Runtime, createTrust } from '../../src/index.ts';
import { control, decodeFrame, encodeFrame } from '../../src/remote/frame.ts';
import { helloEntry, readHello } from '../../src/remote/hello.ts';
import { vouchHandshake } from '../../src/remote/vouch.ts';
import { TestClock } from '../../src/testing/index.ts';
import { Collector, Watcher } from '../support/actors.ts';
import { Log } from '../support/log.ts';
import { sendable } from '../support/sendable.ts';
import type { Connection, TrustOptions } from '../../src/index.ts';
import type { Entry } from '../../src/remote/frame.ts';
import type { Hello } from '../../src/remote/hello.ts';

const secret = 'a secret that is long enough';
const knows = createTrust({ secrets: [secret] });
const guesses = createTrust({ secrets: ['a secret that is just as long'] });
const nonce = (fill: number): Uint8Array => Buffer.alloc(32, fill);
const nothing = new Uint8Array(0);

/** Somebody who writes frames by hand. */
class Hand {
  readonly frames: Uint8Array[] = [];
  readonly ended: string[] = [];
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.open({ frame: (bytes) => this.frames.push(bytes), close: (reason) => this.ended.push(reason) });
  }

  send(...entries: Entry[]): void {
    this.connection.send(encodeFrame(entries));
  }

  /** What the runtime has greeted with. */
  get hello(): Hello {
    return readHello(decodeFrame(this.frames[0] ?? nothing)[0]);
  }
}

async function world(options: Partial<TrustOptions> = {}) {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  const log = new Log();
  const trust = createTrust({ secrets: [secret], ...options });
  const runtime = await new Runtime({
    clock,
    transport: network.transport('10.0.0.1:5050'),
    logger: log,
    trust,
  }).start();
  const other = await new Runtime({ clock, transport: network.transport('10.0.0.2:5050'), trust }).start();
  const [here, there, watcher] = [new Collector('here'), new Collector('there'), new Watcher('watcher')];
  const [herePid, therePid, watching] = [runtime.spawn(here), other.spawn(there), runtime.spawn(watcher)];
  other.tell(therePid, 'emit', herePid, 0, 1);
  await clock.settle();
  const strangers = network.transport('10.9.9.9:1');
  const arrived: Hand[] = [];
  await strangers.listen({
    connection: (connection) => arrived.push(new Hand(connection)),
    request: () => Promise.resolve({ status: 404 }),
  });
  const dial = async (): Promise<Hand> => {
    const hand = new Hand(await strangers.connect(runtime.address, new AbortController().signal));
    await clock.settle();
    return hand;
  };
  /** Whether nothing of what a stranger has sent has had an effect, and the peer that there is is still served. */
  const untouched = async (): Promise<boolean> => {
    const before = here.got.items.length;
    other.tell(therePid, 'emit', herePid, 0, 1);
    await clock.settle();
    const { peers } = { peers: runtime.metrics.snapshot()['libprocess/peers'] };
    return (
      here.got.items.length === before + 1 &&
      here.got.items.every(({ from }) => from === therePid.toString()) &&
      peers === 1 &&
      runtime.metrics.counter('libprocess/connections_ended').value === 0 &&
      other.metrics.counter('libprocess/connections_ended').value === 0
    );
  };
  return { clock, network, log, runtime, other, here, herePid, watching, arrived, dial, untouched };
}

/** A greeting as whoever knows the secret would write it, in the name of an address. */
function proven(hand: Hand, address: string, by = knows, changes: Partial<Hello> = {}): Entry {
  const { address: acceptor, incarnation, nonce: asked = nothing } = hand.hello;
  const hello = { address, incarnation: 'x', key: 'k', resumes: '', nonce: nonce(7), proofs: [] };
  const proofs = by.prove('dialler', {
    dialler: { address, incarnation: hello.incarnation, nonce: hello.nonce },
    acceptor: { address: acceptor, incarnation, nonce: asked },
    channelBinding: undefined,
  });
  return helloEntry({ ...hello, proofs, ...changes });
}

const message: Entry = ['here', 'there', 'item', 'forged'];

const attempts: Readonly<Record<string, readonly [(hand: Hand) => void, RegExp]>> = {
  'sends a message at once': [(hand) => hand.send(message), /Expected a greeting/],
  'asks for a link at once': [(hand) => hand.send([control.link, 'here']), /Expected a greeting/],
  'says that an actor has ended': [(hand) => hand.send([control.exited, 'there']), /Expected a greeting/],
  'welcomes itself': [(hand) => hand.send([control.welcome]), /Expected a greeting/],
  'greets as without trust': [
    (hand) => hand.send([control.hello, 1, '10.9.9.9:1', 'x']),
    /it does not know the secret/,
  ],
  'greets with a nonce and without proofs': [
    (hand) => hand.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1)]),
    /it does not know the secret/,
  ],
  'greets with proofs of another secret': [
    (hand) => hand.send(proven(hand, '10.9.9.9:1', guesses)),
    /it does not know the secret/,
  ],
  'greets with a proof in the name of another than it says': [
    (hand) => hand.send(proven(hand, '10.9.9.9:1', knows, { address: '10.0.0.2:5050' })),
    /it does not know the secret/,
  ],
  'greets with a proof of another incarnation than it says': [
    (hand) => hand.send(proven(hand, '10.9.9.9:1', knows, { incarnation: 'y' })),
    /it does not know the secret/,
  ],
  'greets with a proof of another nonce than it says': [
    (hand) => hand.send(proven(hand, '10.9.9.9:1', knows, { nonce: nonce(8) })),
    /it does not know the secret/,
  ],
  'greets with a proof that is too short': [
    (hand) => hand.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1), [Buffer.alloc(31)]]),
    /malformed greeting/,
  ],
  'greets with more proofs than there can be secrets': [
    (hand) =>
      hand.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1), Array.from({ length: 9 }, () => nonce(2))]),
    /malformed greeting/,
  ],
  'greets and adds a message in the same frame': [
    (hand) => hand.send(proven(hand, '10.9.9.9:1'), message),
    /nothing else/,
  ],
  'greets properly and does not wait for the welcome': [
    (hand) => {
      hand.send(proven(hand, '10.9.9.9:1'));
      hand.send(message);
      hand.send([control.link, 'here']);
    },
    /it went on before it was welcome/,
  ],
  'knows the secret and claims the address of a live peer': [
    (hand) => hand.send(proven(hand, '10.0.0.2:5050')),
    /it claims 10\.0\.0\.2:5050: it asks after a greeting that is none of this runtime/,
  ],
  'knows the secret and claims the address of nobody': [
    (hand) => hand.send(proven(hand, '10.7.7.7:7')),
    /it claims 10\.7\.7\.7:7: .*nobody listens there/,
  ],
  'knows the secret and claims an address that cannot be connected to': [
    (hand) => hand.send(proven(hand, '10.7.7.7:0')),
    /it claims 10\.7\.7\.7:0, where nobody can be asked/,
  ],
  'knows the secret and asks to take over the connection of a live peer': [
    (hand) => hand.send(proven(hand, '10.0.0.2:5050', knows, { resumes: 'some key' })),
    /it claims 10\.0\.0\.2:5050/,
  ],
  'asks about a nonce that nobody has shown': [
    (hand) => hand.send([control.vouch, nonce(1), '10.9.9.9:1', nonce(2)]),
    /it asks after a greeting that is none of this runtime/,
  ],
  'answers a question that nobody has asked': [
    (hand) => hand.send([control.vouched, [nonce(1)]]),
    /Expected a greeting/,
  ],
};

for (const [title, [act, reason]] of Object.entries(attempts)) {
  test(`whoever ${title} is refused with a reason, and nothing that it sent has an effect`, async (t) => {
    const { clock, log, runtime, dial, untouched } = await world();
    const hand = await dial();
    const timers = clock.timers;
    act(hand);
    await clock.settle();
    t.is(hand.ended.length, 1);
    t.is(hand.frames.length, 1, 'it is told nothing but the greeting');
    t.regex(log.lines.join('\n'), reason);
    t.is(runtime.metrics.counter('libprocess/handshakes_failed').value, 1);
    t.true(await untouched());
    t.is(clock.timers, timers - 1);
  });
}

test('a greeting that was overheard is worth nothing: the nonce of the other end is another one each time', async (t) => {
  const { clock, dial, untouched, network, runtime, other } = await world();
  // Somebody listens on a connection of two nodes that trust each other, which is as good as being one of them here.
  const [first, second] = [await dial(), await dial()];
  const overheard = proven(first, '10.9.9.9:1');
  second.send(overheard);
  await clock.settle();
  t.deepEqual(second.ended, ['it does not know the secret']);
  // Nor is what this end proves of use to prove oneself: a proof is for one end of a connection only.
  const third = await dial();
  const { nonce: asked = nothing, address, incarnation } = third.hello;
  const reflected = knows.prove('acceptor', {
    dialler: { address: '10.9.9.9:1', incarnation: 'x', nonce: nonce(7) },
    acceptor: { address, incarnation, nonce: asked },
    channelBinding: undefined,
  });
  third.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(7), reflected]);
  await clock.settle();
  t.deepEqual(third.ended, ['it does not know the secret']);
  t.true(await untouched());
  await Promise.all([runtime.close(), other.close()]);
  t.is(clock.timers, 0);
  t.is(network.at(runtime.address), undefined);
});

test('who knows the secret and is at its address gets in, and this end proves itself too', async (t) => {
  const { clock, dial, arrived, here } = await world();
  const hand = await dial();
  hand.send(proven(hand, '10.9.9.9:1'));
  await clock.settle();
  // It is asked at its address whether it is itself who connects.
  const asked = arrived[0];
  if (asked === undefined) throw new Error('it is asked');
  asked.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(5)]);
  await clock.settle();
  const question = decodeFrame(asked.frames[0] ?? nothing)[0];
  t.deepEqual(question?.slice(0, 3), [control.vouch, nonce(7), '10.0.0.1:5050']);
  const [, subject, asker, questioned] = question as [number, Uint8Array, string, Uint8Array];
  const hello = { address: '10.9.9.9:1', incarnation: 'x', nonce: nonce(5) };
  const vouching = vouchHandshake({ hello, asker, nonce: questioned, subject, channelBinding: undefined });
  asked.send([control.vouched, knows.prove('voucher', vouching)]);
  await clock.settle();
  t.deepEqual(asked.ended, ['thank you']);
  const [kind, proofs] = decodeFrame(hand.frames[1] ?? nothing)[0] as [number, Uint8Array[]];
  t.is(kind, control.welcome);
  const { address, incarnation, nonce: shown = nothing } = hand.hello;
  const handshake = {
    dialler: { address: '10.9.9.9:1', incarnation: 'x', nonce: nonce(7) },
    acceptor: { address, incarnation, nonce: shown },
    channelBinding: undefined,
  };
  t.is(knows.proofProblem('acceptor', handshake, proofs), undefined);
  t.not(guesses.proofProblem('acceptor', handshake, proofs), undefined);
  hand.send(['here', 'me', 'item', 'hello']);
  await clock.settle();
  t.deepEqual(here.got.items.at(-1), { from: 'me@10.9.9.9:1', body: 'hello' });
});

test('who vouches without proof is not believed, and nobody waits for it for ever', async (t) => {
  for (const answer of ['wrong', 'other', 'none'] as const) {
    const { clock, dial, arrived, untouched } = await world();
    const hand = await dial();
    hand.send(proven(hand, '10.9.9.9:1'));
    await clock.settle();
    const asked = arrived[0];
    asked?.send([control.hello, 1, answer === 'other' ? '10.9.9.8:1' : '10.9.9.9:1', 'x', '', '', nonce(5)]);
    await clock.settle();
    if (answer === 'wrong') asked?.send([control.vouched, [nonce(1)]]);
    await clock.settle();
    if (answer === 'none') await clock.advance(10_000);
    t.is(hand.ended.length, 1, answer);
    t.regex(hand.ended.join(''), /it does not know the secret|calls itself 10\.9\.9\.8:1|could not be judged in time/);
    t.is(asked?.ended.length, 1, answer);
    t.true(await untouched(), answer);
  }
});

test('whom a runtime connects to can send nothing before it has proved itself', async (t) => {
  const acts: Readonly<Record<string, readonly [(hand: Hand) => void, RegExp]>> = {
    'a message': [(hand) => hand.send(message), /Expected a greeting/],
    'a greeting without a nonce': [
      (hand) => hand.send([control.hello, 1, '10.9.9.9:1', 'x']),
      /it does not ask for a secret, and so knows none/,
    ],
    'a greeting and a message': [
      (hand) => hand.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1)], message),
      /went on before it was greeted/,
    ],
    'a welcome without proofs': [
      (hand) => {
        hand.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1)]);
        hand.send([control.welcome]);
      },
      /went on before it was greeted|it does not know the secret/,
    ],
    'another address than was dialled': [
      (hand) => hand.send([control.hello, 1, '10.0.0.2:5050', 'x', '', '', nonce(1)]),
      /it claims 10\.0\.0\.2:5050: it asks after a greeting that is none of this runtime/,
    ],
  };
  for (const [title, [act, reason]] of Object.entries(acts)) {
    const { clock, log, runtime, here, herePid, arrived } = await world();
    const count = here.got.items.length;
    runtime.tell(herePid, 'emit', { id: 'x', address: '10.9.9.9:1' } as never, 0, 1);
    await clock.settle();
    const hand = arrived[0];
    if (hand === undefined) throw new Error('it is dialled');
    act(hand);
    await clock.settle();
    t.is(hand.ended.length, 1, title);
    t.regex(log.lines.join('\n'), reason, title);
    t.is(here.got.items.length, count, title);
    t.is(runtime.metrics.snapshot()['libprocess/peers'], 1, title);
  }
  const { clock, log, runtime, herePid, arrived } = await world();
  runtime.tell(herePid, 'emit', { id: 'x', address: '10.9.9.9:1' } as never, 0, 1);
  await clock.settle();
  arrived[0]?.send([control.hello, 1, '10.9.9.9:1', 'x', '', '', nonce(1)]);
  await clock.settle();
  // It has been greeted, and would get the message next.
  t.is(arrived[0]?.frames.length, 1);
  arrived[0]?.send([control.welcome, [nonce(1)]]);
  await clock.settle();
  t.regex(log.lines.join('\n'), /10\.9\.9\.9:1 ended: it does not know the secret/);
  t.is(arrived[0]?.frames.length, 1);
});

test('frames of any kind, from whoever does not know the secret, never have an effect nor leave anything behind', async (t) => {
  const { clock, dial, untouched, runtime, other } = await world();
  const timers = clock.timers;
  const bytes = fc.uint8Array({ minLength: 30, maxLength: 34 });
  const entry = fc.oneof(
    fc.tuple(fc.constant('here'), fc.constant('there'), fc.constant('item'), sendable()),
    fc.tuple(fc.integer({ min: 0, max: 10 }), fc.constantFrom('here', 'there')),
    fc.tuple(
      fc.constant(1),
      fc.constant(1),
      fc.constantFrom('10.0.0.2:5050', '10.9.9.9:1', 'x'),
      fc.string(),
      fc.string(),
      fc.string(),
      bytes,
      fc.array(bytes, { maxLength: 3 }),
    ),
    fc.tuple(fc.constant(8), bytes, fc.constantFrom('10.0.0.1:5050', 'x'), bytes),
    fc.tuple(fc.constant(9), fc.array(bytes, { maxLength: 3 })),
  );
  const frame = fc.array(entry, { maxLength: 3 }).map((entries) => encodeFrame(entries as never));
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (frames) => {
      const hand = await dial();
      for (const each of frames) hand.connection.send(each);
      hand.connection.close('done');
      await clock.settle();
      t.is(hand.frames.length, 1);
      t.is(clock.timers, timers);
    }),
    { numRuns: 300 },
  );
  t.true(await untouched());
  await Promise.all([runtime.close(), other.close()]);
  t.is(clock.timers, 0);
});
