import { fileURLToPath } from 'node:url';
import { runScheduler } from '@mesos-ts/scheduler';
import { WordCountScheduler } from './framework.ts';
import { ShardServer } from './shard-server.ts';
import { cutShards } from './shards.ts';
import type { MasterAddress } from '@mesos-ts/scheduler';
import type { Charset } from './count.ts';
import type { Progress } from './framework.ts';
import type { TextFile } from './shards.ts';
import type { Totals } from './totals.ts';

/** Options of `countFiles`. */
interface JobOptions {
  /** At least one. */
  readonly files: readonly TextFile[];
  readonly master: MasterAddress;
  readonly ip: string;
  readonly charset: Charset;
  readonly taskResources: string;
  /** About how many tasks to make. @default as many as the input is worth, at most 64 */
  readonly shards?: number;
  /** Called once, before the first task. */
  readonly onStart: (shards: number) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

// Small enough that the documents of a repository make a dozen tasks, large enough that a task is not all start-up.
const shardBytesMin = 1024;
const shardsMax = 64;

/** Counts the words of text files on a cluster. */
export async function countFiles(options: JobOptions): Promise<Totals> {
  const { files } = options;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const shardBytes =
    options.shards === undefined ? Math.max(shardBytesMin, bytes / shardsMax) : Math.max(1, bytes / options.shards);
  const shards = await cutShards(files, Math.ceil(shardBytes));
  const server = await ShardServer.start(shards, fileURLToPath(new URL('count.js', import.meta.url)), options.ip);
  try {
    options.onStart(shards.length);
    const scheduler = new WordCountScheduler({
      master: options.master,
      shards: shards.length,
      shardUrl: (shard) => server.shardUrl(shard),
      programUrl: server.programUrl,
      charset: options.charset,
      taskResources: options.taskResources,
      onProgress: options.onProgress,
    });
    await runScheduler(scheduler, { ip: options.ip, signal: options.signal });
    options.signal.throwIfAborted();
    return scheduler.totals;
  } finally {
    await server.close();
  }
}

/** What `wc -w` would take for a character in this environment (POSIX.1, section 8.2). */
export function charsetOf(env: NodeJS.ProcessEnv): Charset {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /\.utf-?8/i.test(locale ?? '') ? 'utf-8' : 'bytes';
}
