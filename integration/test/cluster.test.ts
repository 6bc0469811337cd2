import type { Cluster } from '../src/cluster.ts';
import type { ClusterNode } from '../src/cluster-node.ts';
import { clusterTest } from '../src/testing.ts';
import { waitUntil } from '../src/wait-until.ts';

const webPort = 8080;
/** Answers every request with the path, and 503 to a path that asks for it. */
const webServer = `
const server = require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/bad' ? 503 : 200;
  response.end(request.method + ' ' + request.url);
});
server.listen(${webPort}, () => console.log('ready'));
`;

function startServer(cluster: Cluster, name: string): Promise<ClusterNode> {
  return cluster.startNode({ name, command: ['node', '--eval', webServer], ready: { port: webPort, path: '/' } });
}

async function canReach(from: ClusterNode, to: ClusterNode): Promise<boolean> {
  const program = `fetch('http://${to.ip}:${webPort}/', { signal: AbortSignal.timeout(2000) })`;
  const { exitCode } = await from.exec(['node', '--eval', program]);
  return exitCode === 0;
}

async function untilReaches(from: ClusterNode, to: ClusterNode): Promise<boolean> {
  return waitUntil(
    `${from.name} reaches ${to.name}`,
    () => canReach(from, to),
    (isReached) => isReached,
  );
}

clusterTest('a node runs a Node.js program, and another reaches it by its name from a shell', async (t, cluster) => {
  const web = await startServer(cluster, 'web');
  t.deepEqual(await web.request({ port: webPort, path: '/x', method: 'PUT' }), { status: 200, body: 'PUT /x' });
  t.deepEqual(await web.request({ port: webPort, path: '/bad' }), { status: 503, body: 'GET /bad' });
  const line = `wget -qO- http://web:${webPort}/from/$(hostname); exit 3`;
  const client = await cluster.startNode({ name: 'client', command: ['sh', '-c', line] });
  t.is(await client.waitForExit(), 3);
  t.is(client.logs().trim(), 'GET /from/client');
});

clusterTest('a node gets its environment and its files, and its output can be waited for', async (t, cluster) => {
  const node = await cluster.startNode({
    name: 'worker',
    command: ['sh', '-c', 'cat /etc/input; echo "$GREETING"; sleep 600'],
    environment: { GREETING: 'hello' },
    files: { '/etc/input': 'from a file\n' },
    ready: /^hello$/m,
  });
  t.is(node.logs(), 'from a file\nhello\n');
  t.is(node.tail(1), 'hello');
  await t.throwsAsync(node.waitForLog(/never/, 200), { message: /never.* within 200 ms/ });
  t.deepEqual(await node.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']), {
    exitCode: 7,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

clusterTest('a killed node ends as from SIGKILL, without being able to say goodbye', async (t, cluster) => {
  const command = ['sh', '-c', 'trap "echo bye; exit 0" TERM; echo up; while true; do sleep 1; done'];
  const killed = await cluster.startNode({ name: 'killed', command, ready: /up/ });
  await killed.kill();
  t.is(await killed.waitForExit(), 137);
  t.is(killed.logs(), 'up\n');
  const ended = await cluster.startNode({ name: 'ended', command, ready: /up/ });
  await ended.signal('SIGTERM');
  t.is(await ended.waitForExit(), 0);
  t.is(ended.logs(), 'up\nbye\n');
});

clusterTest(
  'a node that is cut off runs on alone, and has its address and name when it is back',
  async (t, cluster) => {
    const [left, right] = await Promise.all([startServer(cluster, 'left'), startServer(cluster, 'right')]);
    t.true(await untilReaches(left, right));
    await right.disconnect();
    t.false(await canReach(left, right));
    t.false(await canReach(right, left));
    t.is((await right.request({ port: webPort, path: '/alone' })).body, 'GET /alone');
    await right.reconnect();
    t.true(await untilReaches(left, right));
    t.true(await untilReaches(right, left));
    t.is((await left.exec(['wget', '-qO-', `http://right:${webPort}/back`])).stdout, 'GET /back');
  },
);

clusterTest('a node that was killed and is started again is the same host', async (t, cluster) => {
  const command = ['sh', '-c', 'date >> /var/starts; hostname -i; wc -l < /var/starts; sleep 600'];
  const node = await cluster.startNode({ name: 'phoenix', command, ready: /^1$/m });
  await t.throwsAsync(node.waitForExit(100), { message: 'phoenix has not ended within 100 ms' });
  await node.kill();
  t.is(await node.waitForExit(), 137);
  await node.restart();
  await node.waitForLog(/^2$/m);
  t.is(node.logs(), `${node.ip}\n1\n${node.ip}\n2\n`);
});

clusterTest('orphans of a node are reaped, as on a real host', async (t, cluster) => {
  const program = `console.log('up'); setInterval(() => {}, 60_000)`;
  const node = await cluster.startNode({ name: 'parent', command: ['node', '--eval', program], ready: /up/ });
  await node.exec(['sh', '-c', '(sleep 0.1 &)']);
  const processes = await waitUntil(
    'the orphan is gone',
    () => node.run(['ps', '-o', 'stat,args']),
    (all) => !all.includes('sleep'),
  );
  t.notRegex(processes, /^Z/m);
});
