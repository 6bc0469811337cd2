import test from 'ava';
import { GroupContender } from '../../src/group/contender.ts';
import { GroupDetector } from '../../src/group/detector.ts';
import { masterInfoText, parseMasterInfo } from '../../src/master-info.ts';
import { MemoryGroupService } from '../../src/testing/memory-group.ts';
import { electionSuite, testMasterInfo, untilLeads } from '../../src/testing/suite.ts';
import { systemSurroundings } from '../surroundings.ts';
import type { SuiteElection } from '../../src/testing/suite.ts';

electionSuite(test, {
  name: 'a group in memory',
  use: async (work) => {
    const service = new MemoryGroupService();
    const { logger } = systemSurroundings();
    let count = 0;
    const election: SuiteElection = {
      master: () => {
        const group = service.group();
        return Promise.resolve({
          info: testMasterInfo(++count),
          contender: new GroupContender(group),
          detector: new GroupDetector(service.group(), logger),
        });
      },
      observer: () => Promise.resolve(new GroupDetector(service.group(), logger)),
    };
    await work(election);
  },
});

test('nobody leads while the oldest member cannot be read, and the log says once what to do', async (t) => {
  const service = new MemoryGroupService();
  const { log, logger } = systemSurroundings();
  await using detector = new GroupDetector(service.group(), logger);
  const garbage = service.intrude('{ this is no JSON');
  await using contender = new GroupContender(service.group());
  const info = testMasterInfo(1);
  const candidacy = await contender.contend(info);
  const waiting = detector.detect();
  service.intrude('more');
  t.is(log.length, 1);
  t.regex(log[0] ?? '', /^E '0{10}' should say which master leads and does not: .* remove it$/);
  t.true(candidacy.isHeld());
  service.remove(garbage.name);
  t.is((await waiting)?.id, info.id);
});

test('a candidacy that the service has ended is lost, and another one leads', async (t) => {
  const service = new MemoryGroupService();
  const { logger } = systemSurroundings();
  await using detector = new GroupDetector(service.group(), logger);
  await using one = new GroupContender(service.group());
  await using two = new GroupContender(service.group());
  const candidacy = await one.contend(testMasterInfo(1));
  await two.contend(testMasterInfo(2));
  await untilLeads(detector, testMasterInfo(1));
  service.remove(service.members()[0]?.name ?? '', 'the session has expired');
  t.is(await candidacy.lost, 'the session has expired');
  t.false(candidacy.isHeld());
  await untilLeads(detector, testMasterInfo(2));
  t.pass();
});

test('a node that is left of an earlier candidacy of a master does not make it lead: when it is gone, another may', async (t) => {
  const service = new MemoryGroupService();
  const { logger } = systemSurroundings();
  const info = testMasterInfo(1);
  // The service does not know yet that this session is over.
  const left = service.intrude(masterInfoText(info));
  await using other = new GroupContender(service.group());
  await other.contend(testMasterInfo(2));
  const group = service.group();
  await using contender = new GroupContender(group);
  await using detector = new GroupDetector(group, logger, contender);
  await using observer = new GroupDetector(service.group(), logger);
  const candidacy = await contender.contend(info);
  t.true(candidacy.isHeld());
  t.is((await observer.detect())?.id, info.id);
  const detected = detector.detect();
  service.remove(left.name);
  t.is((await detected)?.id, testMasterInfo(2).id);
});

test('a master that is the oldest by its own node leads', async (t) => {
  const service = new MemoryGroupService();
  const group = service.group();
  await using contender = new GroupContender(group);
  await using detector = new GroupDetector(group, systemSurroundings().logger, contender);
  const detected = detector.detect();
  await contender.contend(testMasterInfo(1));
  t.is((await detected)?.id, testMasterInfo(1).id);
});

test('a master is written as Mesos writes it, and read again, whatever else stands there', (t) => {
  const info = { ...testMasterInfo(1), version: '1.12.0' };
  const text = masterInfoText(info);
  t.is(
    text,
    '{"address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":5051},"capabilities":[{"type":"AGENT_UPDATE"}],' +
      '"hostname":"127.0.0.1","id":"master-1","ip":16777343,"pid":"master@127.0.0.1:5051","port":5051,"version":"1.12.0"}',
  );
  t.deepEqual(parseMasterInfo(text).value, info);
  t.deepEqual(parseMasterInfo(`{"later": [1], ${text.slice(1)}`).value, info);
  for (const garbage of ['', 'null', '[]', '{}', '{"id": 5}', text.slice(0, -1)]) {
    t.is(typeof parseMasterInfo(garbage).error, 'string', garbage);
  }
});
