// The program with its output in a pipe, as a real OS process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { mesos, startLocalCluster } from '../src/index.ts';
import { FakeIo } from './support/fake-io.ts';
import type { LocalCluster } from '../src/index.ts';

const program = fileURLToPath(new URL('../../bin/mesos.js', import.meta.url));
let cluster: LocalCluster;
let folder: string;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesos-cli-pipes-'));
  writeFileSync(join(folder, 'master.log'), 'A line of the log\n'.repeat(100_000));
  cluster = await startLocalCluster({
    numAgents: 0,
    masterFlags: { external_log_file: join(folder, 'master.log') },
  });
});

test.after.always(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a line of shell, in which `mesos` is the program; its status is that of the first that fails. */
async function shell(
  line: string,
  onOut?: (out: string) => void,
): Promise<{ status: unknown; out: string; err: string }> {
  const script = `set -o pipefail; mesos() { "$NODE" "$PROGRAM" "$@"; }; ${line}`;
  const env = { ...process.env, NODE: process.execPath, PROGRAM: program, MESOS_MASTER: cluster.masterAddress };
  const child = spawn('bash', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onOut?.(out);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [status] = (await once(child, 'close')) as unknown[];
  return { status, out, err };
}

test('events end with the first that nobody reads', async (t) => {
  const io = new FakeIo();
  let execute: Promise<number> | undefined;
  const events = await shell('mesos events | { head -1; echo read; }', (out) => {
    if (!out.endsWith('read\n')) return;
    const argv = ['execute', '--name=t', '--command=true', `--master=${cluster.masterAddress}`];
    execute ??= mesos(argv, {}, io);
  });
  t.deepEqual(events, { status: 0, out: 'SUBSCRIBED  0 agents, 0 frameworks, 0 tasks\nread\n', err: '' });
  io.signal('SIGINT');
  t.is(await execute, 1);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux(
  'what goes on for ever ends when its readers have gone, though nothing happens that could be written',
  async (t) => {
    for (const line of [
      'mesos events | head -1',
      'mesos events --json | head -1',
      'mesos log --lines=1 --follow | head -1',
    ]) {
      const { err, out, status } = await shell(line);
      t.is(status, 0, line);
      t.regex(out, /^(?:SUBSCRIBED  |\{"type":"SUBSCRIBED"|A line of the log).*\n$/);
      t.is(err, '');
    }
  },
);

onLinux('a disk that is full is an error', async (t) => {
  const { err, status } = await shell('mesos agents > /dev/full');
  t.is(status, 1);
  t.regex(err, /^mesos: Cannot write: .*ENOSPC/);
});

test('a reader who goes away in the midst of much ends a command without a fuss', async (t) => {
  t.deepEqual(await shell('mesos log | head -1'), { status: 0, out: 'A line of the log\n', err: '' });
  const metrics = await shell('mesos metrics | head -1');
  t.regex(metrics.out, /^METRIC +VALUE\n$/);
  t.like(metrics, { status: 0, err: '' });
});

test('all of a long output arrives, whatever it is written to', async (t) => {
  t.is((await shell('mesos log | wc -l')).out.trim(), '100000');
  t.is(
    (await shell(`mesos log > ${join(folder, 'copy')}; cmp ${join(folder, 'copy')} ${join(folder, 'master.log')}`))
      .status,
    0,
  );
});

test('what is printed has no colours, and no control characters but the ends of lines', async (t) => {
  for (const command of ['agents', 'frameworks', 'state', 'metrics', '--help', 'explain nobody', 'agents --help']) {
    const { err, out } = await shell(`mesos ${command}`);
    t.notRegex(out + err, /[^\P{Cc}\n]/u, command);
  }
});
