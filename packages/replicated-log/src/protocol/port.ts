import type { LogWrite } from '../storage/log-storage.ts';
import type { Action, Interval } from './action.ts';
import type { LogMessage, LogRequest, LogResponse } from './message.ts';

/** A timer that was asked for. */
export type TimerId = number;

/** How a proposer acts. Nothing happens at once: what it asks for becomes an effect of the step that is being taken. */
export interface ProposerPort {
  /** This replica. */
  readonly self: string;
  /** All replicas, this one included. */
  members(): ReadonlySet<string>;
  /** Whether there may be replicas that are not known yet. */
  areMembersKnown(): boolean;
  send(to: string, message: LogRequest): void;
  /** To all replicas, this one included. */
  broadcast(message: LogRequest): void;
  /** An id for requests; answers to it come here until it is forgotten. */
  expect(handler: (from: string, response: LogResponse) => void): number;
  forget(id: number): void;
  /** Calls back after a time that is drawn from `minMs` to `maxMs`. */
  after(minMs: number, maxMs: number, callback: () => void): TimerId;
  cancel(timer: TimerId): void;
}

/** How a replica acts. */
export interface ReplicaPort {
  /** What is to be on the disk before anything that is answered from now on leaves. */
  persist(write: LogWrite): void;
  /** Leaves when everything persisted so far is on the disk. */
  reply(to: string, message: LogResponse): void;
  /** Reads from the disk, once everything persisted so far is on it. */
  read(positions: Interval, bytesMax: number, callback: (actions: readonly Action[]) => void): void;
  after(minMs: number, maxMs: number, callback: () => void): TimerId;
}

/** Waiting times, in milliseconds. What is a pair is drawn from between the two. */
export interface LogTiming {
  /** How long a candidate waits for a quorum of promises. */
  readonly electionMs: number;
  /** How long somebody who catches up waits for an answer before asking elsewhere. */
  readonly requestMs: number;
  /** How long after a lost fight about positions the next try begins. */
  readonly backoffMs: readonly [number, number];
  /** How long positions that nobody is known to have learned are left to those who may be writing them. */
  readonly graceMs: number;
  /** How long after it a replica that recovers asks the others again. */
  readonly recoverMs: readonly [number, number];
  /** How long a coordinator waits for acceptances before it asks again. */
  readonly writeMs: number;
  /** How long a replica keeps to itself what it has learned when nothing else is to be written. */
  readonly idleMs: number;
}

/** As in Mesos where it has them: 100 to 200 for backoff, 500 to 1000 for recovery. */
export const defaultTiming: LogTiming = {
  electionMs: 5_000,
  requestMs: 2_000,
  backoffMs: [100, 200],
  graceMs: 1_000,
  recoverMs: [500, 1_000],
  writeMs: 1_000,
  idleMs: 200,
};

/** Bounds of what is said at once. */
export interface LogBounds {
  /** Bytes of entries in one message; a single entry may be larger. */
  readonly messageBytes: number;
  /** Entries in one message, and positions that are caught up with at once. */
  readonly messageEntries: number;
  /** Positions that are decided anew at once. */
  readonly fillEntries: number;
  /** Bytes of one entry. */
  readonly entryBytes: number;
  /** Entries that a writer may have outstanding. */
  readonly outstandingEntries: number;
  /** Bytes of entries that a writer may have outstanding. */
  readonly outstandingBytes: number;
}

export const defaultBounds: LogBounds = {
  messageBytes: 1 << 20,
  messageEntries: 1_024,
  fillEntries: 256,
  entryBytes: 32 << 20,
  outstandingEntries: 65_536,
  outstandingBytes: 256 << 20,
};

export type { LogMessage };
