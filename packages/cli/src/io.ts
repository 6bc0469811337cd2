import { once } from 'node:events';
import { SystemClock } from '@mesos-ts/libprocess';
import { PipeReaders } from './pipe-readers.ts';

/** What a command has of its surroundings. */
export interface Io {
  stdout(text: string): void;
  /** Writes to stdout what may be much, as fast as its reader takes it. Rejects when the signal is aborted meanwhile. */
  pipe(chunks: AsyncIterable<Uint8Array | string>, signal?: AbortSignal): Promise<void>;
  stderr(text: string): void;
  /** Calls back for each such signal, once for the same that comes twice within a moment; answers how to stop that. */
  onSignal(signal: NodeJS.Signals, callback: () => void): () => void;
  /** Who reads stdout, where that can be told. */
  readers(): Promise<Pick<PipeReaders, 'areGone'> | undefined>;
}

/** Environment variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A command: takes the arguments after its name, and answers the exit status. */
export interface Command {
  (argv: readonly string[], env: Variables, io: Io): Promise<number>;
  /** The flags that it takes, for shells that complete them. */
  readonly flagNames?: readonly string[];
}

// A terminal sends Ctrl-C to npm and to the program, and npm passes on its own: one keystroke arrives twice.
const signalRepeatMs = 500;

/** The surroundings of this OS process. A reader who goes away (`mesos tasks | head -1`) ends it without a fuss. */
export const processIo: Io = {
  stdout: (text) => {
    process.stdout.write(text);
  },
  pipe: async (chunks, signal) => {
    for await (const chunk of chunks) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
    }
  },
  stderr: (text) => {
    process.stderr.write(text);
  },
  onSignal: (signal, callback) => {
    const clock = new SystemClock();
    let last = Number.NEGATIVE_INFINITY;
    const listener = (): void => {
      const isRepeated = clock.monotonic() - last < signalRepeatMs;
      last = clock.monotonic();
      if (!isRepeated) callback();
    };
    process.on(signal, listener);
    return () => {
      process.off(signal, listener);
    };
  },
  readers: () => PipeReaders.of(process.stdout.fd),
};

/** Runs a command as this OS process. */
export async function runAsProcess(command: Command): Promise<void> {
  let isBroken = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    isBroken = true;
    if (error.code !== 'EPIPE') process.stderr.write(`mesos: Cannot write: ${error.message}\n`);
    // What runs children must end them first: for it, output that nobody reads is a request to end.
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  process.stderr.on('error', () => {
    // There is nobody left to tell.
  });
  process.exitCode = await command(process.argv.slice(2), process.env, processIo);
  // All is closed by then. A connection to etcd that is still being made to a host that is away would hold the process for minutes.
  process.stdout.write('', (failure) => {
    // Whoever hears of an error that is yet to be told says so, and what the status is.
    if (failure instanceof Error && !isBroken) process.stdout.once('error', exitWhenTold);
    else exitWhenTold();
  });
}

/** Ends this OS process when all that it had to say has been written. */
function exitWhenTold(): void {
  process.stderr.write('', () => process.exit());
}
