/**
 * Starts the processes of containers as children of the agent that outlive it: each leads a session of its own, reads nothing and
 * writes to files in its sandbox. Kills a container with all that came of it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants as fileConstants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';

import { errorText } from '@mesos-ts/libprocess';
import type { Clock } from '@mesos-ts/libprocess';

import { DESTROY_ROUNDS_MAX, DESTROY_ROUND_MS } from '../constants.ts';
import { AgentError } from '../errors.ts';
import { containerProcesses, listProcesses, processKey, readProcess, sandboxesOf } from './process-tree.ts';
import type { ProcessEntry } from './process-tree.ts';
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
  readonly #clock: Clock;
  readonly #containers = new Map<string, Launched>();
  readonly #index = new SandboxIndex();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async launch(containerId: string, spec: LaunchSpec): Promise<LaunchedProcess> {
    const output = await openLog(spec.directory, 'stdout', spec.identity);
    try {
      const errors = await openLog(spec.directory, 'stderr', spec.identity);
      try {
        const launched = await start(spec, output.fd, errors.fd);
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
    for (let round = 0; round < DESTROY_ROUNDS_MAX; round++) {
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
      this.#clock.timer(DESTROY_ROUND_MS, resolve);
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

function start(spec: LaunchSpec, output: number, errors: number): Promise<Launched> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const reason = errorText(error);
      reject(new AgentError('AGENT_LAUNCH_FAILED', `Failed to start '${spec.file}': ${reason}`, { cause: error }));
    };
    let child: ChildProcess;
    try {
      child = spawn(spec.file, [...spec.arguments], {
        argv0: spec.argv0 ?? spec.file,
        cwd: spec.directory,
        // A session of its own: no signal to the agent or its terminal reaches it.
        detached: true,
        env: spec.environment,
        stdio: ['ignore', output, errors],
        ...(spec.identity !== undefined && process.geteuid?.() === 0 ? spec.identity : {}),
      });
    } catch (error) {
      // Arguments that no process can have, such as ones with a zero byte.
      fail(error);
      return;
    }
    child.once('error', fail);
    const { pid } = child;
    if (pid === undefined) return;
    // The agent may end before its executors do.
    child.unref();
    const exited = new Promise<number>((resolveExited) => {
      child.once('exit', (code, signal) => {
        resolveExited(waitStatus(code, signal));
      });
    });
    resolve({ pid, startTicks: readProcess(pid)?.startTicks, sandbox: spec.directory, exited });
  });
}

/** The status that wait(2) would tell. */
function waitStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 0) * 256 : osConstants.signals[signal];
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
  if (launched.startTicks === undefined) return sendSignal(-launched.pid, 'SIGKILL');
  let found = findProcesses(launched, launched.startTicks, known, index);
  // Stopped processes cannot start others; once a look finds no more, killing them kills all.
  for (let before = -1; found.length !== before;) {
    before = found.length;
    for (const entry of found) sendSignal(entry.pid, 'SIGSTOP');
    found = findProcesses(launched, launched.startTicks, known, index);
  }
  for (const entry of found) sendSignal(entry.pid, 'SIGKILL');
  return found.length > 0;
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

/** Sends a signal. Answers whether there was anybody to receive it. */
function sendSignal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
