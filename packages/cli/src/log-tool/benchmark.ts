import { readFile, writeFile } from 'node:fs/promises';
import { defineFlags, flag, formatBytes, formatDuration, parseBytes } from '@mesos-ts/flags';
import { SystemRandom, errorText } from '@mesos-ts/libprocess';
import type { LogWriter } from '@mesos-ts/replicated-log';
import { CliError } from '../errors.ts';
import { command } from '../program.ts';
import { within } from './deadline.ts';
import { openSession, replicaFlags } from './log-session.ts';

/** How long Mesos's tool waits. */
const startTimeoutMs = 15_000;
const appendTimeoutMs = 10_000;
/** What a log takes at once. */
const entryBytesMax = 32 * 1_024 * 1_024;
/** So much is random before it repeats itself. */
const noiseBytes = 1_024 * 1_024;
/** How often it says how far it is. */
const progressMs = 1_000;

/** `mesos-log benchmark`: how long appends take. */
export const benchmarkCommand = command({
  name: 'mesos-log benchmark',
  flags: defineFlags({
    ...replicaFlags,
    input: flag.path({
      required: true,
      help: 'Path to the input trace file. Each line in the trace file specifies the size of the append (e.g. 100B, 2MB, etc.)',
    }),
    output: flag.path({ required: true, help: 'Path to the output file' }),
    type: flag.choice({
      choices: ['zero', 'one', 'random'],
      default: 'random',
      help: 'Type of data to be written (zero, one, random)\n  zero:   all bits are 0\n  one:    all bits are 1\n  random: all bits are randomly chosen',
    }),
  }),
  about:
    'Measures the log: takes a trace file of write sizes and replays it, one append after the other, each of which is on the disks of a quorum ' +
    'when it ends. The output has a line for each.',
  example:
    'mesos-log benchmark --path=/tmp/log --quorum=1 --replicas=127.0.0.1:5060 --ip=127.0.0.1 --port=5060 --input=trace --output=times',
  run: async (flags, _rest, io, env) => {
    let isInterrupted = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      io.onSignal(signal, () => {
        isInterrupted = true;
      });
    }
    const sizes = await readTrace(flags.input);
    // Before the work, not after it.
    await save(flags.output, []);
    const data = dataOf(flags.type, Math.max(0, ...sizes));
    const session = await openSession(flags, env, io);
    const { clock, log } = session;
    const lines: string[] = [];
    const begun = clock.monotonic();
    try {
      const writer = log.writer();
      await start(writer, clock);
      let told = clock.monotonic();
      for (const size of sizes) {
        if (isInterrupted) break;
        const since = clock.monotonic();
        const position = await within(appendTimeoutMs, 'appending', writer.append(data.subarray(0, size)));
        if (position === 'demoted') throw failed('Failed to append: exclusive write promise lost');
        const now = clock.monotonic();
        lines.push(`${timeText(clock.now())} Appended ${size} bytes in ${(now - since).toFixed(6)} ms\n`);
        if (now - told < progressMs) continue;
        told = now;
        io.stderr(`Appended ${lines.length} of ${sizes.length}\n`);
      }
    } finally {
      await session.close();
      await save(flags.output, lines);
    }
    io.stdout(`Total number of appends: ${lines.length}\n`);
    io.stdout(`Total time used: ${formatDuration(clock.monotonic() - begun)}\n`);
    if (isInterrupted) io.stderr('Interrupted\n');
    return isInterrupted ? 1 : 0;
  },
});

/** Wins the right to write, which takes a few attempts while replicas come up. */
async function start(writer: LogWriter, clock: { monotonic(): number }): Promise<void> {
  const until = clock.monotonic() + startTimeoutMs;
  for (;;) {
    const timeoutMs = until - clock.monotonic();
    if (timeoutMs <= 0) throw failed('Failed to start a log writer: timed out');
    if ((await writer.start({ timeoutMs })) !== 'lost') return;
  }
}

async function readTrace(path: string): Promise<number[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw failed(`Failed to open the trace file: ${errorText(error)}`, error);
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => {
    const { error, value } = parseBytes(line.trim());
    if (error !== undefined) throw failed(`Failed to parse the trace file, line ${index + 1}: ${error}`);
    if (value > entryBytesMax) {
      throw failed(
        `Failed to parse the trace file, line ${index + 1}: a log takes up to ${formatBytes(entryBytesMax)} at once`,
      );
    }
    return value;
  });
}

async function save(path: string, lines: readonly string[]): Promise<void> {
  try {
    await writeFile(path, lines.join(''));
  } catch (error) {
    throw failed(`Failed to open the output file: ${errorText(error)}`, error);
  }
}

/** What the appends are parts of. */
function dataOf(type: 'zero' | 'one' | 'random', length: number): Buffer {
  if (type !== 'random') return Buffer.alloc(length, type === 'one' ? 0xff : 0);
  const random = new SystemRandom();
  const noise = Uint8Array.from({ length: Math.min(length, noiseBytes) }, () => Math.floor(random.next() * 256));
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, noise);
}

/** A moment as Mesos prints it. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '+00:00');
}

function failed(problem: string, cause?: unknown): CliError {
  return new CliError('CLI_LOG_FAILED', problem, { cause });
}
