import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';

const bin = fileURLToPath(new URL('../../../bin/', import.meta.url));

/** A program of `bin/` that is running, and what it has printed. */
export class Running {
  readonly child: ChildProcess;
  /** Resolves to its exit code and the signal that ended it, of which one is null. */
  readonly exit: Promise<unknown[]>;
  out = '';

  /** @param env Its whole environment. @default that of the tests */
  constructor(program: string, argv: readonly string[], env?: Readonly<Record<string, string | undefined>>) {
    this.child = spawn(process.execPath, [join(bin, program), ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: env ?? process.env,
    });
    this.exit = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.out += text;
        this.child.emit('printed');
      });
    }
  }

  /** Resolves to the match when the program has printed it. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`It has ended: ${this.out}`);
      await Promise.race([once(this.child, 'printed'), this.exit]);
    }
  }
}
