/**
 * Prints, as JSON, a {@link LogContents}: what a replica has in the directory that is its only argument, and the registry that this makes. Nobody may have
 * the directory open.
 */
import { SystemClock, SystemRandom } from '@mesos-ts/libprocess';
import { decode, toJson } from '@mesos-ts/protocol';
import { levelLogStorage } from '@mesos-ts/replicated-log';
import type { LogReader, LogWriter } from '@mesos-ts/replicated-log';
import { LogStorage, State } from '@mesos-ts/state';

/** What a replica has on its disk. */
export interface LogContents {
  readonly begin: number;
  readonly end: number;
  /** From `begin` on, ascending. A position without a value is left out. */
  readonly actions: readonly {
    readonly position: number;
    /** Whether it is known here to be what was decided. The disk is told of that a little later, with whatever is written next. */
    readonly isLearned: boolean;
    readonly value: string;
  }[];
  /** As `/registrar(1)/registry` shows it; undefined where there is none, or something is missing. */
  readonly registry: unknown;
}

const storage = levelLogStorage({ path: process.argv[2] ?? '', create: false });
const { begin, end } = await storage.recover();
const stored = await storage.read(begin, end);
await storage.close();

const values = stored.flatMap(({ learned = false, position, value }) =>
  value === undefined ? [] : [{ position, isLearned: learned, value }],
);
const isWhole = values.length > 0 && values.length === end - begin + 1;

/** What is on the disk as a log that nobody writes. */
const reader: LogReader = {
  beginning: async () => begin,
  ending: async () => end,
  read: async (from, to) =>
    values.flatMap(({ position, value }) =>
      position >= from && position <= to && value.type === 'append' ? [{ position, data: value.bytes }] : [],
    ),
  catchup: async () => end,
};
const refuse = async (): Promise<never> => {
  throw new Error('What is on the disk is only read');
};
const writer: LogWriter = { start: async () => end, append: refuse, truncate: refuse, demoted: refuse, resign: refuse };

async function registry(): Promise<unknown> {
  const random = new SystemRandom();
  const state = new State(new LogStorage({ reader, writer, clock: new SystemClock(), random }), random);
  const { value } = await state.fetch('registry');
  return value.length === 0 ? undefined : toJson('mesos.internal.Registry', decode('mesos.internal.Registry', value));
}

const contents: LogContents = {
  begin,
  end,
  actions: values.map(({ isLearned, position, value }) => ({
    position,
    isLearned,
    value: value.type === 'append' ? `append ${Buffer.from(value.bytes).toString('base64')}` : JSON.stringify(value),
  })),
  registry: isWhole ? await registry() : undefined,
};
console.log(JSON.stringify(contents));
