import test from 'ava';
import type { Metadata } from '../../src/protocol/action.ts';
import { Coordinator } from '../../src/protocol/coordinator.ts';
import type { LearnedNotice, LogResponse, RecoverRequest } from '../../src/protocol/message.ts';
import type { CoordinatorInit } from '../../src/protocol/coordinator.ts';
import { Identity } from '../../src/protocol/identity.ts';
import { Recovery } from '../../src/protocol/recovery.ts';
import type { RecoveryInit } from '../../src/protocol/recovery.ts';
import { Replica } from '../../src/protocol/replica.ts';
import type { ReplicaInit } from '../../src/protocol/replica.ts';
import { Witness } from '../../src/protocol/witness.ts';
import { LogHistory, LogViolation, simulateLog } from '../../src/testing/index.ts';
import type { LogChecks, PlantedFaults } from '../../src/testing/index.ts';

/** A replica that promises the same number to whoever asks. */
class Generous extends Replica {
  protected override mayPromise(proposal: number, promised: number): boolean {
    return proposal >= promised;
  }
}

/** A replica that takes part in decisions while it does not know what it has decided before. */
class Eager extends Replica {
  protected override get votes(): boolean {
    return this.status === 'VOTING' || this.status === 'RECOVERING';
  }
}

/**
 * A replica that begins anew as in Mesos: it learns what was decided, but neither what was promised nor who else must not count on what it said
 * before.
 */
class Mesos extends Replica {
  override recover(from: string, { type, id, quorum }: RecoverRequest): void {
    super.recover(from, { type, id, quorum });
  }
  override become(change: Partial<Metadata>): void {
    if (change.status !== undefined) {
      const { incarnation: _life, fences: _fences, promised: _promised, ...remembered } = change;
      super.become(remembered);
    } else {
      super.become(change);
    }
  }
}

/** Who takes whatever members say for something about this log. */
class Trusting extends Identity {
  override hears(): boolean {
    return true;
  }
}

/** A replica that promises to writers of whatever log. */
class Indifferent extends Replica {
  protected override isOfLog(): boolean {
    return true;
  }
}

/** A recovery that counts as it is told, whatever was a majority before. */
class Obedient extends Recovery {
  readonly #init: RecoveryInit;
  constructor(init: RecoveryInit) {
    super(init);
    this.#init = init;
  }
  override start(): void {
    const { replica, quorum } = this.#init;
    if (replica.status === 'VOTING') replica.become({ quorum });
    super.start();
  }
}

/** A recovery that believes that a lost disk had nothing on it. */
class Forgetful extends Recovery {
  readonly #init: RecoveryInit;
  constructor(init: RecoveryInit) {
    super(init);
    this.#init = init;
  }
  override start(): void {
    if (this.#init.replica.status === 'EMPTY') this.#init.replica.become({ status: 'VOTING' });
    super.start();
  }
}

/** A coordinator that tries its luck with the number that it has already used. */
class Stubborn extends Coordinator {
  protected override nextProposal(seen: number): number {
    return Math.max(1, seen);
  }
}

/** A coordinator that writes what comes at the same moment in the opposite order. */
class Reversing extends Coordinator {
  readonly #init: CoordinatorInit;
  readonly #later: Parameters<Coordinator['write']>[] = [];
  #isFirst = true;
  constructor(init: CoordinatorInit) {
    super(init);
    this.#init = init;
  }
  override write(...call: Parameters<Coordinator['write']>): ReturnType<Coordinator['write']> {
    // The first of them asks to be sent.
    if (!this.#isFirst) {
      this.#later.push(call);
      return undefined;
    }
    this.#isFirst = false;
    return super.write(...call);
  }
  override flush(): void {
    this.#isFirst = true;
    for (const call of this.#later.splice(0).toReversed()) {
      if (super.write(...call) !== undefined) this.#init.port.answer(call[0], 'demoted');
    }
    super.flush();
  }
}

/** A replica that answers its own writer before it has taken note of what was chosen. */
class Tardy extends Replica {
  readonly #init: ReplicaInit;
  readonly #late: LearnedNotice[] = [];
  constructor(init: ReplicaInit) {
    super(init);
    this.#init = init;
  }
  override notice(notice: LearnedNotice): void {
    this.#late.push(notice);
    this.#init.port.after(10, 20, () => {
      this.#late.splice(this.#late.indexOf(notice), 1);
      super.notice(notice);
    });
  }
  override isLearned(position: number): boolean {
    return super.isLearned(position) || this.#late.some(({ from, to }) => position >= from && position <= to);
  }
}

const noRequest = -1;

/** A coordinator that writes the last value of a former time again, as if it had not been answered. */
class Repeating extends Coordinator {
  #last: Parameters<Coordinator['write']> | undefined;
  #isAnew = false;
  override elect(request: number): void {
    super.elect(request);
    this.#isAnew = true;
  }
  override write(...call: Parameters<Coordinator['write']>): ReturnType<Coordinator['write']> {
    if (this.#isAnew && this.#last !== undefined) super.write(noRequest, this.#last[1]);
    this.#isAnew = false;
    this.#last = call;
    return super.write(...call);
  }
}

/** A replica that says something else than it should. */
function saying(init: ReplicaInit, change: (message: LogResponse) => LogResponse): Replica {
  const reply = (to: string, message: LogResponse): void => {
    init.port.reply(to, change(message));
  };
  return new Replica({ ...init, port: { ...init.port, reply } });
}

/** A coordinator that refuses a quorum that is no majority of the members has to count too few of these, too. */
function miscounting(init: CoordinatorInit): CoordinatorInit {
  return { ...init, port: { ...init.port, members: () => new Set([...init.port.members()].slice(0, 3)) } };
}

const planted: Record<string, PlantedFaults> = {
  'a promise that is not persisted': {
    disk: {
      write: (write) => (write.metadata === undefined ? write : { ...write, metadata: unpromised(write.metadata) }),
    },
  },
  'a quorum that is off by one': { quorum: 2, parts: { coordinator: (init) => new Coordinator(miscounting(init)) } },
  'an acknowledgement before the sync': { disk: { isHasty: true } },
  'a recovering replica that votes': { parts: { replica: (init) => new Eager(init) } },
  'a replica that votes with an empty disk': { parts: { recovery: (init) => new Forgetful(init) } },
  'a replica of another log that is heard': {
    parts: { identity: (init) => new Trusting(init), replica: (init) => new Indifferent(init) },
  },
  'a lesser quorum that is believed at once': {
    parts: { recovery: (init) => new Obedient(init), coordinator: (init) => new Coordinator(miscounting(init)) },
  },
  'a coordinator that waits for all replicas': {
    parts: { coordinator: (init) => new Coordinator({ ...init, quorum: init.port.members().size }) },
  },
  'appends that change places': { parts: { coordinator: (init) => new Reversing(init) } },
  'a writer that is deposed and not told': {
    parts: { coordinator: (init) => new Coordinator({ ...init, port: { ...init.port, demoted: () => undefined } }) },
  },
  'an acknowledgement before the writer can read it': { parts: { replica: (init) => new Tardy(init) } },
  'an append that is written again': { parts: { coordinator: (init) => new Repeating(init) } },
  'a replica that says that it ends before its last entry': {
    parts: {
      replica: (init) =>
        saying(init, (message) =>
          message.type === 'log.recovered' ? { ...message, end: Math.max(0, message.end - 1) } : message,
        ),
    },
  },
  'a proposal number that is used twice': {
    parts: { replica: (init) => new Generous(init), coordinator: (init) => new Stubborn(init) },
  },
};

/** What comes of these takes more seeds than a test has time for. */
const plantedOnDisks: Record<string, PlantedFaults> = {
  'an explicit promise that is not persisted': {
    disk: {
      write: ({ actions, ...rest }) =>
        actions === undefined ? rest : { ...rest, actions: actions.filter(({ performed }) => performed !== undefined) },
    },
  },
  'an incarnation of another replica that is not persisted': {
    disk: {
      write: ({ metadata, ...rest }) => {
        if (metadata === undefined) return rest;
        const { fences: _fences, ...others } = metadata;
        return { ...rest, metadata: others };
      },
    },
  },
};

function unpromised(metadata: Metadata): Metadata {
  return { ...metadata, promised: 0 };
}

const seedsMax = 3_000;

/** Nobody remembers what others have said: what comes of faulty disks is to be seen, and not that a replica notices that its own is faulty. */
class Blind extends Witness {
  override of(): undefined {
    return undefined;
  }
}

function unnoticed(faults: PlantedFaults): PlantedFaults {
  return { ...faults, parts: { ...faults.parts, witness: () => new Blind() } };
}

/** Simulates seed by seed until something is found. */
function find(faults: PlantedFaults, checks: LogChecks, replicas = 5): string | undefined {
  for (let seed = 1; seed <= seedsMax; seed++) {
    try {
      simulateLog(seed, { faults: unnoticed(faults), checks, replicas });
    } catch (error) {
      if (error instanceof LogViolation) return error.message;
      throw error;
    }
  }
  return undefined;
}

for (const [name, faults] of [...Object.entries(planted), ...Object.entries(plantedOnDisks)]) {
  test(`the simulation finds ${name}`, (t) => {
    t.timeout(300_000);
    const found = find(faults, 'all');
    t.log(found);
    t.not(found, undefined);
  });
}

for (const [name, faults] of Object.entries(planted)) {
  test(`what comes of ${name} is found without a look at disks`, (t) => {
    t.timeout(300_000);
    const found = find(faults, 'outcomes');
    t.log(found);
    t.not(found, undefined);
  });
}

for (const name of ['a promise that is not persisted', 'an acknowledgement before the sync']) {
  test(`${name} is noticed by the replica itself, which ends`, (t) => {
    t.timeout(300_000);
    const faults = planted[name] ?? {};
    for (let seed = 1; seed <= seedsMax; seed++) {
      try {
        simulateLog(seed, { faults, checks: 'none' });
      } catch (error) {
        if (error instanceof LogViolation && error.check === 'only a replica with an older disk ends as one') {
          t.log(error.message);
          t.pass();
          return;
        }
      }
    }
    t.fail();
  });
}

test('what a lost disk had promised is broken when a replica begins anew as in Mesos', (t) => {
  t.timeout(300_000);
  const found = find({ parts: { replica: (init) => new Mesos(init) } }, 'outcomes', 3);
  t.log(found);
  t.not(found, undefined);
});

test('a proposal number that is used twice makes histories that are not linearizable', (t) => {
  t.timeout(300_000);
  const faults = planted['a proposal number that is used twice'] ?? {};
  for (let seed = 1; seed <= 200; seed++) {
    const history = new LogHistory();
    try {
      simulateLog(seed, { faults, history, checks: 'none' });
    } catch (error) {
      if (!(error instanceof LogViolation)) throw error;
    }
    if (history.isLinearizable()) continue;
    t.log(`seed ${seed}`);
    t.pass();
    return;
  }
  t.fail();
});
