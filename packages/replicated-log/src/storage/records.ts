/**
 * How the log is written in an ordered store: a key with a letter in front, and a value with a checksum in front. Numbers are big-endian, so
 * that keys sort by position.
 *
 *     A position   an action: flags, promised, performed, and the bytes of an entry or the `to` of a truncation
 *     L from       the positions `from` to the value's `to` are learned
 *     M            the metadata, as JSON
 *     S            where the log begins and ends, how many records there are and the sum of their checksums: written with each change, so that
 *                  a record that is missing is missed
 *
 * @module
 */
import { checksum } from './checksum.ts';
import { LogError } from '../errors.ts';
import type { Action, ActionValue, Interval, Metadata, ReplicaStatus } from '../protocol/action.ts';

/** What the record S says. */
export interface Summary {
  readonly begin: number;
  readonly end: number;
  /** How many other records there are. */
  readonly count: number;
  /** The sum of their checksums, modulo 2^32. */
  readonly sum: number;
}

/** A record that was read. */
export type StoredRecord =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'learned'; readonly interval: Interval }
  | { readonly kind: 'metadata'; readonly metadata: Metadata }
  | { readonly kind: 'summary'; readonly summary: Summary };

const letters = { action: 0x41, learned: 0x4c, metadata: 0x4d, summary: 0x53 } as const;
const valueTypes = ['none', 'nop', 'append', 'truncate'] as const;
const typeMask = 0b011;
const tombstoneFlag = 0b100;
const checksumBytes = 4;
const numberBytes = 8;
const actionHeadBytes = checksumBytes + 1 + 2 * numberBytes;
const statuses: readonly ReplicaStatus[] = ['EMPTY', 'STARTING', 'RECOVERING', 'VOTING'];

export const metadataKey = Buffer.of(letters.metadata);
export const summaryKey = Buffer.of(letters.summary);

export function actionKey(position: number): Buffer {
  return positionKey(letters.action, position);
}

export function learnedKey(from: number): Buffer {
  return positionKey(letters.learned, from);
}

export function encodeAction(key: Uint8Array, { promised, performed, value }: Action): Buffer {
  const payloadBytes = value?.type === 'append' ? value.bytes.length : value?.type === 'truncate' ? numberBytes : 0;
  const record = Buffer.allocUnsafe(actionHeadBytes + payloadBytes);
  const tombstone = value?.type === 'nop' && value.tombstone === true ? tombstoneFlag : 0;
  record[checksumBytes] = valueTypes.indexOf(value?.type ?? 'none') | tombstone;
  writeNumber(record, promised, checksumBytes + 1);
  writeNumber(record, performed ?? 0, checksumBytes + 1 + numberBytes);
  if (value?.type === 'append') record.set(value.bytes, actionHeadBytes);
  else if (value?.type === 'truncate') writeNumber(record, value.to, actionHeadBytes);
  return sealed(key, record);
}

export function encodeLearned(key: Uint8Array, to: number): Buffer {
  const record = Buffer.allocUnsafe(checksumBytes + numberBytes);
  writeNumber(record, to, checksumBytes);
  return sealed(key, record);
}

export function encodeMetadata(metadata: Metadata): Buffer {
  return sealed(metadataKey, Buffer.concat([Buffer.alloc(checksumBytes), Buffer.from(JSON.stringify(metadata))]));
}

export function encodeSummary({ begin, end, count, sum }: Summary): Buffer {
  const record = Buffer.allocUnsafe(checksumBytes + 3 * numberBytes + 4);
  writeNumber(record, begin, checksumBytes);
  writeNumber(record, end, checksumBytes + numberBytes);
  writeNumber(record, count, checksumBytes + 2 * numberBytes);
  record.writeUInt32BE(sum, checksumBytes + 3 * numberBytes);
  return sealed(summaryKey, record);
}

/** The checksum of a record that was encoded here. */
export function checksumOf(record: Buffer): number {
  return record.readUInt32BE(0);
}

/** Reads a record. Throws `LOG_CORRUPT` for everything that was not written by the functions above, and never reads past the end. */
export function decodeRecord(key: Buffer, record: Buffer): StoredRecord {
  if (record.length < checksumBytes || checksumOf(record) !== checksum(key, record.subarray(checksumBytes))) {
    throw corrupt(key, 'fails its checksum');
  }
  const { length } = key;
  if (length === 1 + numberBytes && key[0] === letters.action)
    return { kind: 'action', action: readAction(key, record) };
  if (length === 1 + numberBytes && key[0] === letters.learned) {
    if (record.length !== checksumBytes + numberBytes) throw corrupt(key, 'has a wrong length');
    const interval = { from: readNumber(key, key, 1), to: readNumber(key, record, checksumBytes) };
    if (interval.to < interval.from) throw corrupt(key, 'ends before it begins');
    return { kind: 'learned', interval };
  }
  if (length === 1 && key[0] === letters.metadata) return { kind: 'metadata', metadata: readMetadata(key, record) };
  if (length === 1 && key[0] === letters.summary) {
    if (record.length !== checksumBytes + 3 * numberBytes + 4) throw corrupt(key, 'has a wrong length');
    const summary = {
      begin: readNumber(key, record, checksumBytes),
      end: readNumber(key, record, checksumBytes + numberBytes),
      count: readNumber(key, record, checksumBytes + 2 * numberBytes),
      sum: record.readUInt32BE(checksumBytes + 3 * numberBytes),
    };
    return { kind: 'summary', summary };
  }
  throw corrupt(key, 'is none of a log');
}

function readAction(key: Buffer, record: Buffer): Action {
  const flags = record[checksumBytes];
  if (record.length < actionHeadBytes || flags === undefined) throw corrupt(key, 'is too short');
  const position = readNumber(key, key, 1);
  const promised = readNumber(key, record, checksumBytes + 1);
  const performed = readNumber(key, record, checksumBytes + 1 + numberBytes);
  const type = valueTypes[flags & typeMask] ?? 'none';
  const tombstone = (flags & tombstoneFlag) !== 0;
  const payload = record.subarray(actionHeadBytes);
  const payloadBytes = type === 'truncate' ? numberBytes : type === 'append' ? payload.length : 0;
  if ((flags & ~(typeMask | tombstoneFlag)) !== 0 || (tombstone && type !== 'nop'))
    throw corrupt(key, 'has unknown flags');
  if (payload.length !== payloadBytes) throw corrupt(key, 'has a wrong length');
  if (type === 'none') return { position, promised };
  let value: ActionValue;
  if (type === 'nop') value = tombstone ? { type, tombstone } : { type };
  else if (type === 'append') value = { type, bytes: payload };
  else value = { type, to: readNumber(key, payload, 0) };
  return { position, promised, performed, value };
}

function readMetadata(key: Buffer, record: Buffer): Metadata {
  let metadata: unknown;
  try {
    metadata = JSON.parse(record.toString('utf8', checksumBytes));
  } catch (error) {
    throw corrupt(key, 'is no JSON', error);
  }
  if (!isMetadata(metadata)) throw corrupt(key, 'is no metadata');
  return metadata;
}

function isMetadata(value: unknown): value is Metadata {
  if (!isObject(value)) return false;
  const { status, promised, incarnation, fences } = value;
  return (
    statuses.some((one) => one === status) &&
    isCount(promised) &&
    (incarnation === undefined || isCount(incarnation)) &&
    (fences === undefined || (isObject(fences) && Object.values(fences).every(isCount)))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function positionKey(letter: number, position: number): Buffer {
  const key = Buffer.allocUnsafe(1 + numberBytes);
  key[0] = letter;
  writeNumber(key, position, 1);
  return key;
}

function writeNumber(into: Buffer, value: number, offset: number): void {
  into.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  into.writeUInt32BE(value >>> 0, offset + 4);
}

function readNumber(key: Buffer, from: Buffer, offset: number): number {
  const value = from.readUInt32BE(offset) * 0x1_0000_0000 + from.readUInt32BE(offset + 4);
  if (!Number.isSafeInteger(value)) throw corrupt(key, 'has a number out of range');
  return value;
}

/** Puts the checksum in front. */
function sealed(key: Uint8Array, record: Buffer): Buffer {
  record.writeUInt32BE(checksum(key, record.subarray(checksumBytes)), 0);
  return record;
}

function corrupt(key: Buffer, problem: string, cause?: unknown): LogError {
  return new LogError('LOG_CORRUPT', `The record ${keyText(key)} ${problem}`, { cause });
}

function keyText(key: Buffer): string {
  const letter = key.length === 1 + numberBytes ? key[0] : undefined;
  if (letter !== letters.action && letter !== letters.learned) return `'${key.toString('latin1').slice(0, 20)}'`;
  return `${String.fromCharCode(letter)} ${key.readBigUInt64BE(1)}`;
}
