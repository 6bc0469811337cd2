/** What comes from the network is made sure of here, once: whatever passes is what its type says, and of a bounded size. */
import { LogError } from '../errors.ts';
import type { ActionValue, Interval, Naming, PerformedAction, ReplicaStatus } from './action.ts';
import type { Claim, LogMessage, Proposed, Standing } from './message.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Lists in messages are no longer than this; their senders stop at less. */
const listMax = 65_536;
const nameMax = 1_024;

const statuses: ReadonlySet<unknown> = new Set<ReplicaStatus>(['EMPTY', 'STARTING', 'RECOVERING', 'VOTING']);
const verdicts: ReadonlySet<unknown> = new Set(['accept', 'reject', 'ignore']);

/** The names of the messages. */
export const messageTypes: readonly LogMessage['type'][] = [
  'log.promise',
  'log.promised',
  'log.write',
  'log.written',
  'log.learned',
  'log.fetch',
  'log.fetched',
  'log.recover',
  'log.recovered',
];

/** The body of a message of that name. Throws `LOG_MESSAGE_INVALID` when it is none. */
export function checkMessage(type: LogMessage['type'], body: unknown): LogMessage {
  const fields = fieldsOf(body, type);
  const number = (name: string): number => positionOf(fields[name], name);
  const optional = <T>(name: string, read: (value: unknown, what: string) => T): { [key: string]: T } => {
    const value = fields[name];
    return value === undefined || value === null ? {} : { [name]: read(value, name) };
  };
  // What is optional is spread under its own name, which the compiler cannot see.
  const log = optional('log', nameOf);
  const standing = (): Standing => ({
    ...optional('incarnation', positionOf),
    ...optional('fences', fencesOf),
    ...log,
  });
  switch (type) {
    case 'log.promise':
      return {
        type,
        id: number('id'),
        proposal: number('proposal'),
        ...optional('quorum', positionOf),
        ...optional('positions', intervalsOf),
        ...log,
      };
    case 'log.promised':
      return {
        type,
        id: number('id'),
        verdict: verdictOf(fields['verdict']),
        proposal: number('proposal'),
        implicit: number('implicit'),
        begin: number('begin'),
        end: number('end'),
        ...optional('through', positionOf),
        ...optional('learned', intervalsOf),
        ...optional('actions', actionsOf),
        ...optional('naming', namingOf),
        ...optional('quorum', positionOf),
        ...standing(),
      };
    case 'log.write':
      return {
        type,
        id: number('id'),
        proposal: number('proposal'),
        ...optional('quorum', positionOf),
        writes: writesOf(fields['writes'], 'writes'),
        ...optional('name', nameOf),
        ...log,
      };
    case 'log.written':
      return {
        type,
        id: number('id'),
        verdict: verdictOf(fields['verdict']),
        proposal: number('proposal'),
        positions: intervalsOf(fields['positions'], 'positions'),
        ...optional('decided', intervalsOf),
        ...(fields['named'] === true ? { named: true } : {}),
        ...standing(),
      };
    case 'log.learned':
      return { type, proposal: number('proposal'), from: number('from'), to: number('to'), ...log };
    case 'log.fetch':
      return { type, id: number('id'), positions: intervalsOf(fields['positions'], 'positions'), ...log };
    case 'log.fetched':
      return {
        type,
        id: number('id'),
        begin: number('begin'),
        through: number('through'),
        actions: actionsOf(fields['actions'], 'actions'),
        ...log,
      };
    case 'log.recover':
      return { type, id: number('id'), quorum: number('quorum'), ...optional('incarnation', positionOf), ...log };
    case 'log.recovered':
      return {
        type,
        id: number('id'),
        status: statusOf(fields['status']),
        quorum: number('quorum'),
        begin: number('begin'),
        end: number('end'),
        promised: number('promised'),
        known: number('known'),
        ...optional('heard', claimOf),
        ...optional('candidate', nameOf),
        ...optional('naming', namingOf),
        ...standing(),
      };
    default:
      throw invalid(`no such message: ${String(type satisfies never)}`);
  }
}

function invalid(text: string): LogError {
  return new LogError('LOG_MESSAGE_INVALID', `Not a message of the replicated log: ${text}`);
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalid(`${what} is no object`);
  }
  return value as Fields;
}

/** Positions, proposals, ids, incarnations: all of them are whole numbers from 0 on. */
function positionOf(value: unknown, what: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalid(`${what} is no number of a position or a proposal`);
  }
  return number;
}

function listOf<T>(value: unknown, what: string, read: (entry: unknown, what: string) => T): T[] {
  if (!Array.isArray(value)) throw invalid(`${what} is no list`);
  if (value.length > listMax) throw invalid(`${what} is too long`);
  return value.map((entry) => read(entry, what));
}

/** Intervals that ascend and do not overlap. */
function intervalsOf(value: unknown, what: string): Interval[] {
  let last = -1;
  return listOf(value, what, (entry) => {
    const fields = fieldsOf(entry, what);
    const from = positionOf(fields['from'], what);
    const to = positionOf(fields['to'], what);
    if (from <= last || to < from) throw invalid(`${what} do not ascend`);
    last = to;
    return { from, to };
  });
}

function valueOf(value: unknown, what: string): ActionValue {
  const fields = fieldsOf(value, what);
  switch (fields['type']) {
    case 'nop':
      return fields['tombstone'] === true ? { type: 'nop', tombstone: true } : { type: 'nop' };
    case 'append':
      if (!(fields['bytes'] instanceof Uint8Array)) throw invalid(`${what} has no bytes`);
      return { type: 'append', bytes: fields['bytes'] };
    case 'truncate':
      return { type: 'truncate', to: positionOf(fields['to'], what) };
    default:
      throw invalid(`${what} has no value`);
  }
}

/** A value at its position: a truncation leaves at least itself. */
function proposedOf(entry: unknown, what: string): Proposed {
  const fields = fieldsOf(entry, what);
  const position = positionOf(fields['position'], what);
  const value = valueOf(fields['value'], what);
  if (value.type === 'truncate' && value.to > position) throw invalid(`${what} truncates what is to come`);
  return { position, value };
}

function writesOf(value: unknown, what: string): Proposed[] {
  const writes = listOf(value, what, proposedOf);
  for (const { value: written } of writes) {
    if (written.type === 'nop' && written.tombstone === true) throw invalid(`${what} has a tombstone`);
  }
  return ascending(writes, what);
}

function actionsOf(value: unknown, what: string): PerformedAction[] {
  const actions = listOf(value, what, (entry): PerformedAction => {
    const fields = fieldsOf(entry, what);
    const promised = positionOf(fields['promised'], what);
    const performed = positionOf(fields['performed'], what);
    const learned = fields['learned'] === true ? { learned: true } : {};
    return { ...proposedOf(entry, what), promised, performed, ...learned };
  });
  return ascending(actions, what);
}

function ascending<T extends { readonly position: number }>(list: T[], what: string): T[] {
  for (const [index, { position }] of list.entries()) {
    const before = list[index - 1];
    if (before !== undefined && before.position >= position) throw invalid(`${what} do not ascend`);
  }
  return list;
}

function fencesOf(value: unknown, what: string): Record<string, number> {
  const entries = Object.entries(fieldsOf(value, what));
  if (entries.length > nameMax) throw invalid(`${what} are too many`);
  return Object.fromEntries(
    entries.map(([member, incarnation]) => {
      if (member.length > nameMax || member === '__proto__') throw invalid(`${what} name no replica`);
      return [member, positionOf(incarnation, what)];
    }),
  );
}

/** The id of a log. */
function nameOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || value.length > nameMax) throw invalid(`${what} is no id of a log`);
  return value;
}

function namingOf(value: unknown, what: string): Naming {
  const fields = fieldsOf(value, what);
  return { proposal: positionOf(fields['proposal'], what), log: nameOf(fields['log'], what) };
}

function claimOf(value: unknown, what: string): Claim {
  const fields = fieldsOf(value, what);
  return {
    incarnation: positionOf(fields['incarnation'], what),
    end: positionOf(fields['end'], what),
    promised: positionOf(fields['promised'], what),
  };
}

function statusOf(value: unknown): ReplicaStatus {
  if (!statuses.has(value)) throw invalid('there is no such status');
  return value as ReplicaStatus;
}

function verdictOf(value: unknown): 'accept' | 'reject' | 'ignore' {
  if (!verdicts.has(value)) throw invalid('there is no such verdict');
  return value as 'accept' | 'reject' | 'ignore';
}
