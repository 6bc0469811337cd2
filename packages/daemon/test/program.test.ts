import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineFlags, flag, type FlagValues } from '@mesos-ts/flags';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { commonFlags, runDaemon } from '../src/index.ts';
import type { Logger } from '@mesos-ts/libprocess';
import type { DaemonProgram, ProgramIo, ProgramSignal, RunningDaemon } from '../src/index.ts';

class Surroundings implements ProgramIo {
  out = '';
  err = '';
  readonly listeners = new Map<ProgramSignal, () => void>();
  #wake: () => void = () => undefined;

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
    this.#wake();
  }

  /** Resolves when the log has what is waited for. */
  async written(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.err)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  onSignal(signal: ProgramSignal, callback: () => void): () => void {
    this.listeners.set(signal, callback);
    return () => this.listeners.delete(signal);
  }
}

const table = defineFlags({
  ...commonFlags({ daemon: 'daemon', port: 1, logShown: 'in /state' }),
  ping_timeout: flag.duration({ default: 1000, deprecatedAlias: 'old_timeout', help: 'A timeout.' }),
  work_dir: flag.path({ required: true, help: 'A directory.' }),
});

type Flags = FlagValues<typeof table>;

/** A daemon that ends when it is closed or told how. */
class Daemon implements RunningDaemon {
  readonly ready = 'Daemon is ready';
  readonly ended: Promise<string>;
  closed = 0;
  end: (how: string) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  close(): Promise<void> {
    this.closed += 1;
    this.end('closed');
    return Promise.resolve();
  }
}

function program(start: (flags: Flags, logger: Logger) => Promise<RunningDaemon>): DaemonProgram<Flags> {
  return { daemon: 'daemon', about: 'Does nothing.', flags: table, laterFlags: ['acls'], start };
}

/** A program that serves, with what it was started with. */
async function serving(
  ...argv: string[]
): Promise<{ daemon: Daemon; flags: Flags; io: Surroundings; status: Promise<number> }> {
  const daemon = new Daemon();
  const io = new Surroundings();
  const started = new Promise<{ flags: Flags; status: Promise<number> }>((resolve) => {
    const status = runDaemon(
      program((flags) => {
        queueMicrotask(() => {
          resolve({ flags, status });
        });
        return Promise.resolve(daemon);
      }),
      { argv: ['--work_dir=/w', ...argv], env: {}, io },
    );
  });
  const { flags, status } = await started;
  return { daemon, flags, io, status };
}

const fails = (): Promise<RunningDaemon> => Promise.reject(new Error('It was started'));

/** How a program answers that never serves. */
async function refused(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ io: Surroundings; status: number }> {
  const io = new Surroundings();
  return { io, status: await runDaemon(program(fails), { argv, env, io }) };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a daemon says that it is ready, and ends with status 0 on ${signal}`, async (t) => {
    const { daemon, flags, io, status } = await serving('--port=7');
    t.like(flags, { port: 7, work_dir: '/w', ping_timeout: 1000 });
    t.regex(io.err, /^I.* daemon\] Daemon is ready\n$/);
    io.listeners.get(signal)?.();
    t.is(await status, 0);
    t.true(daemon.closed > 0);
    t.is(io.listeners.size, 0);
  });
}

test('a daemon that fails is closed, and the status is 1', async (t) => {
  const { daemon, io, status } = await serving();
  daemon.end('failed');
  t.is(await status, 1);
  t.is(daemon.closed, 1);
  t.is(io.listeners.size, 0);
});

test('a daemon may react to signals of its own', async (t) => {
  const daemon = new Daemon();
  const io = new Surroundings();
  const listening = new Promise<void>((resolve) => {
    io.onSignal = (signal, callback) => {
      if (signal === 'SIGUSR1') resolve();
      return Surroundings.prototype.onSignal.call(io, signal, callback);
    };
  });
  const leave = (): void => {
    daemon.end('shut down');
  };
  const running: RunningDaemon = {
    ready: 'Ready',
    ended: daemon.ended,
    close: () => daemon.close(),
    signals: { SIGUSR1: leave },
  };
  const status = runDaemon(
    program(() => Promise.resolve(running)),
    { argv: ['--work_dir=/w'], env: {}, io },
  );
  await listening;
  t.deepEqual([...io.listeners.keys()], ['SIGINT', 'SIGTERM', 'SIGUSR1']);
  io.listeners.get('SIGUSR1')?.();
  t.is(await status, 0);
});

test('on SIGHUP a daemon reads its certificates and secrets again, and the log says what became of that', async (t) => {
  const daemon = new Daemon();
  const io = new Surroundings();
  const outcomes: (() => Promise<boolean>)[] = [
    () => Promise.resolve(true),
    () => Promise.resolve(false),
    () => Promise.reject(new Error('no such file')),
  ];
  const running: RunningDaemon = {
    ready: 'Ready',
    ended: daemon.ended,
    close: () => daemon.close(),
    reload: () => (outcomes.shift() ?? (() => Promise.resolve(false)))(),
  };
  const status = runDaemon(
    program(() => Promise.resolve(running)),
    { argv: ['--work_dir=/w'], env: {}, io },
  );
  for (const expected of [/Ready/, /I.*Uses other cert/, /I.*unchanged/, /E.*from before: no such file/]) {
    await io.written(expected);
    io.listeners.get('SIGHUP')?.();
  }
  io.listeners.get('SIGTERM')?.();
  t.is(await status, 0);
  t.is(io.listeners.size, 0);
});

test('--help and --version answer whatever else is wrong with the command line', async (t) => {
  const help = await refused(['--help', '--acls=x']);
  t.is(help.status, 0);
  t.regex(help.io.out, /^Usage: mesos-daemon \[options\]\n\nDoes nothing\.\n[\s\S]*--work_dir=/);
  for (const argv of [['--version'], ['--version', '--acls=x'], ['--prot=1', '--version=true']]) {
    const version = await refused(argv);
    t.is(version.status, 0, argv.join(' '));
    t.is(version.io.out, 'mesos 1.12.0\n');
    t.is(version.io.err, '');
  }
  t.is((await refused(['--work_dir=/w'], { MESOS_VERSION: 'true' })).io.out, 'mesos 1.12.0\n');
});

test('what is wrong with the flags is one line, and the status 1', async (t) => {
  for (const [argv, env, expected] of [
    [[], {}, "Flag 'work_dir' is required, but it was not provided"],
    [['--work_dir=/w', '--acls={}'], {}, "Flag 'acls' is not supported yet"],
    [['--work_dir=/w'], { MESOS_ACLS: 'x' }, "Flag 'acls' is not supported yet, but MESOS_ACLS is set"],
    [['--work_dir=/w', '--prot=1'], {}, "Failed to load unknown flag '--prot': Did you mean '--port'?"],
  ] as const) {
    const { io, status } = await refused(argv, env);
    t.is(status, 1);
    t.is(io.err, `${expected}\nSee 'mesos-daemon --help'.\n`);
    t.is(io.out, '');
  }
});

test('what hinders the start is a sentence, and the status 1', async (t) => {
  const { io, status } = await refused(['--work_dir=/w']);
  t.is(status, 1);
  t.is(io.err, 'Failed to start the daemon: It was started\n');
});

test('the log has warnings and the ready line, in the file too when the program ends', async (t) => {
  await using directory = await temporaryFolder();
  const { io, status } = await serving(`--log_dir=${directory.path}`, '--old_timeout=2secs');
  io.listeners.get('SIGTERM')?.();
  t.is(await status, 0);
  t.regex(io.err, /^W.*Flag 'old_timeout' is an old name; use 'ping_timeout'\nI.* Daemon is ready\n$/);
  t.is(await readFile(join(directory.path, 'mesos-daemon.INFO'), 'utf8'), io.err);
});
