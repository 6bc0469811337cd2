import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { NodeOutput } from '../node-output.ts';

const stopMs = 20_000;

/** A program on this machine, whose output is kept. */
export class Program {
  readonly name: string;
  readonly output = new NodeOutput();
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;

  /** Starts it in a process group of its own. */
  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#child = spawn(command, args, { detached: true, stdio: 'pipe' });
    this.#ended = once(this.#child, 'close').then(
      () => {
        this.output.end();
      },
      (error: unknown) => {
        this.output.append(String(error));
        this.output.end();
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output.append(text);
      });
    }
    // One that has ended does not read; what it said last tells why.
    this.#child.stdin.on('error', () => undefined);
  }

  /** Gives it a line to read. */
  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits until it has ended by itself. @returns its exit status, or the signal that ended it. */
  async waitForExit(): Promise<number | string | undefined> {
    await this.#ended;
    return this.#child.exitCode ?? this.#child.signalCode ?? undefined;
  }

  /** Ends it; one that does not within 20 seconds is killed. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => {
      this.#signal('SIGKILL');
    }, stopMs);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it and what it started in its group, at once. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, signal);
  }
}
