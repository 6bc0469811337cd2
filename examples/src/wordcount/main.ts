import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalCluster } from '@mesos-ts/cli';
import { loadFlags } from '@mesos-ts/flags';
import { errorText } from '@mesos-ts/libprocess';
import { wordCountFlags } from './flags.ts';
import { charsetOf, countFiles } from './job.ts';
import { progressDisplay } from './progress.ts';
import { textFiles } from './shards.ts';
import type { LocalCluster } from '@mesos-ts/cli';
import type { FlagValues } from '@mesos-ts/flags';
import type { ProgressDisplay } from './progress.ts';
import type { LeftOut } from './shards.ts';
import type { Totals } from './totals.ts';

const out = process.stdout;
// The longest "word" of a file without spaces is the file.
const wordLengthMax = 100;
const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));

/** Runs the word count. Answers the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const loaded = loadFlags(wordCountFlags, {
    argv,
    env: process.env,
    envPrefix: 'WORDCOUNT_',
    program: 'npm start --',
    about: 'Counts the words of a directory on a local cluster: one task for each piece of it.',
  });
  if (loaded.kind === 'help') {
    out.write(loaded.help);
    return 0;
  }
  if (loaded.kind === 'error') {
    process.stderr.write(`${loaded.error}\n`);
    return 1;
  }
  return runJob(loaded.flags, interruption());
}

/** Aborted by what asks this program to end. It stays deaf to more of it, so that it ends its children in any case. */
function interruption(): AbortSignal {
  const interrupt = new AbortController();
  // Not `once`: a terminal sends Ctrl-C to npm and to this program, and npm passes on its own.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupt.abort(new Error(`Interrupted by ${signal}`));
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      interrupt.abort(new Error('Nobody reads what this program prints'));
    });
  }
  return interrupt.signal;
}

/** The directory to count. npm runs this program in the repository and says where the user is. */
function inputDirectory(input: string | undefined, env: NodeJS.ProcessEnv): string {
  return input === undefined ? docs : resolve(env['INIT_CWD'] ?? process.cwd(), input);
}

async function runJob(flags: FlagValues<typeof wordCountFlags>, signal: AbortSignal): Promise<number> {
  let cluster: LocalCluster | undefined;
  let display: ProgressDisplay | undefined;
  try {
    const { files, leftOut } = await textFiles(inputDirectory(flags.input, process.env));
    tellLeftOut(leftOut);
    if (flags.master === undefined) {
      cluster = await startLocalCluster({
        ip: '127.0.0.1',
        port: flags.port,
        numAgents: flags.num_agents,
        resources: 'cpus:2;mem:1024;disk:4096',
        // What a finished task leaves is offered again this soon; Mesos's own second is for clusters of thousands.
        masterFlags: { allocation_interval: 100 },
      });
      announce(cluster);
    }
    const totals = await countFiles({
      files,
      master: flags.master ?? cluster?.masterAddress ?? '',
      ip: flags.ip,
      charset: charsetOf(process.env),
      taskResources: flags.task_resources,
      ...(flags.shards === undefined ? {} : { shards: flags.shards }),
      onStart: (shards) => {
        out.write(`Counting the words of ${counted(files.length, 'file')} in ${counted(shards, 'shard')}\n`);
        display = progressDisplay(out, shards);
      },
      onProgress: (progress) => display?.show(progress),
      signal,
    });
    display?.stop();
    print(totals, flags.top);
    // As `wc` does: what can be counted is, and the status says that it is not all.
    const status = leftOut.some(({ isError }) => isError) ? 1 : 0;
    if (cluster !== undefined && !flags.exit) {
      out.write('The cluster stays up until Ctrl-C.\n');
      announce(cluster);
      if (!signal.aborted) await once(signal, 'abort');
    }
    return status;
  } catch (error) {
    display?.stop();
    process.stderr.write(`${errorText(error)}\n`);
    return 1;
  } finally {
    await cluster?.close();
  }
}

function tellLeftOut(leftOut: readonly LeftOut[]): void {
  const unreadable = leftOut.filter(({ isError }) => isError);
  for (const { reason } of unreadable) process.stderr.write(`${reason}\n`);
  const others = leftOut.length - unreadable.length;
  if (others > 0) out.write(`Leaving out ${counted(others, 'file')} that ${others === 1 ? 'is' : 'are'} not text\n`);
}

function announce(cluster: LocalCluster): void {
  out.write(`master  ${cluster.masterUrl}\n`);
  for (const url of cluster.agentUrls) out.write(`agent   ${url}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function print(totals: Totals, limit: number): void {
  for (const [word, count] of totals.top(limit))
    out.write(`${String(count).padStart(8)}  ${word.slice(0, wordLengthMax)}\n`);
  out.write(`Total: ${totals.words} words\n`);
}

process.exitCode = await main(process.argv.slice(2));
