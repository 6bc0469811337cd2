/** What every election must do, as tests. */
import { ElectionError } from '../errors.ts';
import { isSameMaster, masterInfoAt } from '../master-info.ts';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { Contender, Detector } from '../interfaces.ts';

/** The part of AVA's assertions in use. */
export interface SuiteAssertions {
  is(actual: unknown, expected: unknown, message?: string): void;
  true(actual: unknown, message?: string): void;
  false(actual: unknown, message?: string): void;
  deepEqual(actual: unknown, expected: unknown, message?: string): void;
  throwsAsync(promise: Promise<unknown>, expectations: { instanceOf: typeof ElectionError; code: string }): unknown;
}

/** Declares a test. AVA's `test` is one. */
export type SuiteTest = (title: string, run: (t: SuiteAssertions) => Promise<void>) => void;

/** One master that takes part. */
export interface SuiteMaster {
  readonly info: MasterInfo;
  readonly contender: Contender;
  readonly detector: Detector;
}

/** An election to be tested. */
export interface SuiteElection {
  /** Somebody new who takes part; at most three times. */
  readonly master: () => Promise<SuiteMaster>;
  /** Somebody who only wants to know. */
  readonly observer: () => Promise<Detector>;
}

/** Options of `electionSuite`. */
export interface ElectionSuiteOptions {
  /** What the tests' titles begin with. */
  readonly name: string;
  /** Called by each test with what it does with an election of its own; closes what was made afterwards. */
  readonly use: (work: (election: SuiteElection) => Promise<void>) => Promise<void>;
  /** How many masters there must be for one of them to lead. @default 1 */
  readonly quorum?: number;
  /** Whether it is known who leads as soon as a detector is asked, without anybody contending: a fixed address. @default false */
  readonly isFixed?: boolean;
}

/** A master of that name, for tests. */
export function testMasterInfo(number: number): MasterInfo {
  const info = masterInfoAt(`master@127.0.0.1:${5050 + number}`);
  return { ...info, id: `master-${number}`, capabilities: [{ type: 'AGENT_UPDATE' }] };
}

/** Waits until somebody leads, who is another than the one before. */
export async function leaderOf(detector: Detector, previous?: MasterInfo): Promise<MasterInfo> {
  let leader = await detector.detect(previous);
  while (leader === undefined || isSameMaster(leader, previous)) leader = await detector.detect(leader);
  return leader;
}

/** Waits until a detector says that this one leads. */
export async function untilLeads(detector: Detector, info: MasterInfo): Promise<void> {
  let leader: MasterInfo | undefined;
  while (!isSameMaster(leader, info)) leader = await detector.detect(leader);
}

/** Declares what every pair of contender and detector must do, as tests. */
export function electionSuite(test: SuiteTest, { isFixed = false, name, quorum = 1, use }: ElectionSuiteOptions): void {
  const declare = (title: string, run: (t: SuiteAssertions, election: SuiteElection) => Promise<void>): void => {
    test(`${name}: ${title}`, (t) => use((election) => run(t, election)));
  };
  const masters = async (election: SuiteElection, count: number): Promise<SuiteMaster[]> => {
    const made: SuiteMaster[] = [];
    for (let index = 0; index < Math.max(count, quorum); index++) made.push(await election.master());
    return made;
  };

  declare('who contends alone leads, holds it, and everybody learns the same of it', async (t, election) => {
    const [master, ...others] = await masters(election, 1);
    const observer = await election.observer();
    if (master === undefined) return;
    const candidacy = await master.contender.contend(master.info);
    t.deepEqual(await leaderOf(master.detector), await leaderOf(observer));
    await untilLeads(master.detector, master.info);
    t.true(candidacy.isHeld());
    for (const { detector } of others) await untilLeads(detector, master.info);
    t.deepEqual(await leaderOf(observer), { ...master.info });
  });

  declare(
    'detect answers at once while the leader is another than the one before, and else waits',
    async (t, election) => {
      const [master] = await masters(election, 1);
      if (master === undefined) return;
      await master.contender.contend(master.info);
      await untilLeads(master.detector, master.info);
      t.true(isSameMaster(await master.detector.detect(), master.info));
      t.true(isSameMaster(await master.detector.detect({ ...master.info, id: 'another' }), master.info));
      const controller = new AbortController();
      const waiting = master.detector.detect(master.info, { signal: controller.signal });
      controller.abort(new ElectionError('ELECTION_UNAVAILABLE', 'not waited for any longer'));
      await t.throwsAsync(waiting, { instanceOf: ElectionError, code: 'ELECTION_UNAVAILABLE' });
    },
  );

  declare('a candidacy that is withdrawn is over at once, and says so', async (t, election) => {
    const [master] = await masters(election, 1);
    if (master === undefined) return;
    const candidacy = await master.contender.contend(master.info);
    await untilLeads(master.detector, master.info);
    const withdrawn = candidacy.withdraw();
    t.false(candidacy.isHeld());
    await withdrawn;
    await candidacy.withdraw();
    t.is(typeof (await candidacy.lost), 'string');
  });

  declare(
    'who waits at a detector that is closed hears so, and a closed contender contends no more',
    async (t, election) => {
      const [master] = await masters(election, 1);
      const observer = await election.observer();
      if (master === undefined) return;
      const candidacy = await master.contender.contend(master.info);
      const leader = await leaderOf(observer);
      const waiting = t.throwsAsync(observer.detect(leader), { instanceOf: ElectionError, code: 'ELECTION_CLOSED' });
      await observer.close();
      await observer.close();
      await waiting;
      await t.throwsAsync(observer.detect(), { instanceOf: ElectionError, code: 'ELECTION_CLOSED' });
      await master.contender.close();
      await master.contender.close();
      t.false(candidacy.isHeld());
      await candidacy.lost;
      await t.throwsAsync(master.contender.contend(master.info), {
        instanceOf: ElectionError,
        code: 'ELECTION_CLOSED',
      });
    },
  );

  if (isFixed) return;

  declare('a detector begins without a leader, and there is none while nobody contends', async (t, election) => {
    const [master] = await masters(election, 1);
    const observer = await election.observer();
    if (master === undefined) return;
    const first = observer.detect();
    const candidacy = await master.contender.contend(master.info);
    t.true(isSameMaster(await first, master.info));
    await candidacy.withdraw();
    t.is(await observer.detect(master.info), undefined);
  });

  declare('of several one leads, and another when that one gives up', async (t, election) => {
    const made = await masters(election, 3);
    const observer = await election.observer();
    const candidacies = await Promise.all(made.map(({ contender, info }) => contender.contend(info)));
    const first = await leaderOf(observer);
    const index = made.findIndex(({ info }) => isSameMaster(info, first));
    for (const { detector } of made) await untilLeads(detector, first);
    t.true(candidacies[index]?.isHeld());
    await candidacies[index]?.withdraw();
    const second = await leaderOf(observer, first);
    t.false(isSameMaster(first, second));
    const next = made.findIndex(({ info }) => isSameMaster(info, second));
    t.true(candidacies[next]?.isHeld());
    for (const { detector } of made) await untilLeads(detector, second);
  });

  declare('who has given up may contend again, and leads again when nobody else does', async (t, election) => {
    const [master] = await masters(election, 1);
    if (master === undefined) return;
    const { contender, detector, info } = master;
    const candidacy = await contender.contend(info);
    await untilLeads(detector, info);
    await candidacy.withdraw();
    t.is(await detector.detect(info), undefined);
    const again = await contender.contend(info);
    await untilLeads(detector, info);
    t.true(again.isHeld());
    t.false(candidacy.isHeld());
  });

  declare('contending once more ends the candidacy from before', async (t, election) => {
    const [master] = await masters(election, 1);
    if (master === undefined) return;
    const { contender, detector, info } = master;
    const candidacy = await contender.contend(info);
    await untilLeads(detector, info);
    const again = await contender.contend(info);
    t.false(candidacy.isHeld());
    await candidacy.lost;
    await untilLeads(detector, info);
    t.true(again.isHeld());
  });
}
