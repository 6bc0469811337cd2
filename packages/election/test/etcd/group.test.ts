import { deferred } from '@mesos-ts/libprocess';
import test from 'ava';
import { EtcdClient } from '../../src/etcd/client.ts';
import { EtcdGroup } from '../../src/etcd/group.ts';
import { GroupContender } from '../../src/group/contender.ts';
import { GroupDetector } from '../../src/group/detector.ts';
import { ServiceMemory } from '../../src/group/service-memory.ts';
import { masterInfoText } from '../../src/master-info.ts';
import { etcdAbsence, startEtcd } from '../../src/testing/etcd.ts';
import { FaultyProxy } from '../../src/testing/proxy.ts';
import { electionSuite, testMasterInfo } from '../../src/testing/suite.ts';
import { until, wipedWhileAway } from '../groups.ts';
import { systemSurroundings } from '../surroundings.ts';
import type { FileDisk } from '@mesos-ts/libprocess';
import type { TestServer } from '../../src/testing/server.ts';
import type { SuiteElection } from '../../src/testing/suite.ts';

const absence = etcdAbsence();
const isRequired = process.env['MESOS_REQUIRE_ELECTION_SERVICES'] === '1';
let server: TestServer;
let count = 0;

interface Access {
  readonly prefix: string;
  readonly port?: number;
  readonly sessionTimeoutMs?: number;
  /** Where it is kept what was known of the service. */
  readonly disk?: FileDisk;
  readonly credentials?: { readonly user: string; readonly password: string };
}

const nextPrefix = (): string => `/test-${++count}/mesos`;

function groupOf({ credentials, disk, port = server.port, prefix, sessionTimeoutMs = 60_000 }: Access) {
  const surroundings = systemSurroundings(++count);
  const address = { endpoints: [{ host: '127.0.0.1', port }], prefix, credentials };
  const memory = disk && new ServiceMemory(disk, surroundings.logger);
  const options = { address, sessionTimeoutMs, label: 'json.info', memory };
  return Object.assign(new EtcdGroup(options, surroundings), surroundings);
}

function clientOf(prefix = '/'): EtcdClient & Disposable {
  const address = { endpoints: [{ host: '127.0.0.1', port: server.port }], prefix, credentials: undefined };
  const client = new EtcdClient(address, 60_000, systemSurroundings());
  return Object.assign(client, {
    [Symbol.dispose]: () => {
      client.close();
    },
  });
}

if (absence !== undefined && !isRequired) {
  test(`elections with etcd are not tested: ${absence}`, (t) => {
    t.log(absence);
    t.pass();
  });
} else {
  test.before(async () => {
    server = await startEtcd();
  });
  test.after.always(() => server?.close());

  electionSuite(test, {
    name: 'etcd',
    use: async (work) => {
      const prefix = nextPrefix();
      const groups: EtcdGroup[] = [];
      const open = (): ReturnType<typeof groupOf> => {
        const group = groupOf({ prefix });
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

  test('a master has a key under a lease, with its JSON', async (t) => {
    const prefix = nextPrefix();
    await using group = groupOf({ prefix });
    using client = clientOf();
    await group.join(masterInfoText(testMasterInfo(1)));
    const { entries } = await client.range(`${prefix}/`);
    t.is(entries.length, 1);
    t.regex(entries[0]?.key ?? '', /\/mesos\/json\.info_[0-9a-f]{16}_0$/);
    t.is(entries[0]?.value.toString(), masterInfoText(testMasterInfo(1)));
    t.true(entries[0]?.lease !== 0n);
  });

  test('members are in the order in which they joined, and other keys are nobody', async (t) => {
    const prefix = nextPrefix();
    using client = clientOf();
    await client.write(`${prefix}/log_replicas/x`, Buffer.from('other'), 0n);
    await using one = groupOf({ prefix });
    await using two = groupOf({ prefix });
    await one.join('one');
    await two.join('two');
    await one.join('three');
    await until(two, () => two.members()?.length === 3);
    t.deepEqual(
      two.members()?.map(({ content }) => content),
      ['one', 'two', 'three'],
    );
  });

  test('a key that somebody removes is a candidacy that is lost', async (t) => {
    const prefix = nextPrefix();
    await using group = groupOf({ prefix });
    using client = clientOf();
    const candidacy = await group.join('one');
    const { entries } = await client.range(prefix);
    t.true(await client.remove(entries[0]?.key ?? '', entries[0]?.modRevision ?? 0n));
    t.regex(await candidacy.lost, /is gone from etcd/);
    t.false(candidacy.isHeld());
    t.true((await group.join('one')).isHeld());
  });

  test('a connection that breaks costs no candidacy', async (t) => {
    const prefix = nextPrefix();
    await using proxy = await FaultyProxy.start(() => server.port);
    await using group = groupOf({ prefix, port: proxy.port });
    const candidacy = await group.join('one');
    proxy.cut();
    await using other = groupOf({ prefix });
    await other.join('two');
    await until(group, () => group.members()?.length === 2);
    t.true(candidacy.isHeld());
  });

  test('a lease that etcd cannot be asked to prolong is over here before it is over there', async (t) => {
    const prefix = nextPrefix();
    await using proxy = await FaultyProxy.start(() => server.port);
    await using group = groupOf({ prefix, port: proxy.port, sessionTimeoutMs: 4000 });
    await using watcher = groupOf({ prefix });
    const candidacy = await group.join('one');
    await until(watcher, () => watcher.members()?.length === 1);
    const held = until(watcher, () => watcher.members()?.length === 0).then(() => candidacy.isHeld());
    proxy.pass('neither');
    t.regex(await candidacy.lost, /etcd has not prolonged the lease for \d+ ms/);
    t.false(await held);
    t.deepEqual(group.members(), [], 'nobody is known to be there');
    proxy.pass('both');
    proxy.cut();
    t.true((await group.join('one')).isHeld());
  });

  test('a key whose making was never answered is found and used: one member, one key', async (t) => {
    const prefix = nextPrefix();
    let isLost = false;
    const proxy: FaultyProxy = await FaultyProxy.start(
      () => server.port,
      (bytes) => {
        if (!isLost && bytes.includes('the one')) proxy.pass('requests only');
      },
    );
    await using group = groupOf({ prefix, port: proxy.port });
    await using watcher = groupOf({ prefix });
    const joining = group.join('the one');
    await until(watcher, () => watcher.members()?.length === 1);
    isLost = true;
    proxy.pass('both');
    proxy.cut();
    const candidacy = await joining;
    using client = clientOf();
    t.is((await client.range(prefix)).entries.length, 1);
    t.true(candidacy.isHeld());
    await proxy.close();
  });

  test('an etcd that forgets what it knew loses every candidacy, and says so in the log', async (t) => {
    await using own = await startEtcd();
    const prefix = nextPrefix();
    await using group = groupOf({ prefix, port: own.port, sessionTimeoutMs: 30_000 });
    const candidacy = await group.join('one');
    await until(group, () => group.members()?.length === 1);
    await own.kill();
    await own.forget();
    await own.start();
    t.regex(await candidacy.lost, /etcd (?:has forgotten it|does not know the lease any more)|is gone from etcd/);
    t.false(candidacy.isHeld());
    t.true((await group.join('one')).isHeld());
    t.true(group.log.some((line) => /has forgotten what it knew|The lease in .* is over/.test(line)));
  });

  test('an etcd that forgets elects nobody while its last leader may not have heard of it', async (t) => {
    await using own = await startEtcd();
    await using proxy = await FaultyProxy.start(() => own.port);
    const prefix = nextPrefix();
    await using leader = groupOf({ prefix, port: proxy.port, sessionTimeoutMs: 5000 });
    await using standby = groupOf({ prefix, port: own.port, sessionTimeoutMs: 5000 });
    const held = await leader.join('leader');
    // Of some age, as a standby is: etcd counts changes.
    for (let round = 0; round < 8; round++) await (await standby.join('standby')).withdraw();
    await standby.join('standby');
    await until(standby, () => standby.members()?.length === 2);
    proxy.pass('neither');
    await own.kill();
    await own.forget();
    await own.start();
    const again = await standby.join('standby again');
    await until(standby, () => standby.members()?.[0]?.name === again.name);
    t.false(held.isHeld());
    t.true(again.isHeld());
  });

  test('who is started again after etcd was wiped knows it by its disk, and elects nobody while the last leader may not have heard of it', async (t) => {
    await using own = await startEtcd();
    const prefix = nextPrefix();
    await wipedWhileAway(t, own, 8, (port, disk) =>
      groupOf({ prefix, port, sessionTimeoutMs: 5000, ...(disk === undefined ? {} : { disk }) }),
    );
  });

  test('an etcd that is another one than before ends the group, with what to do', async (t) => {
    await using other = await startEtcd();
    const prefix = nextPrefix();
    let port = server.port;
    await using proxy = await FaultyProxy.start(() => port);
    await using group = groupOf({ prefix, port: proxy.port, sessionTimeoutMs: 2000 });
    const candidacy = await group.join('one');
    port = other.port;
    proxy.cut();
    t.truthy(await candidacy.lost);
    await until(group, () => group.failure() !== undefined);
    t.regex(group.failure()?.message ?? '', /All endpoints must be members of one etcd/);
    await t.throwsAsync(group.join('one'), { code: 'ELECTION_OTHER_SERVICE' });
  });

  test('a connection that is refused is told in the log, and waited out', async (t) => {
    const prefix = nextPrefix();
    await using proxy = await FaultyProxy.start(() => server.port);
    proxy.refuse(true);
    await using group = groupOf({ prefix, port: proxy.port, sessionTimeoutMs: 500 });
    await until(group, () => group.members()?.length === 0);
    t.true(group.log.some((line) => /^W etcd:\/\/127.0.0.1:.*trying again$/.test(line)));
    proxy.refuse(false);
    let candidacy = await group.join('one');
    // A lease of half a second may be over by now.
    while (!candidacy.isHeld()) candidacy = await group.join('one');
    t.true(candidacy.isHeld());
  });

  test('a call of a client that is closed is refused, and leaves nothing that fires later', async (t) => {
    const address = { endpoints: [{ host: '127.0.0.1', port: server.port }], prefix: '/x', credentials: undefined };
    const client = new EtcdClient(address, 50, systemSurroundings());
    client.close();
    await t.throwsAsync(client.range('/x'), { message: /KV\/Range/ });
    const later = deferred<void>();
    systemSurroundings().clock.timer(100, later.resolve, { keepsAlive: true });
    await later.promise;
  });

  test('credentials that etcd refuses end the group, with an error', async (t) => {
    await using group = groupOf({ prefix: nextPrefix(), credentials: { user: 'ann', password: 'sesame' } });
    const error = await t.throwsAsync(group.join('one'), { code: 'ELECTION_AUTHENTICATION_FAILED' });
    t.notRegex(error?.message ?? '', /sesame/);
  });
}
