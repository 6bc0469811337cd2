import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelLogStorage } from '@mesos-ts/replicated-log';
import { freePort } from './baselines/etcd.ts';
import { forkChild } from './child.ts';
import type { ChildProcess } from 'node:child_process';
import type { LogLoad, LogResult } from './log-load.ts';
import type { ReplicaReady } from './log-replica.ts';

/** Replicas of a log, each an OS process. */
export interface LogCluster {
  /** Has the first replica's writer append. */
  run(load: LogLoad): Promise<LogResult>;
  close(): Promise<void>;
}

/** Starts a log of so many replicas on this machine. */
export async function startLog(replicas: number): Promise<LogCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-log-'));
  const ports = await Promise.all(Array.from({ length: replicas }, () => freePort()));
  const children = ports.map((port, index) => forkReplica(port, join(folder, `${index}`), ports));
  await Promise.all(children.map((child) => once(child, 'message')));
  const [writer] = children;
  return {
    run: async (load) => {
      writer?.send(load);
      return ((await once(writer ?? process, 'message')) as [LogResult])[0];
    },
    close: async () => {
      await Promise.all(children.map((child) => end(child)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What recovery costs. */
export interface Recovery {
  /** A replica that was stopped: how long it reads its disk. */
  readonly reads: ReplicaReady;
  /** A replica whose disk was lost: how long it learns the log from two others. */
  readonly learns: ReplicaReady;
}

/** Makes a log of so many entries of 128 bytes, and restarts its replicas, one of them with an empty disk. */
export async function measureRecovery(entries: number): Promise<Recovery> {
  const folder = await mkdtemp(join(tmpdir(), 'benchmark-log-'));
  const path = (index: number): string => join(folder, `${index}`);
  const children: ChildProcess[] = [];
  try {
    for (const index of [0, 1]) await fill(path(index), entries);
    const ports = await Promise.all(Array.from({ length: 3 }, () => freePort()));
    const ready: ReplicaReady[] = [];
    for (const index of [0, 1, 2]) {
      const child = forkReplica(ports[index] ?? 0, path(index), ports);
      children.push(child);
      ready.push(((await once(child, 'message')) as [ReplicaReady])[0]);
    }
    const [reads, , learns] = ready;
    if (reads === undefined || learns === undefined) throw new Error('A replica did not start');
    return { reads, learns };
  } finally {
    await Promise.all(children.map((child) => end(child)));
    await rm(folder, { recursive: true, force: true });
  }
}

function forkReplica(port: number, path: string, ports: readonly number[]): ChildProcess {
  const quorum = Math.floor(ports.length / 2) + 1;
  const members = ports.map((one) => `log-replica(1)@127.0.0.1:${one}`).join(',');
  return forkChild('log-replica.js', [`${port}`, path, `${quorum}`, members]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}

async function fill(path: string, entries: number): Promise<void> {
  const storage = levelLogStorage({ path });
  await storage.recover();
  await storage.persist({ metadata: { status: 'VOTING', promised: 1 } });
  const bytes = Buffer.alloc(128, 'entry ');
  const group = 10_000;
  for (let from = 0; from < entries; from += group) {
    const actions = Array.from({ length: Math.min(group, entries - from) }, (_, index) => ({
      position: from + index,
      promised: 1,
      performed: 1,
      value: { type: 'append', bytes } as const,
    }));
    await storage.persist({ actions, learned: [{ from, to: from + actions.length - 1 }] });
  }
  await storage.close();
}
