import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock, after } from '@mesos-ts/libprocess';
import { freePort } from '@mesos-ts/libprocess/testing';
import type { ChildProcess } from 'node:child_process';

// Far more than it takes on a busy machine.
const startsWithinMs = 120_000;
const attemptMs = 50;

/** How a server is run. */
export interface ServerProgram {
  readonly file: string;
  /** Its arguments, with a folder of its own and a port on this machine that nobody uses. */
  readonly arguments: (folder: string, port: number) => readonly string[];
  /** What it has in its environment, besides what is in this one's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Writes its files. */
  readonly prepare?: (folder: string, port: number) => Promise<void>;
}

/** Whether a program is there. */
export function hasProgram(file: string, ...args: string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore' }).error === undefined;
}

/** A server on this machine, as a child process with a folder of its own, which a test may pause, kill and start again. */
export class TestServer implements AsyncDisposable {
  readonly #program: ServerProgram;
  /** Its working directory. */
  readonly folder: string;
  readonly port: number;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(program: ServerProgram, folder: string, port: number) {
    this.#program = program;
    this.folder = folder;
    this.port = port;
  }

  /** What it has printed last. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it accepts connections. Rejects with what it has said when it does not. */
  static async start(program: ServerProgram): Promise<TestServer> {
    const folder = await mkdtemp(join(tmpdir(), 'mesos-ts-election-'));
    const server = new TestServer(program, folder, await freePort());
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Starts it, again after `kill`, with what it has in its folder. */
  async start(): Promise<void> {
    await this.#program.prepare?.(this.folder, this.port);
    const child = spawn(this.#program.file, this.#program.arguments(this.folder, this.port), {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { ...process.env, ...this.#program.environment },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        this.#output = (this.#output + bytes.toString()).slice(-4096);
      });
    }
    // What it said at last may be read later than it has ended.
    const closed = once(child, 'close').catch((error: unknown) => {
      this.#output += String(error);
    });
    const clock = new SystemClock();
    const deadlineMs = clock.monotonic() + startsWithinMs;
    while (!(await accepts(this.port))) {
      if (child.exitCode !== null || clock.monotonic() > deadlineMs) {
        if (child.exitCode !== null) await closed;
        throw new Error(`${this.#program.file} does not start: ${this.#output}`);
      }
      await after(clock, attemptMs);
    }
  }

  /** It goes on being there, and does nothing. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Removes all that it has kept; to be called while it does not run. */
  async forget(): Promise<void> {
    await rm(join(this.folder, 'data'), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}
