import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.ts';
import { waitUntil } from '../wait-until.ts';
import { Program } from './program.ts';

const readyMs = 120_000;

/** A master and an agent as programs on this machine's loopback, with ports and folders of their own. */
export class LocalCluster implements AsyncDisposable {
  readonly master: string;
  readonly agent: string;
  /** For what belongs to the test; goes with the cluster. */
  readonly folder: string;
  readonly #programs: Program[];

  private constructor(folder: string, programs: Program[], urls: { readonly master: string; readonly agent: string }) {
    this.folder = folder;
    this.#programs = programs;
    this.master = urls.master;
    this.agent = urls.agent;
  }

  /** Starts both, and waits until the agent is registered. */
  static async start(masterFlags: readonly string[] = []): Promise<LocalCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'mesos-ts-local-'));
    const programs: Program[] = [];
    try {
      const master = await daemon(programs, folder, 'master', [
        '--registry=in_memory',
        '--allocation_interval=200ms',
        ...masterFlags,
      ]);
      const agent = await daemon(programs, folder, 'agent', [
        `--master=${master.slice('http://'.length)}`,
        '--launcher=posix',
        '--isolation=posix/cpu,posix/mem',
        '--registration_backoff_factor=100ms',
        '--executor_shutdown_grace_period=2secs',
        `--runtime_dir=${join(folder, 'runtime')}`,
        `--fetcher_cache_dir=${join(folder, 'cache')}`,
        '--resources=cpus:4;mem:2048;disk:4096;ports:[31000-31999]',
      ]);
      const cluster = new LocalCluster(folder, programs, { master, agent });
      await waitUntil(
        'the agent is registered',
        () => cluster.json<{ slaves: unknown[] }>('/slaves'),
        ({ slaves }) => slaves.length === 1,
      );
      return cluster;
    } catch (error) {
      await end(programs, folder);
      throw error;
    }
  }

  /** Runs a program beside the daemons; it is ended with them. */
  run(name: string, command: string, args: readonly string[]): Program {
    const program = new Program(name, command, args);
    this.#programs.push(program);
    return program;
  }

  /** What the master answers on one of its v0 endpoints. */
  async json<T>(path: string): Promise<T> {
    const response = await fetch(`${this.master}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The last lines of every program, for the report of a failure. */
  report(): string {
    return this.#programs.map(({ name, output }) => `--- ${name}\n${output.tail(40)}`).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#programs, this.folder);
  }
}

async function daemon(programs: Program[], folder: string, name: string, flags: readonly string[]): Promise<string> {
  const [work, log] = [join(folder, name), join(folder, `${name}-log`)];
  await mkdir(log);
  const program = new Program(name, process.execPath, [
    join(repositoryRoot, `packages/${name}/bin/mesos-${name}.js`),
    '--ip=127.0.0.1',
    '--hostname=localhost',
    '--port=0',
    `--work_dir=${work}`,
    `--log_dir=${log}`,
    ...flags,
  ]);
  programs.push(program);
  const [, url = ''] = await program.output.waitFor(/ serves (http:\S+)/, readyMs);
  return url;
}

/** Ends what was started last first. */
async function end(programs: Program[], folder: string): Promise<void> {
  for (const program of programs.toReversed()) await program.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
