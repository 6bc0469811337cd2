// The commands against a real cluster of this OS process, whose tasks are real child processes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import type { LocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';

let cluster: LocalCluster;
let folder: string;

// Not at the module's top: when no test of this file is chosen, nothing would end it.
test.before(async () => {
  cluster = await startLocalCluster({ numAgents: 2, resources: 'cpus:8;mem:1024;disk:1024' });
  folder = mkdtempSync(join(tmpdir(), 'mesos-cli-test-'));
});

test.after.always(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(...argv: string[]): { io: FakeIo; status: Promise<number> } {
  const io = new FakeIo();
  return { io, status: mesos([...argv, `--master=${cluster.masterAddress}`], {}, io) };
}

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const { io, status } = start(...argv);
  return { status: await status, out: io.out, err: io.err };
}

const small = '--resources=cpus:0.1;mem:16';

function isAlive(pid: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

test('execute prints each update of the task, and its status is 0 when the task has finished', async (t) => {
  const { status, out, err } = await run('execute', '--name=finishes', '--command=true', small);
  // A master that has much else to do is asked again.
  t.is(err.replaceAll(/^W.* No answer from .*: attempt \d+ to subscribe\n/gm, ''), '');
  t.is(status, 0);
  t.deepEqual(
    out.match(/^\w.*(?=')/gm)?.map((line) => line.replaceAll(/[\w-]+$/g, '...')),
    [
      "Submitted task 'finishes' to agent '...",
      ...['STARTING', 'RUNNING', 'FINISHED'].map((state) => `Received status update TASK_${state} for task '...`),
    ],
  );
  t.true(out.startsWith('Subscribed with ID '));
  t.true(out.endsWith("  message: 'Command exited with status 0'\n  source: SOURCE_EXECUTOR\n"));
});

test('execute speaks HTTP to a master that is written as a URL', async (t) => {
  const io = new FakeIo();
  const argv = ['execute', '--name=over-http', '--command=true', small, `--master=${cluster.masterUrl}`];
  t.is(await mesos(argv, {}, io), 0);
  t.regex(io.out, /TASK_FINISHED for task 'over-http'/);
  const frameworks = (await run('frameworks', '--completed', '--json')).out;
  t.true(frameworks.includes('"name":"over-http"'));
});

test('execute has status 1 when the task has failed', async (t) => {
  const { status, out } = await run('execute', '--name=fails', '--command=exit 7', small);
  t.is(status, 1);
  t.regex(out, /TASK_FAILED for task 'fails'\n {2}message: 'Command exited with status 7'/);
});

test('the command gets its environment and its files', async (t) => {
  const file = join(folder, 'input.txt');
  writeFileSync(file, 'from the file\n');
  const result = join(folder, 'result.txt');
  const command = `echo "$GREETING" > ${result}; cat input.txt >> ${result}`;
  const env = '--env={"GREETING": "a b"}';
  const { status } = await run('execute', '--name=inputs', `--command=${command}`, env, `--uris=${file}`, small);
  t.is(status, 0);
  t.is(readFileSync(result, 'utf8'), 'a b\nfrom the file\n');
});

test('a URI that cannot be fetched fails the task, and execute says why', async (t) => {
  const { status, out } = await run('execute', '--name=nothing', '--command=true', '--uris=/no/such/file', small);
  t.is(status, 1);
  t.regex(out, /TASK_FAILED for task 'nothing'\n {2}message: '.*\/no\/such\/file/);
});

test('--kill_after kills the task', async (t) => {
  const { status, out } = await run('execute', '--name=killed', '--command=sleep 1000', '--kill_after=1ms', small);
  t.is(status, 1);
  t.regex(out, /TASK_KILLING for task 'killed'[^]*TASK_KILLED for task 'killed'/);
});

test('an interrupt kills the task', async (t) => {
  const pidFile = join(folder, 'interrupted.pid');
  const { io, status } = start(
    'execute',
    '--name=interrupted',
    `--command=echo $$ > ${pidFile}; exec sleep 1000`,
    small,
  );
  await io.written(/TASK_RUNNING/);
  io.signal('SIGINT');
  t.is(await status, 1);
  t.regex(io.out, /TASK_KILLED for task 'interrupted'/);
  if (existsSync(pidFile)) t.false(isAlive(readFileSync(pidFile, 'utf8').trim()));
});

test('a task that asks for more than there is waits, and an interrupt leaves', async (t) => {
  const { io, status } = start('execute', '--name=greedy', '--command=true', '--resources=cpus:1000;mem:16');
  await io.written(/Waiting for an offer of cpus:1000; mem:16/);
  io.signal('SIGINT');
  t.is(await status, 1);
});

test('agents lists the agents with what they have', async (t) => {
  const { status, out } = await run('agents');
  t.is(status, 0);
  const [heading, ...rows] = out.trimEnd().split('\n');
  t.regex(heading ?? '', /^ID +HOSTNAME +ADDRESS +STATE +CPUS +MEM +DISK$/);
  t.is(rows.length, 2);
  for (const url of cluster.agentUrls) t.true(rows.some((row) => row.includes(url.replace('http://', ''))));
  for (const row of rows) t.regex(row, / active +[\d.]+\/8 +[\d.]+\/1024 +0\/1024$/);
});

test('tasks lists tasks that have ended, too', async (t) => {
  await run('execute', '--name=listed', '--command=true', small);
  const { status, out } = await run('tasks');
  t.is(status, 0);
  t.regex(out, /^ID +NAME +STATE +FRAMEWORK +AGENT +CPUS +MEM +HEALTH\n/);
  t.regex(out, /^listed +listed +TASK_FINISHED +\S+ +\S+ +0\.1 +16 +-$/m);
  t.is((await run('tasks', '--limit=1')).out.split('\n').length, 3);
});

test('tasks tells what health checks said last', async (t) => {
  const health_check = {
    type: 'TCP',
    tcp: { port: 0 },
    delay_seconds: 0,
    grace_period_seconds: 0,
    consecutive_failures: 1,
  };
  const task = {
    name: 'sick',
    task_id: { value: 'sick' },
    command: { value: 'exec sleep 1000' },
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 16 } },
    ],
    health_check,
  };
  t.regex((await run('execute', `--task=${JSON.stringify(task)}`)).out, /healthy\?: false/);
  t.regex((await run('tasks')).out, /^sick +sick +TASK_KILLED .* unhealthy$/m);
});

test('--json prints what the master tells', async (t) => {
  await run('execute', '--name=in-json', '--command=true', small);
  const tasks = JSON.parse((await run('tasks', '--json')).out) as { task_id: { value: string }; statuses: unknown[] }[];
  t.is(tasks.find(({ task_id }) => task_id.value === 'in-json')?.statuses.length, 3);
  const agents = JSON.parse((await run('agents', '--json')).out) as { active: boolean }[];
  t.deepEqual(
    agents.map(({ active }) => active),
    [true, true],
  );
});

test('task log prints the files of a task', async (t) => {
  await run('execute', '--name=logged', '--command=echo to stdout; echo to stderr >&2; echo x > other', small);
  t.deepEqual(await run('task', 'log', 'logged'), { status: 0, out: 'to stdout\n', err: '' });
  t.regex((await run('task', 'log', 'logged', 'stderr')).out, /^to stderr$/m);
  t.is((await run('task', 'log', 'logged', 'other')).out, 'x\n');
});

test('task log --follow prints what is added, and ends with the task', async (t) => {
  const gate = join(folder, 'gate');
  const command = `echo first ö; until [ -e ${gate} ]; do sleep 0.05; done; echo last`;
  const execute = start('execute', '--name=followed', `--command=${command}`, small);
  await execute.io.written(/TASK_RUNNING/);
  const follow = start('task', 'log', 'followed', '--follow');
  await follow.io.written(/first ö/);
  writeFileSync(gate, '');
  t.is(await follow.status, 0);
  t.is(follow.io.out, 'first ö\nlast\n');
  t.is(await execute.status, 0);
});

test('task log --follow ends when it is interrupted', async (t) => {
  const execute = start('execute', '--name=endless', '--command=echo begun; exec sleep 1000', small);
  await execute.io.written(/TASK_RUNNING/);
  const follow = start('task', 'log', 'endless', '--follow');
  await follow.io.written(/begun/);
  follow.io.signal('SIGINT');
  t.is(await follow.status, 0);
  execute.io.signal('SIGINT');
  t.is(await execute.status, 1);
});

test('a task or a file that is not there is an error that names it', async (t) => {
  const task = await run('task', 'log', 'nobody');
  t.deepEqual(task, { status: 1, out: '', err: "mesos task log: There is no task 'nobody'\n" });
  t.regex((await run('task', 'log')).err, /Expecting the id of a task/);
  await run('execute', '--name=silent', '--command=true', small);
  const file = await run('task', 'log', 'silent', 'nothing');
  t.is(file.status, 1);
  t.regex(file.err, /^mesos task log: Task 'silent' \(TASK_FINISHED\) has no file '.*\/nothing'\n$/);
});

test('a framework that the master refuses is told so', async (t) => {
  const { status, err } = await run('execute', '--name=refused', '--command=true', small, '--role=.');
  t.is(status, 2);
  t.regex(err, /role/);
});

test('an agent in the place of the master is an error that says so', async (t) => {
  const io = new FakeIo();
  t.is(await mesos(['agents', `--master=${cluster.agentUrls[0] ?? ''}`], {}, io), 1);
  t.regex(io.err, /\(this is an agent: --master, or MESOS_MASTER, says where the master is\)$/m);
});

test('a master that is not there, or is none, is an error that names it', async (t) => {
  let status = 200;
  const server = createServer((_request, response) => response.writeHead(status).end('<html>'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const io = new FakeIo();
  t.is(await mesos(['agents', `--master=127.0.0.1:${port}`], {}, io), 1);
  t.regex(io.err, /^mesos agents: Expected messages from /);
  const page = new FakeIo();
  status = 501;
  t.is(await mesos(['agents', `--master=127.0.0.1:${port}`], {}, page), 1);
  t.regex(page.err, /^mesos agents: The server answered 501 with a page, as no master does \(--master, /);
  const secure = new FakeIo();
  t.is(await mesos(['agents', `--master=https://127.0.0.1:${port}`], {}, secure), 3);
  t.regex(secure.err, /: it does not speak TLS \(leave out https:\/\/ in --master/);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  const gone = new FakeIo();
  t.is(await mesos(['tasks'], { MESOS_MASTER: `127.0.0.1:${port}` }, gone), 3);
  t.is(
    gone.err,
    `mesos tasks: Cannot reach http://127.0.0.1:${port}: connection refused (--master, or MESOS_MASTER, says where the master is)\n`,
  );
});
