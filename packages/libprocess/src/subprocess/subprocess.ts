import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { capture } from './capture.ts';
import { ProcessError, errorText } from '../errors.ts';
import { checkDirectory, findProgram } from './program.ts';
import { readProcess } from './process-table.ts';
import { reaperOf } from './reaper-process.ts';
import { killTree } from './signals.ts';
import { OpenFiles } from './stdio.ts';
import { release, supervised, supervisedDescriptorMax } from './supervision.ts';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Captured } from './capture.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Input, Output, StdioEntry } from './stdio.ts';
import type { PID } from '../actor/pid.ts';
import type { ProcessRuntime } from '../actor/process.ts';

/** A command for the shell (`/bin/sh -c`), or the arguments of a program, of which the first names it. */
export type Command = string | readonly string[];

/** Options of `subprocess`. */
export interface SubprocessOptions {
  /** The program, where the first argument shall not name it. */
  readonly file?: string;
  /** Every environment variable that the child has. @default those of this process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Its working directory. @default that of this process */
  readonly directory?: string;
  /** @default 'inherit' */
  readonly stdin?: Input;
  /** @default 'inherit' */
  readonly stdout?: Output;
  /** @default 'inherit' */
  readonly stderr?: Output;
  /** Open descriptors that the child has as 3, 4 and so on; it has no others of this process. */
  readonly descriptors?: readonly number[];
  /** Whether it leads a session and a process group of its own, which no terminal's signals reach. @default false */
  readonly session?: boolean;
  /** As whom it runs. Needs privileges. @default as this process */
  readonly identity?: { readonly uid: number; readonly gid: number };
  /**
   * What becomes of it when this OS process ends, be it by SIGKILL: `kill` ends it and everything of its process group, by a shell that
   * watches; it leads a session then. @default 'survive'
   */
  readonly onParentDeath?: 'kill' | 'survive';
  /** Whether this OS process waits for it before it ends by itself. @default true */
  readonly keepsAlive?: boolean;
  /** A local actor with whose end the child and everything that came of it is killed. @default none */
  readonly owner?: PID;
  /** Called with its status. A function of an actor's `defer` runs in that actor's turn, and not at all when the actor has ended. */
  readonly onExit?: (status: ExitStatus) => unknown;
  /** Whether its end counts as work in progress, so that a test clock waits for it. @default false */
  readonly tracked?: boolean;
}

/** A child of this OS process. */
export class Subprocess {
  readonly pid: number;
  /** When it started, in ticks since the machine did; with the pid it names the process for good. Undefined where there is no `/proc`. */
  readonly startTicks: number | undefined;
  /** How it has ended. Never rejects. */
  readonly status: Promise<ExitStatus>;
  /** What is captured of its stdout; undefined unless that was asked for. */
  readonly capturedStdout: Promise<Captured> | undefined;
  /** What is captured of its stderr; undefined unless that was asked for. */
  readonly capturedStderr: Promise<Captured> | undefined;
  readonly #child: ChildProcess;
  readonly #leadsSession: boolean;
  #ended = false;

  constructor(child: ChildProcess, pid: number, options: SubprocessOptions) {
    this.#child = child;
    this.pid = pid;
    this.#leadsSession = leadsSession(options);
    // Nobody has asked for its status yet, so this is still that process.
    this.startTicks = readProcess(pid)?.startTicks;
    this.status = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#ended = true;
        resolve({ code, signal });
      });
    });
    // Whoever writes to a child that has ended hears of it from the write; without a listener it would end this program.
    child.stdin?.on('error', () => undefined);
    this.capturedStdout = captureOf(child.stdout, options.stdout);
    this.capturedStderr = captureOf(child.stderr, options.stderr);
  }

  /** Its stdin, if that is a pipe. */
  get stdin(): Writable | undefined {
    return this.#child.stdin ?? undefined;
  }

  /** Its stdout, if that is a pipe. While nobody reads it, the child waits when the pipe is full. */
  get stdout(): Readable | undefined {
    return this.#child.stdout ?? undefined;
  }

  /** Its stderr, if that is a pipe. While nobody reads it, the child waits when the pipe is full. */
  get stderr(): Readable | undefined {
    return this.#child.stderr ?? undefined;
  }

  /** Sends it a signal; false when it has ended. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return this.#child.kill(signal);
  }

  /**
   * Sends a signal to it and to everything that came of it, as far as it can be found: its descendants, and, if it leads a session, all of
   * that, even when it has ended itself. Answers how many processes there were.
   */
  killTree(signal: NodeJS.Signals = 'SIGKILL'): number {
    const { pid, startTicks } = this;
    // Without /proc nobody knows whether its pid is another one's by now; that of a session is not while the session lasts.
    if (startTicks === undefined && this.#ended && !this.#leadsSession) return 0;
    return killTree({ pid, startTicks, leadsSession: this.#leadsSession }, signal);
  }

  /** Reads no more from its pipes, whoever still holds their other ends. */
  closePipes(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }
}

/**
 * Starts a child. Rejects with `SUBPROCESS_FAILED` when it cannot be started: no such program or directory, no right, no such file to
 * read from; and with `SUBPROCESS_INVALID` for options that contradict each other. A shell that does not find what it is told to run is
 * a child that exits with 127.
 */
export async function subprocess(
  runtime: ProcessRuntime,
  command: Command,
  options: SubprocessOptions = {},
): Promise<Subprocess> {
  const { onExit, owner } = options;
  if (owner !== undefined && owner.address !== runtime.address) {
    throw new ProcessError('SUBPROCESS_INVALID', `${owner.toString()} is not of this runtime`);
  }
  const reaper = reaperOf(runtime);
  const started = await runtime.track(start(command, options));
  const { status } = started;
  if (runtime.has(reaper.id)) runtime.tell(reaper, 'adopt', started, owner);
  // The runtime has closed meanwhile, and the owner with it.
  else if (owner !== undefined) started.killTree();
  if (options.tracked === true) void runtime.track(status);
  if (onExit !== undefined) void status.then((end) => tell(runtime, onExit, end));
  return started;
}

async function start(command: Command, options: SubprocessOptions): Promise<Subprocess> {
  check(options);
  const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const file = options.file ?? argv[0];
  if (file === undefined) throw new ProcessError('SUBPROCESS_INVALID', 'A command has at least one argument');
  const isSupervised = options.onParentDeath === 'kill';
  await using files = new OpenFiles();
  try {
    const stdio: StdioEntry[] = [
      await files.input(options.stdin ?? 'inherit'),
      await files.output(options.stdout ?? 'inherit'),
      await files.output(options.stderr ?? 'inherit'),
      ...(options.descriptors ?? []),
    ];
    if (options.directory !== undefined) await checkDirectory(options.directory);
    // A shell would tell on the child's stderr what is wrong with the program, and nobody here.
    if (isSupervised) await findProgram(file, options.environment ?? process.env, options.directory);
    const child = isSupervised
      ? spawnSupervised([file, ...argv.slice(1)], stdio, options)
      : spawn(file, argv.slice(1), { ...spawnOptions(options, stdio), argv0: argv[0] ?? file });
    const failed = new Promise<never>((_, reject) => {
      child.on('error', reject);
    });
    const { pid } = child;
    if (pid === undefined) return await failed;
    failed.catch(() => undefined);
    if (options.keepsAlive === false) child.unref();
    return new Subprocess(child, pid, options);
  } catch (error) {
    throw new ProcessError('SUBPROCESS_FAILED', `Cannot start '${file}': ${errorText(error)}`, { cause: error });
  }
}

/** Starts a program under a watcher, which is released when the program ends, and kills what is left of its group when this process does. */
function spawnSupervised(
  argv: readonly string[],
  stdio: readonly StdioEntry[],
  options: SubprocessOptions,
): ChildProcess {
  const child = spawn('/bin/sh', supervised(argv, stdio.length), spawnOptions(options, [...stdio, 'pipe']));
  const pipe = child.stdio[stdio.length];
  if (pipe instanceof Socket) {
    pipe.on('error', () => undefined);
    child.once('exit', () => pipe.end(release));
    // The child keeps this process alive, or does not; the pipe need not.
    pipe.unref();
  }
  return child;
}

function spawnOptions(options: SubprocessOptions, stdio: StdioEntry[]): SpawnOptions {
  const { directory, environment, identity } = options;
  return {
    detached: leadsSession(options),
    stdio,
    ...(directory === undefined ? {} : { cwd: directory }),
    ...(environment === undefined ? {} : { env: { ...environment } }),
    ...identity,
  };
}

function check({ descriptors = [], file, onParentDeath, session }: SubprocessOptions): void {
  if (onParentDeath !== 'kill') return;
  if (session === false) throw invalid('leads a session');
  if (file !== undefined) throw invalid('is named by its first argument');
  if (descriptors.length + 3 > supervisedDescriptorMax)
    throw invalid(`has at most ${supervisedDescriptorMax - 3} descriptors`);
}

function invalid(reason: string): ProcessError {
  return new ProcessError('SUBPROCESS_INVALID', `A child that ends with its parent ${reason}`);
}

function leadsSession({ onParentDeath, session }: SubprocessOptions): boolean {
  return session === true || onParentDeath === 'kill';
}

function captureOf(stream: Readable | null, output: Output = 'inherit'): Promise<Captured> | undefined {
  if (stream === null || typeof output === 'string' || !('captureBytesMax' in output)) return undefined;
  return capture(stream, output.captureBytesMax);
}

/** Tells of an end. That the actor which wanted to know has ended is no error. */
async function tell(runtime: ProcessRuntime, onExit: (status: ExitStatus) => unknown, end: ExitStatus): Promise<void> {
  try {
    await onExit(end);
  } catch (error) {
    if (error instanceof ProcessError && error.code === 'PROCESS_TERMINATED') return;
    runtime.logger.error(`What is done at the end of a child failed: ${errorText(error)}`);
  }
}
