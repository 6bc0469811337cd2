import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startLocalCluster } from '@mesos-ts/cli';
import { loadFlags } from '@mesos-ts/flags';
import { wordCountFlags } from './flags.ts';
import { charsetOf, countDirectory } from './job.ts';
import { progressDisplay } from './progress.ts';
import type { LocalCluster } from '@mesos-ts/cli';
import type { FlagValues } from '@mesos-ts/flags';
import type { ProgressDisplay } from './progress.ts';
import type { Totals } from './totals.ts';

const out = process.stdout;
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
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupt.abort(new Error(`Interrupted by ${signal}`));
    });
  }
  return runJob(loaded.flags, interrupt.signal);
}

async function runJob(flags: FlagValues<typeof wordCountFlags>, signal: AbortSignal): Promise<number> {
  let cluster: LocalCluster | undefined;
  let display: ProgressDisplay | undefined;
  try {
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
    const totals = await countDirectory({
      input: flags.input === 'docs' ? docs : flags.input,
      master: flags.master ?? cluster?.masterAddress ?? '',
      ip: flags.ip,
      charset: charsetOf(process.env),
      taskResources: flags.task_resources,
      ...(flags.shards === undefined ? {} : { shards: flags.shards }),
      onStart: (files, shards) => {
        out.write(`Counting the words of ${files} files in ${shards} shards\n`);
        display = progressDisplay(out, shards);
      },
      onProgress: (progress) => display?.show(progress),
      signal,
    });
    display?.stop();
    print(totals, flags.top);
    if (cluster !== undefined && !flags.exit) {
      out.write('The cluster stays up until Ctrl-C.\n');
      announce(cluster);
      if (!signal.aborted) await once(signal, 'abort');
    }
    return 0;
  } catch (error) {
    display?.stop();
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await cluster?.close();
  }
}

function announce(cluster: LocalCluster): void {
  out.write(`master  ${cluster.masterUrl}\n`);
  for (const url of cluster.agentUrls) out.write(`agent   ${url}\n`);
}

function print(totals: Totals, limit: number): void {
  for (const [word, count] of totals.top(limit)) out.write(`${String(count).padStart(8)}  ${word}\n`);
  out.write(`Total: ${totals.words} words\n`);
}

process.exitCode = await main(process.argv.slice(2));
