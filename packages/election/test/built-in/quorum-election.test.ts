import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropMessages } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { openBuiltInElection } from '../../src/built-in/open.ts';
import { isSameMaster } from '../../src/master-info.ts';
import { electionSuite, leaderOf, untilLeads } from '../../src/testing/suite.ts';
import { TestQuorum, contendAll, leaseMs } from './cluster.ts';
import type { TestMaster } from './cluster.ts';

electionSuite(test, {
  name: 'built-in',
  quorum: 2,
  use: (work) => TestQuorum.use((quorum) => work(quorum)),
});

async function threeMasters(quorum: TestQuorum): Promise<readonly [TestMaster, TestMaster, TestMaster]> {
  return [await quorum.master(), await quorum.master(), await quorum.master()];
}

/** Who leads among masters, as another of them knows it. */
async function leading(masters: readonly TestMaster[]): Promise<TestMaster> {
  const leader = await leaderOf((masters[0] as TestMaster).detector);
  const found = masters.find(({ info }) => isSameMaster(info, leader));
  if (found === undefined) throw new Error('another leads');
  return found;
}

test('a leader whose machine dies is followed by another, and a minority elects nobody', (t) =>
  TestQuorum.use(async (quorum) => {
    const masters = await threeMasters(quorum);
    const observer = await quorum.observer();
    await contendAll(masters);
    const first = await leading(masters);
    await first.runtime.close();
    const others = masters.filter((each) => each !== first);
    const second = await leaderOf(observer, first.info);
    t.false(isSameMaster(first.info, second));
    const [one, two] = others as [TestMaster, TestMaster];
    const [dead, last] = isSameMaster(one.info, second) ? [one, two] : [two, one];
    await dead.runtime.close();
    while ((await last.detector.detect(second)) !== undefined);
    await quorum.clock.settle();
    const controller = new AbortController();
    const waiting = last.detector.detect(undefined, { signal: controller.signal });
    quorum.clock.timer(20 * leaseMs, () => {
      controller.abort(new Error('nobody was elected'));
    });
    await t.throwsAsync(waiting, { message: 'nobody was elected' });
  }));

test('a leader that is cut off from the others knows that it leads no more before another does', (t) =>
  TestQuorum.use(async (quorum) => {
    const masters = await threeMasters(quorum);
    const candidacies = await contendAll(masters);
    const first = await leading(masters);
    const candidacy = candidacies[masters.indexOf(first)];
    const other = masters.find((each) => each !== first) as TestMaster;
    t.true(candidacy?.isHeld());
    const name = 'mesos.election.Message';
    const from = `election@${first.runtime.address}`;
    const heal = masters.map((each) => dropMessages(each.runtime, name, each === first ? {} : { from }));
    const held = leaderOf(other.detector, first.info).then(() => candidacy?.isHeld());
    t.is(await candidacy?.lost, `no 2 masters have confirmed within ${leaseMs} ms that this one leads`);
    t.false(await held);
    t.is(await first.detector.detect(first.info), undefined);
    for (const stop of heal) stop();
    const leader = await leaderOf(other.detector);
    await untilLeads(first.detector, leader);
    t.false(isSameMaster(leader, first.info), 'it follows the new one, and does not disturb it');
  }));

test('observers follow one leader after the other, and know nobody when all are gone', (t) =>
  TestQuorum.use(async (quorum) => {
    const masters = await threeMasters(quorum);
    const observer = await quorum.observer();
    const candidacies = await contendAll(masters);
    const first = await leaderOf(observer);
    await candidacies[masters.findIndex(({ info }) => isSameMaster(info, first))]?.withdraw();
    const second = await leaderOf(observer, first);
    t.false(isSameMaster(first, second));
    for (const { runtime } of masters) await runtime.close();
    let leader = await observer.detect(second);
    while (leader !== undefined) leader = await observer.detect(leader);
    t.pass();
  }));

const lists: readonly { readonly what: string; readonly change: (own: number) => object; readonly error: RegExp }[] = [
  {
    what: 'a list without this master',
    change: () => ({ masters: [{ host: '10.9.9.9', port: 5050 }] }),
    error: /which is not in the list of masters/,
  },
  {
    what: 'a quorum that is less than a majority',
    change: () => ({ quorum: 1 }),
    error: /let two of them lead at a time: it takes 2/,
  },
  {
    what: 'a quorum that is more than there are',
    change: () => ({ quorum: 4 }),
    error: /can never be reached by 3 masters/,
  },
];

for (const { change, error, what } of lists) {
  test(`${what} is refused, with what is wrong`, (t) =>
    TestQuorum.use(async (quorum) => {
      const { folder, runtime } = await quorum.master();
      const options = { masters: quorum.addresses, disk: quorum.disk(folder), ...change(5050) };
      await t.throwsAsync(openBuiltInElection(runtime, options), { code: 'ELECTION_MASTERS_INVALID', message: error });
    }));
}

test("a vote that is damaged, and another master's, are told and not used", (t) =>
  TestQuorum.use(async (quorum) => {
    const [one, two] = await threeMasters(quorum);
    await contendAll([one, two]);
    await leading([one, two]);
    await one.contender.close();
    const { folder, runtime } = one;
    const open = (): Promise<unknown> =>
      openBuiltInElection(runtime, { masters: quorum.addresses, disk: quorum.disk(folder) });
    await t.throwsAsync(openBuiltInElection(runtime, { masters: quorum.addresses, disk: quorum.disk(two.folder) }), {
      code: 'ELECTION_STATE_FOREIGN',
      message: /never share a work directory/,
    });
    await writeFile(join(folder, 'vote'), '{"master":"x","term":1}\n00000000\n');
    await t.throwsAsync(open(), {
      code: 'ELECTION_STATE_DAMAGED',
      message: /its checksum is wrong.*remove 'election'/s,
    });
  }));

test('a master that counts with another lease, or is in no list, is not heard, and the log says why', (t) =>
  TestQuorum.use(async (quorum) => {
    const [one, two, three] = await threeMasters(quorum);
    await contendAll([one, two]);
    const leader = await leading([one, two]);
    await three.contender.close();
    const options = { masters: quorum.addresses, disk: quorum.disk(three.folder), leaseMs: 2 * leaseMs };
    const other = await openBuiltInElection(three.runtime, options);
    await other.contender.contend(three.info);
    await quorum.clock.advance(20 * leaseMs);
    t.is(await Promise.race([other.detector.detect(), Promise.resolve('nobody')]), 'nobody');
    t.true(isSameMaster(await one.detector.detect(), leader.info), 'it disturbs nobody');
    t.true(quorum.log.some((line) => line.includes('--master_lease has to be the same for all')));
    await other.contender.close();
  }));
