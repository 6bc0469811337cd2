import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { runMaster, startMaster } from '../src/index.ts';
import { TestCluster } from '../src/testing/index.ts';
import type { ProgramIo, ProgramSignal } from '@mesos-ts/daemon';

class Surroundings implements ProgramIo {
  out = '';
  err = '';
  readonly listeners = new Map<ProgramSignal, () => void>();
  #waiting: (() => void) | undefined;

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
  }

  onSignal(signal: ProgramSignal, callback: () => void): () => void {
    this.listeners.set(signal, callback);
    this.#waiting?.();
    return () => this.listeners.delete(signal);
  }

  /** Resolves when the program listens to its first signal: it serves then. */
  listening(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a master says where it serves, and ends with status 0 on ${signal}`, async (t) => {
    const io = new Surroundings();
    const listening = io.listening();
    const status = runMaster(['--ip=127.0.0.1', '--port=0', '--cluster=c'], {}, io);
    await listening;
    const url = /is ready and serves (http:\/\/127\.0\.0\.1:\d+)$/m.exec(io.err)?.[1];
    const state = (await (await fetch(`${url}/state`)).json()) as { cluster: string };
    t.is(state.cluster, 'c');
    io.listeners.get(signal)?.();
    t.is(await status, 0);
    t.is(io.listeners.size, 0);
    await t.throwsAsync(fetch(`${url}/health`));
  });
}

test('with --external_log_file, that file is /master/log of /files; without any, there is none', async (t) => {
  await using shown = await TestCluster.start({ flags: { external_log_file: fileURLToPath(import.meta.url) } });
  t.deepEqual(await shown.get('/files/debug'), { '/master/log': fileURLToPath(import.meta.url) });
  const text = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  t.deepEqual(await shown.get('/files/read?path=/master/log&offset=2&length=6'), { data: text.slice(2, 8), offset: 2 });
  await using cluster = await TestCluster.start();
  t.deepEqual(await cluster.get('/files/debug'), {});
});

test('--help and --version answer and end with status 0', async (t) => {
  const io = new Surroundings();
  t.is(await runMaster(['--help'], {}, io), 0);
  t.regex(io.out, /^Usage: mesos-master \[options\][\s\S]*--allocation_interval/);
  t.is(await runMaster(['--version'], {}, io), 0);
  t.regex(io.out, /mesos 1\.12\.0\n$/);
});

test('a work directory that is a file ends it with status 1 and a reason', async (t) => {
  const io = new Surroundings();
  t.is(await runMaster(['--ip=127.0.0.1', '--port=0', `--work_dir=${process.execPath}`], {}, io), 1);
  t.regex(io.err, /Failed to start the master: .* is not a directory/);
});

test('what it cannot do is refused with status 1 and a reason', async (t) => {
  const io = new Surroundings();
  t.is(await runMaster(['--clutser=x'], {}, io), 1);
  t.regex(io.err, /clutser.*cluster/);
  t.is(await runMaster(['--domain={}'], {}, io), 1);
  t.regex(io.err, /Flag 'domain' is not supported yet/);
  t.is(await runMaster([], { MESOS_ZK: 'zk://x' }, io), 1);
  t.regex(io.err, /MESOS_ZK.*Expecting a \(chroot\) path for ZooKeeper/);
});

test('ACLs that cannot be meant are refused with their place', async (t) => {
  const io = new Surroundings();
  t.is(await runMaster(['--acls={"view_flags": [{"principals": {"type": "ANY"}}]}'], {}, io), 1);
  t.regex(io.err, /'view_flags\[0\]\.flags' is missing/);
});

test('whoever asks a master that has ended finds nobody, also while the rest is put away, and is not told that there is no such path', async (t) => {
  await using master = await startMaster({ flags: { ip: '127.0.0.1', port: 0, hostname: 'localhost' } });
  t.is((await fetch(`${master.url}/state`)).status, 200);
  master.runtime.terminate(master.pid);
  t.is(await master.ended, 'failed');
  const error = await t.throwsAsync(fetch(`${master.url}/state`));
  t.like(error?.cause, { code: 'ECONNREFUSED' });
});

test('a port that is taken is an error, not a crash', async (t) => {
  const first = new Surroundings();
  const listening = first.listening();
  const status = runMaster(['--ip=127.0.0.1', '--port=0'], {}, first);
  await listening;
  const port = /127\.0\.0\.1:(\d+)$/m.exec(first.err)?.[1] ?? '';
  const second = new Surroundings();
  t.is(await runMaster(['--ip=127.0.0.1', `--port=${port}`], {}, second), 1);
  t.regex(second.err, /^Failed to start the master: Cannot listen on .*: another program listens there/m);
  first.listeners.get('SIGTERM')?.();
  t.is(await status, 0);
});
