import { MemoryNetwork, Process, Runtime, SeededRandom, deferred } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { QuorumElection } from '../../src/built-in/quorum-election.ts';
import { electionId, electionMessage, readElectionLetter } from '../../src/built-in/wire.ts';
import { testMasterInfo } from '../../src/testing/suite.ts';
import type { Clock, Deferred, Disk, PID } from '@mesos-ts/libprocess';
import type { Candidacy } from '../../src/interfaces.ts';
import type { ElectionMessage } from '../../src/built-in/messages.ts';
import type { MasterInfo } from '@mesos-ts/protocol';

const leaseMs = 1000;

/** Another master, which votes for whoever asks and confirms whoever leads. */
class Voter extends Process {
  readonly #to: PID;

  constructor(to: PID) {
    super(electionId);
    this.#to = to;
  }

  protected override initialize(): void {
    this.install(
      electionMessage,
      (_from, { message }) => {
        if (message.type === 'ask') this.say({ ...message, type: 'answer', isGranted: true });
        else if (message.type === 'lead') this.say({ ...message, type: 'confirm' });
      },
      readElectionLetter,
    );
  }

  say(message: ElectionMessage<MasterInfo>): void {
    this.send(this.#to, electionMessage, { message, leaseMs });
  }
}

interface Sleeper {
  readonly clock: TestClock;
  readonly own: Runtime;
  readonly election: QuorumElection;
  readonly pid: PID<QuorumElection>;
  /** Has the other master say something. */
  readonly say: (message: ElectionMessage<MasterInfo>) => Promise<void>;
  /** Stops its program for three leases: the clock goes on, timers do not. From then on its disk waits for `gate`. */
  readonly sleep: () => void;
  readonly gate: Deferred<undefined>;
  /** Resolves when something is about to be written since it slept. */
  readonly written: Promise<undefined>;
}

/** A master that leads, and that can be stopped. */
async function leading(work: (sleeper: Sleeper, candidacy: Candidacy) => Promise<void>): Promise<void> {
  const clock = new TestClock();
  const network = new MemoryNetwork();
  let sleptMs = 0;
  // The clock of a program that was stopped, and whose timers have not been looked at yet.
  const late: Clock = {
    now: () => clock.now() + sleptMs,
    monotonic: () => clock.monotonic() + sleptMs,
    timer: (delayMs, callback) => clock.timer(delayMs, callback),
    cancel: (timer) => clock.cancel(timer),
    attach: (busy) => clock.attach(busy),
  };
  const own = await new Runtime({ clock: late, transport: network.transport(), random: new SeededRandom(1) }).start();
  const others = await new Runtime({ clock, transport: network.transport(), random: new SeededRandom(2) }).start();
  const gate = deferred<undefined>();
  const written = deferred<undefined>();
  const disk: Disk = {
    list: async () => [],
    read: async () => new Uint8Array(),
    write: async () => {
      if (sleptMs === 0) return;
      written.resolve(undefined);
      await gate.promise;
    },
    sync: async () => undefined,
    rename: async () => undefined,
    remove: async () => undefined,
  };
  const masters = [own.address, others.address, '127.0.0.1:1'];
  const election = new QuorumElection({ masters, quorum: 2, leaseMs, disk, failed: () => undefined });
  const pid = own.spawn(election);
  const voter = others.spawn(new Voter(pid));
  const candidacy = await own.dispatch(pid, 'contend', [testMasterInfo(1)]);
  while (election.watch.leader === undefined) await clock.advance(20);
  const say = (message: ElectionMessage<MasterInfo>): Promise<void> => others.dispatch(voter, 'say', [message]);
  const sleep = (): void => {
    sleptMs = 3 * leaseMs;
  };
  await work({ clock, own, election, pid, say, sleep, gate, written: written.promise }, candidacy);
  gate.resolve(undefined);
  await clock.settle();
  await own.close();
  await others.close();
}

test('a leader that wakes up after its lease leads no more while the vote for the next is on its way to the disk', async (t) => {
  await leading(async ({ say, sleep, written }, candidacy) => {
    t.true(candidacy.isHeld());
    sleep();
    t.false(candidacy.isHeld());
    await say({ type: 'ask', term: 99, isTrial: false, sentMs: 0 });
    await written;
    t.false(candidacy.isHeld(), 'its lease is over, whatever the disk is about to keep');
  });
});

test('who contends again after a lease that ended unnoticed has a candidacy of its own, which that end does not end', async (t) => {
  await leading(async ({ clock, election, gate, own, pid, sleep }, candidacy) => {
    sleep();
    gate.resolve(undefined);
    const next = await own.dispatch(pid, 'contend', [testMasterInfo(1)]);
    t.false(candidacy.isHeld());
    t.true(next.isHeld());
    await clock.advance(20);
    while (election.watch.leader === undefined) await clock.advance(20);
    t.true(next.isHeld());
    t.false(candidacy.isHeld());
  });
});
