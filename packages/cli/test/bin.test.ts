// The programs as real OS processes, with real signals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Running } from './support/running.ts';
import type { ExecutionContext } from 'ava';

/** Starts a program. A test that fails takes its programs with it. */
function start(t: ExecutionContext, program: string, ...argv: string[]): Running {
  const running = new Running(program, argv);
  t.teardown(() => running.child.kill('SIGKILL'));
  return running;
}

/** The processes whose environment or arguments name a folder. */
function processesOf(folder: string): string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(folder));
}

test('mesos local runs a cluster until Ctrl-C, which ends every task', async (t) => {
  const workDir = mkdtempSync(join(tmpdir(), 'mesos-bin-test-'));
  const argv = ['--port=0', '--num_agents=2', `--work_dir=${workDir}`, '--resources=cpus:2;mem:256'];
  const local = start(t, 'mesos.js', 'local', ...argv);
  const [, address = ''] = await local.printed(/Master is ready and serves http:\/\/(\S+)/);
  await local.printed(/Agent 1 is ready and serves http:\/\//);

  const marker = join(workDir, 'marker');
  const options = [
    `--master=${address}`,
    '--name=t',
    `--command=sh -c "trap '' TERM; sleep 1000 & sleep 1001" ${marker}`,
  ];
  const execute = start(t, 'mesos-execute.js', ...options, '--resources=cpus:1;mem:32');
  await execute.printed(/TASK_RUNNING/);
  t.not(processesOf(marker).length, 0);
  local.child.kill('SIGINT');
  t.deepEqual(await local.exit, [0, null]);
  t.deepEqual(processesOf(marker), []);
  execute.child.kill('SIGTERM');
  execute.child.kill('SIGKILL');
  await execute.exit;
  rmSync(workDir, { recursive: true });
});

test('mesos local ends its tasks when its terminal is closed, where it cannot print any more', async (t) => {
  const workDir = mkdtempSync(join(tmpdir(), 'mesos-bin-test-'));
  const local = start(t, 'mesos.js', 'local', '--port=0', `--work_dir=${workDir}`);
  const [, address = ''] = await local.printed(/Master is ready and serves http:\/\/(\S+)/);
  const marker = join(workDir, 'marker');
  const command = `--command=sleep 1000; true ${marker}`;
  const options = [`--master=${address}`, '--name=t', command, '--resources=cpus:0.1;mem:16'];
  const execute = start(t, 'mesos-execute.js', ...options);
  await execute.printed(/TASK_RUNNING/);
  local.child.stdout?.destroy();
  local.child.stderr?.destroy();
  local.child.kill('SIGHUP');
  t.deepEqual(await local.exit, [0, null]);
  execute.child.kill('SIGKILL');
  await execute.exit;
  t.deepEqual(processesOf(marker), []);
  rmSync(workDir, { recursive: true });
});

test('mesos-execute ends its task on Ctrl-C, and its status tells that the task has not finished', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-bin-test-'));
  const local = start(t, 'mesos-local.js', '--port=0', `--work_dir=${folder}`);
  const [, address = ''] = await local.printed(/Master is ready and serves http:\/\/(\S+)/);
  const options = [`--master=${address}`, '--name=t', '--command=sleep 1000', '--resources=cpus:0.1;mem:16'];
  const execute = start(t, 'mesos.js', 'execute', ...options);
  await execute.printed(/TASK_RUNNING/);
  // One keystroke: npm passes on what the terminal has sent to both.
  execute.child.kill('SIGINT');
  await execute.printed(/Killing the task/);
  execute.child.kill('SIGINT');
  t.deepEqual(await execute.exit, [1, null]);
  t.regex(execute.out, /TASK_KILLED for task 't'/);
  local.child.kill('SIGTERM');
  t.deepEqual(await local.exit, [0, null]);
  rmSync(folder, { recursive: true });
});

test('a port that is taken is an error in one line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesos-bin-test-'));
  const first = start(t, 'mesos-local.js', '--port=0', '--num_agents=0', `--work_dir=${folder}`);
  const [, port = ''] = await first.printed(/Master is ready and serves \S+:(\d+)/);
  const second = start(t, 'mesos-local.js', `--port=${port}`, '--num_agents=0', `--work_dir=${folder}`);
  t.deepEqual(await second.exit, [1, null]);
  t.regex(second.out, /^mesos local: Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/);
  first.child.kill('SIGINT');
  await first.exit;
  rmSync(folder, { recursive: true });
});
