import { defineFlags, flag } from '@mesos-ts/flags';
import { levelLogStorage } from '@mesos-ts/replicated-log';
import type { Action, LogStorage } from '@mesos-ts/replicated-log';
import { CliError } from '../errors.ts';
import { command } from '../program.ts';
import { within } from './deadline.ts';

/** So many bytes are in memory at a time. */
const pieceBytes = 1_024 * 1_024;

/** `mesos-log read`: what a replica has on its disk. */
export const readCommand = command({
  name: 'mesos-log read',
  flags: defineFlags({
    path: flag.path({ required: true, help: 'Path to the log.' }),
    from: flag.integer({ min: 0, help: 'Position from which to start reading the log. Without it, its beginning.' }),
    to: flag.integer({ min: 0, help: 'Position at which to stop reading the log. Without it, its ending.' }),
    timeout: flag.duration({
      min: 0,
      help: 'Maximum time allowed for the command to finish (e.g., 500ms, 1secs, etc.).',
    }),
  }),
  about:
    'Prints what the replica in a directory has on its disk, which no program may have open. An action that is not learned may or may not ' +
    'be what the replicas have decided.',
  example: 'mesos-log read --path=/var/lib/mesos/replicated_log --from=10 --to=20',
  run: async ({ path, from, to, timeout }, _rest, io) => {
    const storage = levelLogStorage({ path, create: false });
    const read = async (): Promise<void> => {
      const { begin, end } = await storage.recover();
      const [first, last] = [from ?? begin, to ?? end];
      if (first > last) throw refused(`from ${first} to ${last} is no range`);
      if (first < begin) throw refused(`position ${first} is truncated, the log begins at ${begin}`);
      if (last > end) throw refused(`position ${last} is behind the end of the log, ${end}`);
      io.stderr(`Reading the log from ${first} to ${last}\n`);
      await io.pipe(textOf(storage, first, last));
    };
    try {
      await within(timeout, 'reading the log', read());
    } finally {
      await storage.close();
    }
    return 0;
  },
});

function refused(why: string): CliError {
  return new CliError('CLI_RANGE_INVALID', `Cannot read the log: ${why}`);
}

async function* textOf(storage: LogStorage, from: number, to: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = from; position <= to;) {
    const actions = await storage.read(position, to, pieceBytes);
    const last = actions.at(-1);
    if (last === undefined) return;
    yield Buffer.from(actions.map((action) => actionText(action)).join(''));
    position = last.position + 1;
  }
}

/** An action as protobuf prints it for debugging, which Mesos's tool does. */
function actionText({ position, promised, performed, learned, value }: Action): string {
  const lines = ['-'.repeat(46), `position: ${position}`, `promised: ${promised}`];
  if (performed !== undefined) lines.push(`performed: ${performed}`);
  if (learned === true) lines.push('learned: true');
  if (value !== undefined) lines.push(`type: ${value.type.toUpperCase()}`);
  if (value?.type === 'nop') lines.push('nop {', ...(value.tombstone === true ? ['  tombstone: true'] : []), '}');
  if (value?.type === 'append') lines.push('append {', `  bytes: "${escaped(value.bytes)}"`, '}');
  if (value?.type === 'truncate') lines.push('truncate {', `  to: ${value.to}`, '}');
  return `${lines.join('\n')}\n`;
}

const named: ReadonlyMap<number, string> = new Map([
  [9, '\\t'],
  [10, '\\n'],
  [13, '\\r'],
  [34, '\\"'],
  [39, "\\'"],
  [92, '\\\\'],
]);

/** Bytes as protobuf writes them: those that cannot be printed in octal. */
function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const printable = byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
    text += named.get(byte) ?? printable;
  }
  return text;
}
