/**
 * What replicas and proposers say to each other. Plain objects; each is sent under its `type` as the name of the message. A request carries
 * an `id` that its answers repeat, so that answers to somebody who is no more (a proposer of an earlier life among them) are not taken for
 * answers to somebody else.
 */
import type { ActionValue, Interval, Naming, PerformedAction, ReplicaStatus } from './action.ts';

/** What every message has. */
interface Envelope {
  /** The id of the sender's log; absent when that has none. */
  readonly log?: string;
}

/** What every answer of a replica says about it, so that nobody counts on what it said before its disk was lost. */
export interface Standing extends Envelope {
  /** Absent for 0. */
  readonly incarnation?: number;
  /** Absent for none. */
  readonly fences?: Readonly<Record<string, number>>;
}

/** What a replica has said that its disk has. */
export interface Claim {
  readonly incarnation: number;
  /** The last position with a record. */
  readonly end: number;
  /** The greatest implicit promise. */
  readonly promised: number;
}

/** A proposer asks for a promise to accept nothing of lower proposals. */
export interface PromiseRequest extends Envelope {
  readonly type: 'log.promise';
  readonly id: number;
  readonly proposal: number;
  /** How many replicas decide for its sender. */
  readonly quorum?: number;
  /** The positions that it is about; absent for an implicit promise, about all positions of which the replica has no record. */
  readonly positions?: readonly Interval[];
}

export interface PromiseResponse extends Standing {
  readonly type: 'log.promised';
  readonly id: number;
  /** `ignore`: the replica has no vote. */
  readonly verdict: 'accept' | 'reject' | 'ignore';
  /** What it has promised now: to this proposer, or to another, for all positions or some of those in question. */
  readonly proposal: number;
  /** What it has promised for positions that it has no record of. */
  readonly implicit: number;
  readonly begin: number;
  /** The last position of which it has a record. */
  readonly end: number;
  /** Of an explicit promise: the last position it is about; a replica may promise less than it is asked, so as not to say too much at once. */
  readonly through?: number;
  /** Of an explicit promise: the positions in question that are learned here, about which nothing is to be decided any more. */
  readonly learned?: readonly Interval[];
  /** Of an explicit promise: what has been accepted here and may have been chosen. */
  readonly actions?: readonly PerformedAction[];
  /** Of an implicit promise of a log without an id: the one that has been accepted here and may have been chosen. */
  readonly naming?: Naming;
  /** How many replicas decide for this one, when it has not answered because for the proposer fewer do. */
  readonly quorum?: number;
}

/** A value for a position. */
export interface Proposed {
  readonly position: number;
  readonly value: ActionValue;
}

/** A proposer asks to accept values, of which each is for a position of its own. */
export interface WriteRequest extends Envelope {
  readonly type: 'log.write';
  readonly id: number;
  readonly proposal: number;
  /** How many replicas decide for its sender. */
  readonly quorum?: number;
  readonly writes: readonly Proposed[];
  /** An id for a log that has none. */
  readonly name?: string;
}

export interface WriteResponse extends Standing {
  readonly type: 'log.written';
  readonly id: number;
  readonly verdict: 'accept' | 'reject' | 'ignore';
  /** The proposal of the request, or the higher one that was promised. */
  readonly proposal: number;
  /** Which of the positions were accepted. */
  readonly positions: readonly Interval[];
  /** Which of the positions are learned here or truncated, so that there is nothing to accept. Absent for none. */
  readonly decided?: readonly Interval[];
  /** Whether the id was accepted, where there was one. */
  readonly named?: boolean;
}

/** A proposer tells that whatever was accepted under its proposal at these positions has been chosen. */
export interface LearnedNotice extends Envelope {
  readonly type: 'log.learned';
  readonly proposal: number;
  readonly from: number;
  readonly to: number;
}

/** Asks for what a replica has learned. */
export interface FetchRequest extends Envelope {
  readonly type: 'log.fetch';
  readonly id: number;
  readonly positions: readonly Interval[];
}

export interface FetchResponse extends Envelope {
  readonly type: 'log.fetched';
  readonly id: number;
  readonly begin: number;
  /** The last position that this answer is about: it may stop early, so as not to say too much at once. */
  readonly through: number;
  /** Those of the positions up to `through` that are learned here. */
  readonly actions: readonly PerformedAction[];
}

/** Asks all replicas how they are. */
export interface RecoverRequest extends Envelope {
  readonly type: 'log.recover';
  readonly id: number;
  /** Of a replica that begins anew: its new incarnation, which is to be remembered before it is answered. */
  readonly incarnation?: number;
  /** How many replicas its sender takes for a quorum. */
  readonly quorum: number;
}

export interface RecoverResponse extends Standing {
  readonly type: 'log.recovered';
  readonly id: number;
  readonly status: ReplicaStatus;
  readonly quorum: number;
  readonly begin: number;
  readonly end: number;
  readonly promised: number;
  /** The greatest incarnation of the asker that this replica has heard of. */
  readonly known: number;
  /** What the asker has told this replica about itself since that was started. */
  readonly heard?: Claim;
  readonly candidate?: string;
  readonly naming?: Naming;
}

export type LogRequest = PromiseRequest | WriteRequest | FetchRequest | RecoverRequest | LearnedNotice;
export type LogResponse = PromiseResponse | WriteResponse | FetchResponse | RecoverResponse;
export type LogMessage = LogRequest | LogResponse;
