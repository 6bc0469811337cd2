/** What masters and those who follow them send to each other, and how it is checked where it arrives. */
import type { MasterInfo } from '@mesos-ts/protocol';
import { check } from '@mesos-ts/protocol';
import type { ElectionMessage } from './messages.ts';

/** The name of the actor that elects, on each master. */
export const electionId = 'election';

/** Messages between masters. */
export const electionMessage = 'mesos.election.Message';
/** Somebody wants to know who leads, now and from now on. */
export const watchMessage = 'mesos.election.Watch';
/** Who leads, as far as a master knows. */
export const leaderMessage = 'mesos.election.Leader';

/** The body of `electionMessage`. */
export interface ElectionLetter {
  readonly message: ElectionMessage<MasterInfo>;
  /** The lease that the sender counts with. Promises are as long as leases demand, so that all have to count with the same. */
  readonly leaseMs: number;
}

/** The body of `leaderMessage`. */
export interface LeaderReport {
  /** What the one who asked calls the master that answers: it may call itself by another address than it was asked at. */
  readonly asked: number;
  /** Of the leader's election: of two reports, the one with the higher term is the later. */
  readonly term: number;
  /** Undefined when no leader is known. */
  readonly info: MasterInfo | undefined;
}

/** Reads what masters send to each other. Throws for anything else. */
export function readElectionLetter(body: unknown): ElectionLetter {
  const { leaseMs, message } = fields(body);
  return { message: readMessage(message), leaseMs: numberOf(leaseMs) };
}

function readMessage(body: unknown): ElectionMessage<MasterInfo> {
  const { info, isGranted, isTrial, sentMs, term, type } = fields(body);
  const at = { term: termOf(term), sentMs: numberOf(sentMs ?? 0) };
  switch (type) {
    case 'ask':
      return { type, ...at, isTrial: isTrial === true };
    case 'answer':
      return { type, ...at, isTrial: isTrial === true, isGranted: isGranted === true };
    case 'lead':
      return { type, ...at, info: check('mesos.v1.MasterInfo', info) };
    case 'confirm':
      return { type, ...at };
    case 'release':
      return { type, term: at.term };
    default:
      throw new Error('Expected a message between masters');
  }
}

/** Reads who leads. Throws for anything else. */
export function readLeaderReport(body: unknown): LeaderReport {
  const { asked, info, term } = fields(body);
  return {
    asked: termOf(asked ?? 0),
    term: termOf(term),
    info: info === undefined || info === null ? undefined : check('mesos.v1.MasterInfo', info),
  };
}

/** Reads what is asked with `watchMessage`. Throws for anything else. */
export function readWatch(body: unknown): number {
  return termOf(fields(body)['asked']);
}

function fields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null) throw new Error('Expected an object');
  return body as Readonly<Record<string, unknown>>;
}

function termOf(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error('Expected the number of a term');
  return Number(value);
}

function numberOf(value: unknown): number {
  if (!Number.isFinite(value)) throw new Error('Expected a time');
  return Number(value);
}
