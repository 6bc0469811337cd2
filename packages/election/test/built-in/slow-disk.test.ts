import { MemoryNetwork, Process, Runtime, SeededRandom, deferred } from '@mesos-ts/libprocess';
import { TestClock } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { QuorumElection } from '../../src/built-in/quorum-election.ts';
import { electionId, electionMessage, readElectionLetter } from '../../src/built-in/wire.ts';
import { testMasterInfo } from '../../src/testing/suite.ts';
import type { Clock, Disk, PID } from '@mesos-ts/libprocess';
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

test('a leader that wakes up after its lease leads no more while the vote for the next is on its way to the disk', async (t) => {
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
  t.true(candidacy.isHeld());
  sleptMs = 3 * leaseMs;
  t.false(candidacy.isHeld());
  await others.dispatch(voter, 'say', [{ type: 'ask', term: 99, isTrial: false, sentMs: 0 }]);
  await written.promise;
  t.false(candidacy.isHeld(), 'its lease is over, whatever the disk is about to keep');
  gate.resolve(undefined);
  await clock.settle();
  await own.close();
  await others.close();
});
