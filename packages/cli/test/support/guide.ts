// Documents whose commands tests run as they are written.
import { spawnSync } from 'node:child_process';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { Running } from './running.ts';
import type { ExecutionContext } from 'ava';

/** Environment variables. */
export type Variables = Readonly<Record<string, string>>;

/** The shell commands of a document, block by block. */
export function commandBlocks(document: string): string[] {
  return [...document.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
}

/** Runs commands in a folder until one fails; answers what they print. Throws what they complain about when one fails. */
export function shell(folder: string, script: string): string {
  const { status, stderr, stdout } = spawnSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The variables of libprocess that are set after commands were run in a folder. */
export function variablesAfter(folder: string, commands: string): Variables {
  const lines = shell(folder, `${commands}\nenv`).split('\n');
  const variables = lines.filter((line) => line.startsWith('LIBPROCESS_'));
  return Object.fromEntries(variables.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

/** A folder for a test's files. To be made before the programs are started, which end first then. */
export async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder();
  t.teardown(async () => {
    await folder[Symbol.asyncDispose]();
  });
  return folder.path;
}

/** `mesos` with these arguments, and no other variables than these. */
function mesos(argv: readonly string[], variables: Variables = {}): Running {
  return new Running('mesos.js', argv, { PATH: process.env['PATH'], ...variables });
}

/** Starts `mesos`, which runs until the end of the test. */
export function start(t: ExecutionContext, argv: readonly string[], variables: Variables = {}): Running {
  const running = mesos(argv, variables);
  t.teardown(async () => {
    running.child.kill('SIGTERM');
    await running.exit;
  });
  return running;
}

/** Runs `mesos` to its end. */
export async function run(
  argv: readonly string[],
  variables: Variables = {},
): Promise<{ status: unknown; out: string }> {
  const running = mesos(argv, variables);
  const [status] = await running.exit;
  return { status, out: running.out };
}
