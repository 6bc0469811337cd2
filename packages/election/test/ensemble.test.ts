import { eventually } from '@mesos-ts/libprocess/testing';
import test from 'ava';
import { PeerLinks } from '../src/testing/peer-links.ts';
import { TestEnsemble } from '../src/testing/ensemble.ts';
import { TestServer } from '../src/testing/server.ts';

const program = `
  console.log('stands by');
  require('node:net').createServer().listen(process.argv[1], '127.0.0.1');
`;
const startServer = (): Promise<TestServer> =>
  TestServer.start({ file: process.execPath, arguments: (_, port) => ['--eval', program, String(port)] });
const startLinks = (): Promise<PeerLinks> => PeerLinks.start(2, () => undefined);

test('an ensemble is led by whichever server says so', async (t) => {
  const starting = [startServer(), startServer()];
  const [, second] = await Promise.all(starting);
  await using ensemble = await TestEnsemble.start(starting, await startLinks(), async (server) => server === second);
  t.is(await ensemble.leader(), 1);
});

test('an ensemble that nobody leads is given up, with what its servers say and have printed', async (t) => {
  const starting = [startServer(), startServer()];
  const servers = await Promise.all(starting);
  const [first, second] = servers;
  await eventually(() => servers.every(({ output }) => output === 'stands by\n'), 'both have said so');
  const isLeader = async (server: TestServer): Promise<boolean> => {
    if (server === second) throw new Error('no answer');
    return false;
  };
  const { message } = await t.throwsAsync(TestEnsemble.start(starting, await startLinks(), isLeader, 1));
  t.regex(message, /None of the servers leads within 1 ms/);
  t.true(message.includes(`--- ${first?.port}: does not lead\nstands by\n`), message);
  t.true(message.includes(`--- ${second?.port}: Error: no answer\nstands by\n`), message);
});

test('a server that is not there, or ends instead of starting, is told with what is known of it', async (t) => {
  const absent = TestServer.start({ file: '/no/such/server', arguments: () => [] });
  await t.throwsAsync(absent, { message: /does not start: .*ENOENT/ });
  const server = TestServer.start({
    file: process.execPath,
    arguments: () => ['--eval', 'throw new Error("no disk")'],
  });
  await t.throwsAsync(server, { message: /does not start: [^]*no disk/ });
});
