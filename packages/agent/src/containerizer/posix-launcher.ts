/**
 * Starts the processes of containers as children of the agent that outlive it: each leads a session of its own, reads nothing and
 * writes to files in its sandbox. Kills a container with all that came of it.
 */
import { constants as fileConstants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { ProcessError, errorText } from '@mesos-ts/libprocess';
import type { ProcessRuntime } from '@mesos-ts/libprocess';
import {
  listProcesses,
  processKey,
  sendSignal,
  signalAll,
  subprocess,
  waitStatus,
} from '@mesos-ts/libprocess/subprocess';
import type { ProcessEntry } from '@mesos-ts/libprocess/subprocess';

import { destroyRoundsMax, destroyRoundMs } from '../constants.ts';
import { AgentError } from '../errors.ts';
import { containerProcesses, sandboxesOf } from './process-tree.ts';
import type { Identity, LaunchSpec, LaunchedProcess, Launcher } from './launcher.ts';

interface Launched {
  readonly pid: number;
  /** Undefined where there is no `/proc`. */
  readonly startTicks: number | undefined;
  /** What the environment of the container's processes names and no other's. */
  readonly sandbox: string;
  readonly exited: Promise<number>;
}

/** The launcher `posix`. */
export class PosixLauncher implements Launcher {
  readonly #runtime: ProcessRuntime;
  readonly #containers = new Map<string, Launched>();
  readonly #index = new SandboxIndex();

  constructor(runtime: ProcessRuntime) {
    this.#runtime = runtime;
  }

  async launch(containerId: string, spec: LaunchSpec): Promise<LaunchedProcess> {
    const output = await openLog(spec.directory, 'stdout', spec.identity);
    try {
      const errors = await openLog(spec.directory, 'stderr', spec.identity);
      try {
        const launched = await start(this.#runtime, spec, output.fd, errors.fd);
        this.#containers.set(containerId, launched);
        return launched;
      } finally {
        await errors.close();
      }
    } finally {
      await output.close();
    }
  }

  async destroy(containerId: string): Promise<void> {
    const launched = this.#containers.get(containerId);
    if (launched === undefined) return;
    const known = new Set<string>();
    for (let round = 0; round < destroyRoundsMax; round++) {
      if (!killRound(launched, known, this.#index)) {
        await launched.exited;
        this.#containers.delete(containerId);
        return;
      }
      await this.#pause();
    }
    throw new AgentError('CONTAINER_DESTROY_FAILED', `Cannot kill every process of container '${containerId}'`);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#runtime.clock.timer(destroyRoundMs, resolve);
    });
  }
}

/** Opens a file for output in a sandbox, for appending. A link that stands in its place is not followed: it may lead anywhere. */
export async function openLog(directory: string, name: string, identity: Identity | undefined): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fileConstants;
  const file = await open(join(directory, name), O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o644);
  try {
    if (identity !== undefined && process.geteuid?.() === 0) await file.chown(identity.uid, identity.gid);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function start(runtime: ProcessRuntime, spec: LaunchSpec, output: number, errors: number): Promise<Launched> {
  const { argv0, arguments: rest, directory, environment, file, identity } = spec;
  try {
    const child = await subprocess(runtime, [argv0 ?? file, ...rest], {
      directory,
      environment,
      file,
      ...(identity !== undefined && process.geteuid?.() === 0 ? { identity } : {}),
      // The agent may end before its executors do.
      keepsAlive: false,
      // No signal to the agent or its terminal reaches it.
      session: true,
      stdin: 'ignore',
      stdout: { fd: output },
      stderr: { fd: errors },
    });
    const exited = child.status.then(waitStatus);
    return { pid: child.pid, startTicks: child.startTicks, sandbox: directory, exited };
  } catch (error) {
    const reason = errorText(error instanceof ProcessError ? error.cause : error);
    throw new AgentError('AGENT_LAUNCH_FAILED', `Failed to start '${file}': ${reason}`, { cause: error });
  }
}

/**
 * Which sandbox each process of this machine was started for. Processes are asked once: what they inherit they have from the start,
 * and one that forgets it later still counts.
 */
class SandboxIndex {
  #sandboxes = new Map<string, readonly string[]>();

  /** Learns of new processes, forgets those that have ended, and answers which are of a sandbox. */
  processesOf(sandbox: string, processes: readonly ProcessEntry[]): Set<number> {
    const known = new Map<string, readonly string[]>();
    const found = new Set<number>();
    for (const entry of processes) {
      const key = processKey(entry);
      const sandboxes = this.#sandboxes.get(key) ?? sandboxesOf(entry.pid);
      known.set(key, sandboxes);
      if (sandboxes.includes(sandbox)) found.add(entry.pid);
    }
    this.#sandboxes = known;
    return found;
  }
}

/** Kills what is found of a container. Answers whether anything was. */
function killRound(launched: Launched, known: Set<string>, index: SandboxIndex): boolean {
  const { pid, startTicks } = launched;
  if (startTicks === undefined) return sendSignal(-pid, 'SIGKILL');
  return signalAll(() => findProcesses(launched, startTicks, known, index), 'SIGKILL') > 0;
}

function findProcesses(
  launched: Launched,
  rootStartTicks: number,
  known: Set<string>,
  index: SandboxIndex,
): ProcessEntry[] {
  const processes = listProcesses() ?? [];
  const marked = index.processesOf(launched.sandbox, processes);
  const found = containerProcesses(processes, {
    rootPid: launched.pid,
    rootStartTicks,
    known,
    isMarked: (entry) => marked.has(entry.pid),
  }).filter((entry) => !entry.isZombie && entry.pid !== process.pid && entry.pid !== 1);
  for (const entry of found) known.add(processKey(entry));
  return found;
}
