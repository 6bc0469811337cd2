import { deferred } from '@mesos-ts/libprocess';
import test from 'ava';
import { GroupContender } from '../../src/group/contender.ts';
import { GroupDetector } from '../../src/group/detector.ts';
import { GroupMembership } from '../../src/group/membership.ts';
import { ServiceMemory } from '../../src/group/service-memory.ts';
import { masterInfoText } from '../../src/master-info.ts';
import { FaultyProxy } from '../../src/testing/proxy.ts';
import { electionSuite, testMasterInfo, untilLeads } from '../../src/testing/suite.ts';
import { startZooKeeper, zooKeeperAbsence } from '../../src/testing/zookeeper.ts';
import { ZooKeeperGroup } from '../../src/zookeeper/group.ts';
import { ZooKeeperSession } from '../../src/zookeeper/session.ts';
import { until, wipedWhileAway } from '../groups.ts';
import { systemSurroundings } from '../surroundings.ts';
import type { FileDisk } from '@mesos-ts/libprocess';
import type { TestServer } from '../../src/testing/server.ts';
import type { SuiteElection } from '../../src/testing/suite.ts';
import type { ZooKeeperError } from '../../src/zookeeper/errors.ts';

const absence = zooKeeperAbsence();
const isRequired = process.env['MESOS_REQUIRE_ELECTION_SERVICES'] === '1';
// As many as there are sequences of nodes below one path: tests share the server, not the path.
let count = 0;
let server: TestServer;

interface Access {
  readonly path: string;
  readonly port?: number;
  readonly credentials?: string;
  readonly sessionTimeoutMs?: number;
  /** Where it is kept what was known of the service. */
  readonly disk?: FileDisk;
  readonly label?: string | undefined;
}

const nextPath = (): string => `/test-${++count}/mesos`;

function groupOf({ credentials, disk, path, port = server.port, sessionTimeoutMs = 40_000, ...rest }: Access) {
  const surroundings = systemSurroundings(++count);
  const label = 'label' in rest ? rest.label : 'json.info';
  const address = { servers: [{ host: '127.0.0.1', port }], path, credentials };
  const memory = disk && new ServiceMemory(disk, surroundings.logger);
  const group = new ZooKeeperGroup({ address, sessionTimeoutMs, label, memory }, surroundings);
  return Object.assign(group, surroundings);
}

/** A session to look and to meddle with. */
async function openSession(credentials?: string): Promise<ZooKeeperSession & AsyncDisposable> {
  const opened = deferred<ZooKeeperError | undefined>();
  const session = new ZooKeeperSession(
    { servers: [{ host: '127.0.0.1', port: server.port }], timeoutMs: 40_000, credentials },
    systemSurroundings(),
    {
      connected: () => {
        opened.resolve(undefined);
      },
      disconnected: () => undefined,
      watched: () => undefined,
      ended: opened.resolve,
    },
  );
  const error = await opened.promise;
  if (error !== undefined) throw error;
  return Object.assign(session, { [Symbol.asyncDispose]: () => session.close() });
}

if (absence !== undefined && !isRequired) {
  test(`elections with ZooKeeper are not tested: ${absence}`, (t) => {
    t.log(absence);
    t.pass();
  });
} else {
  test.before(async () => {
    server = await startZooKeeper();
  });
  test.after.always(() => server?.close());

  electionSuite(test, {
    name: 'ZooKeeper',
    use: async (work) => {
      const path = nextPath();
      const groups: ZooKeeperGroup[] = [];
      const open = (): ReturnType<typeof groupOf> => {
        const group = groupOf({ path });
        groups.push(group);
        return group;
      };
      let masters = 0;
      const election: SuiteElection = {
        master: () => {
          const group = open();
          const detector = new GroupDetector(open(), group.logger);
          return Promise.resolve({ info: testMasterInfo(++masters), contender: new GroupContender(group), detector });
        },
        observer: () => {
          const group = open();
          return Promise.resolve(new GroupDetector(group, group.logger));
        },
      };
      try {
        await work(election);
      } finally {
        await Promise.all(groups.map((group) => group.close()));
      }
    },
  });

  test('a master has the node that Mesos gives it: name, kind, content and access', async (t) => {
    const path = nextPath();
    await using group = groupOf({ path });
    await using session = await openSession();
    const info = testMasterInfo(1);
    await group.join(masterInfoText(info));
    await until(group, () => group.members()?.length === 1);
    t.deepEqual(await session.children(path), ['json.info_0000000000']);
    const { content, stat } = await session.read(`${path}/json.info_0000000000`);
    t.is(content.toString(), masterInfoText(info));
    t.true(stat.ephemeralOwner !== 0n);
    t.is(stat.version, 0);
    t.is((await session.read(path)).stat.ephemeralOwner, 0n);
    t.is((await session.read(path)).content.length, 0);
  });

  test('nodes of other names are nobody, and the smallest number leads', async (t) => {
    const path = nextPath();
    await using group = groupOf({ path });
    await using session = await openSession();
    await group.join('one');
    const open = [{ perms: 31, scheme: 'world', id: 'anyone' }];
    for (const name of ['info_', 'log_replicas', 'json.info_x', 'jsonXinfo_']) {
      await session.create(`${path}/${name}`, Buffer.from('other'), open, { sequential: name.endsWith('_') });
    }
    await session.create(`${path}/json.info_`, Buffer.from('two'), open, { ephemeral: true, sequential: true });
    await until(group, () => group.members()?.length === 2);
    t.deepEqual(
      group.members()?.map(({ content }) => content),
      ['one', 'two'],
    );
  });

  test('a node that somebody removes is a candidacy that is lost', async (t) => {
    const path = nextPath();
    await using group = groupOf({ path });
    await using session = await openSession();
    const candidacy = await group.join('one');
    t.true(candidacy.isHeld());
    await session.remove(`${path}/json.info_0000000000`);
    t.regex(await candidacy.lost, /somebody has removed 'json.info_0000000000'/);
    t.false(candidacy.isHeld());
  });

  test('with credentials, others may read and nobody else may write', async (t) => {
    const path = nextPath();
    await using group = groupOf({ path, credentials: 'ann:sesame' });
    await group.join('one');
    await using stranger = await openSession('bob:other');
    t.is((await stranger.read(`${path}/json.info_0000000000`)).content.toString(), 'one');
    await t.throwsAsync(stranger.remove(`${path}/json.info_0000000000`), { message: /NO_AUTH/ });
    await using intruder = groupOf({ path });
    await t.throwsAsync(intruder.join('two'), { code: 'ELECTION_FORBIDDEN' });
    t.deepEqual(intruder.members(), []);
    t.regex(intruder.failure()?.message ?? '', /may not be used/);
    await using friend = groupOf({ path, credentials: 'ann:sesame' });
    await friend.join('three');
    await until(group, () => group.members()?.length === 2);
  });

  test('a detector without credentials follows masters that have some', async (t) => {
    const path = nextPath();
    await using masters = groupOf({ path, credentials: 'ann:sesame' });
    await using contender = new GroupContender(masters);
    await contender.contend(testMasterInfo(1));
    const group = groupOf({ path });
    await using detector = new GroupDetector(group, group.logger);
    await untilLeads(detector, testMasterInfo(1));
    t.pass();
  });

  test('a connection that breaks costs no candidacy', async (t) => {
    const path = nextPath();
    await using proxy = await FaultyProxy.start(() => server.port);
    await using group = groupOf({ path, port: proxy.port });
    const candidacy = await group.join('one');
    await until(group, () => group.members()?.length === 1);
    proxy.cut();
    await using other = groupOf({ path });
    await other.join('two');
    await until(group, () => group.members()?.length === 2);
    t.true(candidacy.isHeld());
    t.true(group.log.some((line) => line.includes('Lost the connection to zk:')));
  });

  test('a session that ZooKeeper cannot hear is over here before it is over there, and another one begins', async (t) => {
    const path = nextPath();
    await using proxy = await FaultyProxy.start(() => server.port);
    await using group = groupOf({ path, port: proxy.port, sessionTimeoutMs: 3000 });
    await using watcher = groupOf({ path });
    const candidacy = await group.join('one');
    await until(watcher, () => watcher.members()?.length === 1);
    const gone = until(watcher, () => watcher.members()?.length === 0).then(() => candidacy.isHeld());
    proxy.refuse(true);
    proxy.pass('neither');
    t.regex(await candidacy.lost, /the session with ZooKeeper is over: nothing heard from ZooKeeper for 2400 ms/);
    t.deepEqual(group.members(), [], 'nobody is known to be there');
    t.false(await gone, 'it was over here first');
    proxy.pass('both');
    proxy.refuse(false);
    const again = await group.join('one');
    await until(watcher, () => watcher.members()?.length === 1);
    t.true(again.isHeld());
  });

  test('a server that accepts connections and says nothing is as one that is not there', async (t) => {
    const path = nextPath();
    await using proxy = await FaultyProxy.start(() => server.port);
    await using group = groupOf({ path, port: proxy.port, sessionTimeoutMs: 3000 });
    const candidacy = await group.join('one');
    proxy.pass('neither');
    t.regex(await candidacy.lost, /nothing heard from ZooKeeper/);
    proxy.pass('both');
    t.true((await group.join('one')).isHeld());
  });

  test('a node whose making was never answered is found and used: one member, one node', async (t) => {
    const path = nextPath();
    let isLost = false;
    const proxy: FaultyProxy = await FaultyProxy.start(
      () => server.port,
      (bytes) => {
        if (!isLost && bytes.includes(`${path}/json.info_`)) proxy.pass('requests only');
      },
    );
    await using group = groupOf({ path, port: proxy.port });
    await using watcher = groupOf({ path });
    const joining = group.join('one');
    await until(watcher, () => watcher.members()?.length === 1);
    isLost = true;
    t.deepEqual(group.members(), []);
    proxy.pass('both');
    proxy.cut();
    const candidacy = await joining;
    await using session = await openSession();
    t.deepEqual(await session.children(path), ['json.info_0000000000']);
    t.true(candidacy.isHeld());
    await proxy.close();
  });

  test('nodes that an earlier session of this member has left behind, and doubles of this one, are removed', async (t) => {
    const path = nextPath();
    await using former = groupOf({ path });
    await former.join('one');
    await using group = groupOf({ path });
    const candidacy = await group.join('one');
    await until(group, () => group.members()?.length === 1);
    await using session = await openSession();
    t.deepEqual(await session.children(path), ['json.info_0000000001']);
    t.true(candidacy.isHeld());
  });

  test('an address where no ZooKeeper answers is told in the log, not waited for in silence', async (t) => {
    await using proxy = await FaultyProxy.start(() => 1);
    await using group = groupOf({ path: nextPath(), port: proxy.port, sessionTimeoutMs: 300 });
    await until(group, () => group.members() !== undefined);
    t.regex(group.log.join(), /The session with zk:.* is over: nothing heard from ZooKeeper/);
    t.is(group.failure(), undefined);
  });

  test('ZooKeeper may be killed and started again within a session', async (t) => {
    await using own = await startZooKeeper();
    const path = nextPath();
    await using group = groupOf({ path, port: own.port });
    let candidacy = await group.join('one');
    await own.kill();
    await own.start();
    // The session goes on if ZooKeeper was fast, and else the member is in again.
    await until(group, () => group.members()?.length === 1);
    while (!candidacy.isHeld()) candidacy = await group.join('one');
    t.true(candidacy.isHeld());
  });

  test('a ZooKeeper that forgets loses every candidacy, says so in the log, and elects nobody while its last leader may not have heard of it', async (t) => {
    await using own = await startZooKeeper();
    await using leaderProxy = await FaultyProxy.start(() => own.port);
    await using standbyProxy = await FaultyProxy.start(() => own.port);
    const path = nextPath();
    await using leader = groupOf({ path, port: leaderProxy.port, sessionTimeoutMs: 8000 });
    await using standby = groupOf({ path, port: standbyProxy.port, sessionTimeoutMs: 8000 });
    const held = await leader.join('leader');
    // Of some age, as a standby is: ZooKeeper counts changes.
    for (let round = 0; round < 20; round++) await (await standby.join('standby')).withdraw();
    const candidacy = await standby.join('standby');
    await until(standby, () => standby.members()?.length === 2);
    // The leader is heard for longer, so that the standby is free to contend before it.
    standbyProxy.pass('neither');
    t.regex(await candidacy.lost, /session with ZooKeeper is over/);
    leaderProxy.pass('neither');
    await own.kill();
    await own.forget();
    await own.start();
    standbyProxy.pass('both');
    standbyProxy.cut();
    const again = await standby.join('standby again');
    await until(standby, () => standby.members()?.[0]?.name === again.name);
    t.false(held.isHeld());
    t.true(again.isHeld());
    t.true(standby.log.some((line) => /^E zk:.* has forgotten what it knew/.test(line)));
  });

  test('who is started again after ZooKeeper was wiped knows it by its disk, and elects nobody while the last leader may not have heard of it', async (t) => {
    await using own = await startZooKeeper();
    const path = nextPath();
    await wipedWhileAway(t, own, 20, (port, disk) =>
      groupOf({ path, port, sessionTimeoutMs: 8000, ...(disk === undefined ? {} : { disk }) }),
    );
  });

  test("the log's network has who is in the group, this one always, and nobody is forgotten with the service", async (t) => {
    const path = `${nextPath()}/log_replicas`;
    await using proxy = await FaultyProxy.start(() => server.port);
    const one = groupOf({ path, port: proxy.port, label: undefined, sessionTimeoutMs: 3000 });
    const two = groupOf({ path, label: undefined });
    await using first = new GroupMembership(one, 'log-replica(1)@127.0.0.1:1', one.logger);
    t.deepEqual([...first.members()], ['log-replica(1)@127.0.0.1:1']);
    const second = new GroupMembership(two, 'log-replica(1)@127.0.0.1:2', two.logger);
    await until(one, () => first.members().size === 2);
    await until(two, () => second.members().size === 2);
    await using session = await openSession();
    const nodes = await session.children(path);
    t.is(nodes.length, 2);
    for (const node of nodes) t.regex(node, /^\d{10}$/);
    proxy.refuse(true);
    await until(one, () => one.members()?.length === 0);
    t.is(first.members().size, 2);
    proxy.refuse(false);
    await until(one, () => one.members()?.length === 2);
    await second.close();
    await until(one, () => first.members().size === 1);
    t.pass();
  });
}
