import test from 'ava';
import { ElectionProtocol } from '../../src/built-in/protocol.ts';
import { simulateElection } from './simulation.ts';
import type { Parts, SimulationOptions } from './simulation.ts';

const seeds = Number(process.env['SEEDS'] ?? 300);

// All of it is computing: how long it takes is for the machine.
const timeoutMs = 600_000;

function simulateAll(options: SimulationOptions): number {
  let elections = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      elections += simulateElection(seed, options);
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  return elections;
}

test('whatever goes wrong, one leads at a time, each term has one leader, and when all is well again one leads and stays', (t) => {
  t.timeout(timeoutMs);
  t.true(simulateAll({}) > 2 * seeds, 'many were elected');
});

test('of masters that lose their disks, too, one leads at a time', (t) => {
  t.timeout(timeoutMs);
  t.true(simulateAll({ losesDisks: true }) > 2 * seeds);
});

test('a master alone elects itself, and stays', (t) => {
  t.timeout(timeoutMs);
  t.true(simulateAll({ masters: 1 }) >= seeds);
});

// Each puts a faulty part in the place of a right one; what the simulation does not find it does not look for.
const mistakes: readonly {
  readonly what: string;
  readonly parts: Parts;
  readonly found: RegExp;
  readonly losesDisks?: true;
}[] = [
  {
    what: 'a vote that is not on the disk when it is told',
    parts: { persist: () => undefined },
    found: /has two leaders/,
  },
  {
    what: 'a quorum that is one too small',
    parts: { settings: (settings) => ({ ...settings, quorum: settings.quorum - 1 }) },
    found: /two lead|has two leaders/,
  },
  {
    what: 'a lease that counts from when the confirmation comes in',
    parts: { received: (message, nowMs) => (message.type === 'confirm' ? { ...message, sentMs: nowMs } : message) },
    found: /two lead/,
  },
  {
    what: 'a promise that is forgotten by a restart',
    parts: {
      start: (settings, vote, nowMs) => new ElectionProtocol(settings, vote, nowMs - settings.promiseMs),
    },
    found: /two lead/,
  },
  {
    what: 'a promise of an earlier life that is taken for one that needs not be kept',
    parts: {
      start: (settings, vote, nowMs) => {
        const promised = { to: settings.self, term: 0 };
        return new ElectionProtocol(settings, vote === undefined ? undefined : { ...vote, promised }, nowMs);
      },
    },
    found: /two lead/,
  },
  {
    what: 'a promise that is as long as the lease, by clocks that differ',
    parts: { settings: (settings) => ({ ...settings, promiseMs: settings.leaseMs * 0.9 }) },
    found: /two lead/,
  },
  {
    what: 'a leader that acts without a look at the clock',
    parts: { looksAtClock: false },
    found: /two lead/,
  },
];

for (const { found, losesDisks, parts, what } of mistakes) {
  test(`the simulation finds ${what}`, (t) => {
    t.timeout(timeoutMs);
    const options = losesDisks === undefined ? { parts } : { parts, losesDisks };
    for (let seed = 1; seed <= 3000; seed++) {
      try {
        simulateElection(seed, options);
      } catch (error) {
        t.regex(String(error), found);
        t.log(`seed ${seed}: ${String(error)}`);
        return;
      }
    }
    t.fail('it was not found');
  });
}
