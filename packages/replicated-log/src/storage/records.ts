/**
 * How the log is written in an ordered store: a key with a letter in front, and a value with a checksum in front. Numbers are big-endian, so
 * that keys sort by position.
 *
 *     a position   an action: whether a summary follows, flags, promised, performed, and the bytes of an entry or the `to` of a truncation
 *     L from       the positions `from` to the value's `to` are learned
 *     M            the metadata, as JSON
 *     S            a summary
 *
 * Each write has a summary: where the log begins and ends, the last interval of learned positions, how many records there are and the sum
 * of their checksums, so that one that is missing is missed. It is at the end of the last action of the write, or, without one, under S; the
 * one with the greatest sequence counts. A key that every write touches would be in every table that LevelDB makes, which it would then write
 * again and again to bring them into an order that appended records have by themselves.
 *
 * @module
 */
import { crc32 } from 'node:zlib';
import { checksum } from './checksum.ts';
import { LogError } from '../errors.ts';
import type { Action, ActionValue, Interval, Metadata, ReplicaStatus } from '../protocol/action.ts';

/** What a write says of the log as it leaves it. */
export interface Summary {
  /** One more than that of the write before. */
  readonly sequence: number;
  readonly begin: number;
  readonly end: number;
  /** The last interval of learned positions, which has no record of its own; none when `to` is less than `from`. */
  readonly learned: Interval;
  /** How many records there are, but for S. */
  readonly count: number;
  /** The sum of their checksums without summaries, modulo 2^32. */
  readonly sum: number;
}

/** A record that was read. `checksum` is without the summary of an action. */
export type StoredRecord =
  | { readonly kind: 'action'; readonly action: Action; readonly checksum: number; readonly summary?: Summary }
  | { readonly kind: 'learned'; readonly interval: Interval; readonly checksum: number }
  | { readonly kind: 'metadata'; readonly metadata: Metadata; readonly checksum: number }
  | { readonly kind: 'summary'; readonly summary: Summary };

// Actions last: a table with one of the others and new actions would lie over all tables of older ones.
const letters = { action: 0x61, learned: 0x4c, metadata: 0x4d, summary: 0x53 } as const;
const valueTypes = ['none', 'nop', 'append', 'truncate'] as const;
const typeMask = 0b011;
const tombstoneFlag = 0b100;
const checksumBytes = 4;
const numberBytes = 8;
/** Where an action says whether a summary follows, which its own checksum does not cover. */
const flagOffset = checksumBytes;
const actionOffset = flagOffset + 1;
const actionHeadBytes = actionOffset + 1 + 2 * numberBytes;
const summaryMark = Buffer.of(1);
const summaryBytes = 6 * numberBytes + 4;
const statuses: readonly ReplicaStatus[] = ['EMPTY', 'STARTING', 'RECOVERING', 'VOTING'];

export const metadataKey = Buffer.of(letters.metadata);
export const summaryKey = Buffer.of(letters.summary);

export function actionKey(position: number): Buffer {
  return positionKey(letters.action, position);
}

export function isActionKey(key: Buffer): boolean {
  return key[0] === letters.action;
}

export function learnedKey(from: number): Buffer {
  return positionKey(letters.learned, from);
}

/**
 * An action, without a summary.
 * @param take Memory for so many bytes, all of which are written.
 */
export function encodeAction(
  key: Uint8Array,
  { promised, performed, value }: Action,
  take: (bytes: number) => Buffer = allocate,
): Buffer {
  const payloadBytes = value?.type === 'append' ? value.bytes.length : value?.type === 'truncate' ? numberBytes : 0;
  const record = take(actionHeadBytes + payloadBytes);
  const tombstone = value?.type === 'nop' && value.tombstone === true ? tombstoneFlag : 0;
  record[flagOffset] = 0;
  record[actionOffset] = valueTypes.indexOf(value?.type ?? 'none') | tombstone;
  writeNumber(record, promised, actionOffset + 1);
  writeNumber(record, performed ?? 0, actionOffset + 1 + numberBytes);
  if (value?.type === 'append') record.set(value.bytes, actionHeadBytes);
  else if (value?.type === 'truncate') writeNumber(record, value.to, actionHeadBytes);
  record.writeUInt32BE(checksum(key, record.subarray(actionOffset)), 0);
  return record;
}

function allocate(bytes: number): Buffer {
  return Buffer.allocUnsafe(bytes);
}

/** The record of an action with a summary at its end. */
export function withSummary(record: Buffer, summary: Summary): Buffer {
  const whole = Buffer.concat([record, Buffer.allocUnsafe(summaryBytes)]);
  writeSummary(whole, summary, record.length);
  whole[flagOffset] = 1;
  whole.writeUInt32BE(continued(checksumOf(record), whole.subarray(record.length)), 0);
  return whole;
}

export function encodeLearned(key: Uint8Array, to: number): Buffer {
  const record = Buffer.allocUnsafe(checksumBytes + numberBytes);
  writeNumber(record, to, checksumBytes);
  return sealed(key, record);
}

export function encodeMetadata(metadata: Metadata): Buffer {
  return sealed(metadataKey, Buffer.concat([Buffer.alloc(checksumBytes), Buffer.from(JSON.stringify(metadata))]));
}

export function encodeSummary(summary: Summary): Buffer {
  const record = Buffer.allocUnsafe(checksumBytes + summaryBytes);
  writeSummary(record, summary, checksumBytes);
  return sealed(summaryKey, record);
}

/** The checksum of a record that was encoded here, without a summary. */
export function checksumOf(record: Buffer): number {
  return record.readUInt32BE(0);
}

/** Reads a record. Throws `LOG_CORRUPT` for everything that was not written by the functions above, and never reads past the end. */
export function decodeRecord(key: Buffer, record: Buffer): StoredRecord {
  if (record.length < checksumBytes) throw corrupt(key, 'is too short');
  if (key[0] === letters.action && key.length === 1 + numberBytes) return readAction(key, record);
  const found = checksum(key, record.subarray(checksumBytes));
  if (found !== checksumOf(record)) throw corrupt(key, 'fails its checksum');
  if (key[0] === letters.learned && key.length === 1 + numberBytes) {
    if (record.length !== checksumBytes + numberBytes) throw corrupt(key, 'has a wrong length');
    const interval = { from: readNumber(key, key, 1), to: readNumber(key, record, checksumBytes) };
    if (interval.to < interval.from) throw corrupt(key, 'ends before it begins');
    return { kind: 'learned', interval, checksum: found };
  }
  if (key.equals(metadataKey)) return { kind: 'metadata', metadata: readMetadata(key, record), checksum: found };
  if (!key.equals(summaryKey)) throw corrupt(key, 'is none of a log');
  if (record.length !== checksumBytes + summaryBytes) throw corrupt(key, 'has a wrong length');
  return { kind: 'summary', summary: readSummary(key, record.subarray(checksumBytes)) };
}

function readAction(key: Buffer, record: Buffer): StoredRecord {
  const followed = record[flagOffset] === 1;
  const end = record.length - (followed ? summaryBytes : 0);
  if (end < actionHeadBytes) throw corrupt(key, 'is too short');
  const own = checksum(key, record.subarray(actionOffset, end));
  const whole = followed ? continued(own, record.subarray(end)) : own;
  if (whole !== checksumOf(record) || (record[flagOffset] ?? 0) > 1) throw corrupt(key, 'fails its checksum');
  const action = actionOf(key, record.subarray(0, end));
  if (!followed) return { kind: 'action', action, checksum: own };
  return { kind: 'action', action, checksum: own, summary: readSummary(key, record.subarray(end)) };
}

/** The checksum of an action with a summary: another one than if the summary were bytes of the entry. */
function continued(own: number, summary: Uint8Array): number {
  return crc32(summaryMark, crc32(summary, own));
}

function actionOf(key: Buffer, record: Buffer): Action {
  const flags = record[actionOffset] ?? 0;
  const position = readNumber(key, key, 1);
  const promised = readNumber(key, record, actionOffset + 1);
  const performed = readNumber(key, record, actionOffset + 1 + numberBytes);
  const type = valueTypes[flags & typeMask] ?? 'none';
  const tombstone = (flags & tombstoneFlag) !== 0;
  const payload = record.subarray(actionHeadBytes);
  const payloadBytes = type === 'truncate' ? numberBytes : type === 'append' ? payload.length : 0;
  if ((flags & ~(typeMask | tombstoneFlag)) !== 0 || (tombstone && type !== 'nop')) {
    throw corrupt(key, 'has unknown flags');
  }
  if (payload.length !== payloadBytes) throw corrupt(key, 'has a wrong length');
  if (type === 'none') return { position, promised };
  let value: ActionValue;
  if (type === 'nop') value = tombstone ? { type, tombstone } : { type };
  else if (type === 'append') value = { type, bytes: payload };
  else value = { type, to: readNumber(key, payload, 0) };
  return { position, promised, performed, value };
}

function writeSummary(into: Buffer, { sequence, begin, end, learned, count, sum }: Summary, offset: number): void {
  for (const [index, value] of [sequence, begin, end, learned.from, learned.to + 1, count].entries()) {
    writeNumber(into, value, offset + index * numberBytes);
  }
  into.writeUInt32BE(sum, offset + 6 * numberBytes);
}

function readSummary(key: Buffer, bytes: Buffer): Summary {
  const at = (index: number): number => readNumber(key, bytes, index * numberBytes);
  const learned = { from: at(3), to: at(4) - 1 };
  const sum = bytes.readUInt32BE(6 * numberBytes);
  return { sequence: at(0), begin: at(1), end: at(2), learned, count: at(5), sum };
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
  const { status, promised, incarnation, fences, log, candidate, naming, quorum } = value;
  return (
    statuses.some((one) => one === status) &&
    isCount(promised) &&
    (incarnation === undefined || isCount(incarnation)) &&
    (fences === undefined || (isObject(fences) && Object.values(fences).every(isCount))) &&
    (log === undefined || typeof log === 'string') &&
    (candidate === undefined || typeof candidate === 'string') &&
    (naming === undefined || (isObject(naming) && isCount(naming['proposal']) && typeof naming['log'] === 'string')) &&
    (quorum === undefined || isCount(quorum))
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
