import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';

/** Runs a file of this folder as another OS process, whose first message tells that it is ready. It ends when it is disconnected, or with this one. */
export function forkChild(
  file: string,
  argv: readonly string[] = [],
  variables: Readonly<Record<string, string | undefined>> = {},
): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), argv, { env: { ...process.env, ...variables } });
}

/** Tells the parent of such a process that it is ready, and has it end with its parent. */
export function tellParent(told: unknown): void {
  process.send?.(told);
  process.once('disconnect', () => {
    process.exit(0);
  });
}
