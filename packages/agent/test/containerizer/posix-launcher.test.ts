import { spawn } from 'node:child_process';
import { lstat, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Runtime } from '@mesos-ts/libprocess';
import { readProcess } from '@mesos-ts/libprocess/subprocess';
import test from 'ava';
import { eventually, temporaryFolder } from '@mesos-ts/libprocess/testing';
import { PosixLauncher } from '../../src/containerizer/posix-launcher.ts';
import { awaiting, isAlive, pidsIn, textOf } from '../support/processes.ts';

const path = '/usr/local/bin:/usr/bin:/bin';

const runtime = new Runtime();
test.after.always(() => runtime.close());

const shell = (directory: string, script: string) => ({
  file: '/bin/sh',
  argv0: 'sh',
  arguments: ['-c', script],
  environment: { PATH: path, MESOS_SANDBOX: directory },
  directory,
});

test('a process starts in its sandbox, in a session of its own, with its environment only and its output in files', async (t) => {
  await using sandbox = await temporaryFolder();
  const launcher = new PosixLauncher(runtime);
  const launched = await launcher.launch('c', shell(sandbox.path, 'pwd; cat; env | wc -l >&2; exit 3'));
  t.is(readProcess(launched.pid)?.sessionId ?? launched.pid, launched.pid);
  t.is(await awaiting(launched.exited), 3 * 256);
  t.is(await textOf(join(sandbox.path, 'stdout')), `${sandbox.path}\n`);
  // PATH, MESOS_SANDBOX, and PWD which the shell makes itself.
  t.is((await textOf(join(sandbox.path, 'stderr'))).trim(), '3');
  await launcher.destroy('c');
});

test('the status of a process that a signal ended is the number of the signal', async (t) => {
  await using sandbox = await temporaryFolder();
  const launcher = new PosixLauncher(runtime);
  const launched = await launcher.launch('c', shell(sandbox.path, 'kill -TERM $$'));
  t.is(await awaiting(launched.exited), 15);
  await launcher.destroy('c');
});

test('what cannot be started is an error that names it, not a crash', async (t) => {
  await using sandbox = await temporaryFolder();
  const launcher = new PosixLauncher(runtime);
  const spec = shell(sandbox.path, '');
  const missing = launcher.launch('c', { ...spec, file: '/no/such/program' });
  await t.throwsAsync(missing, { code: 'AGENT_LAUNCH_FAILED', message: /no\/such\/program.*ENOENT/ });
  const malformed = launcher.launch('d', { ...spec, arguments: ['a\0b'] });
  await t.throwsAsync(malformed, { code: 'AGENT_LAUNCH_FAILED' });
  await writeFile(join(sandbox.path, 'plain'), 'not a program');
  const plain = launcher.launch('e', { ...spec, file: join(sandbox.path, 'plain') });
  await t.throwsAsync(plain, { code: 'AGENT_LAUNCH_FAILED', message: /EACCES/ });
  await launcher.destroy('c');
});

test('output does not follow a link that a task put in its place', async (t) => {
  await using sandbox = await temporaryFolder();
  const victim = join(sandbox.path, 'victim');
  await writeFile(victim, 'precious');
  await symlink(victim, join(sandbox.path, 'stdout'));
  const launcher = new PosixLauncher(runtime);
  await t.throwsAsync(launcher.launch('c', shell(sandbox.path, 'echo overwritten')), { code: 'ELOOP' });
  t.is(await textOf(victim), 'precious');
  t.true((await lstat(join(sandbox.path, 'stdout'))).isSymbolicLink());
});

test('a process may belong to another user, and so may its output', async (t) => {
  await using sandbox = await temporaryFolder();
  const launcher = new PosixLauncher(runtime);
  // Only root may become somebody else; whoever runs this as another user becomes itself.
  const identity =
    process.getuid?.() === 0
      ? { uid: 65_534, gid: 65_534 }
      : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  // The sandbox of a test is root's; /proc is a place where anybody may stand.
  const launched = await launcher.launch('c', { ...shell(sandbox.path, 'true'), file: '/bin/sh', identity });
  t.is(await awaiting(launched.exited), 0);
  const owner = await stat(join(sandbox.path, 'stdout'));
  t.is(owner.uid, identity.uid);
  await launcher.destroy('c');
});

test('destroying a container kills children, sessions of their own and daemons whose parents are gone, and nobody else', async (t) => {
  await using sandbox = await temporaryFolder();
  const pids = join(sandbox.path, 'pids');
  const bystander = spawn('/bin/sleep', ['600'], { stdio: 'ignore', env: { MESOS_SANDBOX: `${sandbox.path}-other` } });
  const launcher = new PosixLauncher(runtime);
  // A child, a grandchild, one that ignores signals, a session of its own, and a daemon: its parents end, its session is another.
  const script = `
    note() { echo $$ >> ${pids}; }
    sh -c 'echo $$ >> ${pids}; sleep 600' &
    sh -c 'trap "" TERM INT HUP; echo $$ >> ${pids}; sh -c "echo \\$\\$ >> ${pids}; sleep 600"; true' &
    setsid sh -c 'echo $$ >> ${pids}; sleep 600' &
    (setsid sh -c '(sh -c "echo \\$\\$ >> ${pids}; exec sleep 600" &) ; exit 0' &)
    note; sleep 600`;
  const launched = await launcher.launch('c', shell(sandbox.path, script));
  await eventually(async () => (await pidsIn(pids)).length === 6, 'six processes');
  const all = await pidsIn(pids);
  const isOrphan = (pid: number): boolean => {
    const parent = readProcess(pid)?.parentPid ?? process.pid;
    return !all.includes(parent) && parent !== process.pid;
  };
  await eventually(() => all.some(isOrphan), 'a daemon without its parents');
  await awaiting(launcher.destroy('c'));
  t.is(await awaiting(launched.exited), 9);
  t.deepEqual(
    await Promise.all(all.map(isAlive)),
    all.map(() => false),
  );
  t.true(await isAlive(bystander.pid ?? 0));
  bystander.kill('SIGKILL');
});

test('processes that outlive the first one are killed too; destroying twice or nothing is harmless', async (t) => {
  await using sandbox = await temporaryFolder();
  const pids = join(sandbox.path, 'pids');
  const launcher = new PosixLauncher(runtime);
  const script = `setsid sh -c 'echo $$ >> ${pids}; sleep 600' & sleep 600 & echo $! >> ${pids}; exit 0`;
  const launched = await launcher.launch('c', shell(sandbox.path, script));
  await awaiting(launched.exited);
  await eventually(async () => (await pidsIn(pids)).length === 2, 'two processes');
  const all = await pidsIn(pids);
  await awaiting(launcher.destroy('c'));
  t.deepEqual(await Promise.all(all.map(isAlive)), [false, false]);
  await launcher.destroy('c');
  await launcher.destroy('nobody');
});
