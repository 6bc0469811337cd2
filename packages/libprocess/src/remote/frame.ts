import { Packr, RESET_BUFFER_MODE } from 'msgpackr';
import { ProcessError, errorText } from '../errors.ts';
import { BodyFindings, bodyProblem, reachesPrototype } from './body.ts';
import { withoutRepeats } from './frame-repeats.ts';
import { FrameFindings, frameProblem, frameValuesMax, tooManyValues } from './frame-scan.ts';
import { FrameValues } from './frame-values.ts';
import { nonceBytes, proofBytes, secretsMax } from '../trust/trust.ts';

/**
 * The wire format between runtimes. A frame is one msgpack array of entries, so that many messages share a frame. An entry is an
 * array: a message `[to, from, name, body]` with actor names only (the addresses are those of the two ends, so nobody can send in
 * another runtime's name), or a control entry that begins with its number.
 */
export type Entry =
  | MessageEntry
  | HelloEntry
  | WelcomeEntry
  | LinkEntry
  | UnlinkEntry
  | ExitedEntry
  | RelinkEntry
  | LastEntry
  | VouchEntry
  | VouchedEntry;

/** A message from actor `from` (empty for nobody) to actor `to`. */
type MessageEntry = readonly [to: string, from: string, name: string, body: unknown];
/**
 * Who somebody is: the first entry from either end. The incarnation differs each time a runtime is started. Whoever has connected adds a
 * key, by which either end may later have another connection take the place of this one, and `resumes`, the key of the connection whose
 * place this one takes, or an empty text. Where there is trust, each end adds a nonce, whoever was connected to with two empty texts
 * before it, and whoever has connected adds its proofs.
 */
export type HelloEntry = readonly [
  typeof control.hello,
  version: number,
  address: string,
  incarnation: string,
  key?: string,
  resumes?: string,
  nonce?: Uint8Array,
  proofs?: readonly Uint8Array[],
];
/** Whoever was connected to agrees that this shall be the connection, with its proofs; from here on both ends may send anything else. */
type WelcomeEntry = readonly [typeof control.welcome, proofs?: readonly Uint8Array[]];
/** Somebody at the sender's wants to hear when actor `to` ends. */
type LinkEntry = readonly [typeof control.link, to: string];
/** Nobody at the sender's wants to hear of actor `to` any more. */
type UnlinkEntry = readonly [typeof control.unlink, to: string];
/** Actor `id` of the sender's has ended, or was not there. */
type ExitedEntry = readonly [typeof control.exited, id: string];
/** The sender was linked to actor `to` before this connection took the place of another: is it still so? Answered by `exited` if not. */
type RelinkEntry = readonly [typeof control.relink, to: string];
/** Nothing more is sent on this connection: another one has taken its place. */
type LastEntry = readonly [typeof control.last];
/**
 * In place of a greeting of its own, whoever has connected asks: have you just given this nonce to me, at `asker`, in a greeting, or to
 * anybody who has connected to you? The second nonce is the question's own.
 */
export type VouchEntry = readonly [typeof control.vouch, subject: Uint8Array, asker: string, nonce: Uint8Array];
/** It was so, with proofs. */
type VouchedEntry = readonly [typeof control.vouched, proofs: readonly Uint8Array[]];

/** The numbers of control entries. */
export const control = {
  hello: 1,
  welcome: 2,
  link: 3,
  unlink: 4,
  exited: 5,
  relink: 6,
  last: 7,
  vouch: 8,
  vouched: 9,
} as const;

/** The version that both ends must agree on. */
export const wireVersion = 1;

/** UTF-16 units of an actor's or a message's name on the wire at most. */
export const textLengthMax = 1_024;

/** How msgpackr is used. Plain maps only. These options bind what is written; what may be read is `frameProblem`'s to decide. */
export const packrOptions = {
  useRecords: false,
  moreTypes: false,
  // Else an object of more than 65535 properties could not be sent.
  variableMapSize: true,
  int64AsType: 'number',
  copyBuffers: false,
} as const;

const packr = new Packr(packrOptions);

/** Values of a body from which on what repeats in it is said once. Below it that takes longer than to say it again. */
export const largeBodyValues = 128;

export function isMessage(entry: Entry): entry is MessageEntry {
  return typeof entry[0] === 'string';
}

// An option of msgpackr's `pack`: what it has written is overwritten the next time.
const overwritten = RESET_BUFFER_MODE;

/**
 * Writes a frame; throws `MESSAGE_INVALID` with the reason for one with a body that cannot be sent, and whatever a `toJSON` throws.
 * @param keep Copies the frame to where it can stay. @default it is written there
 */
export function encodeFrame(entries: readonly Entry[], keep?: (frame: Uint8Array) => Uint8Array): Uint8Array {
  const found = new BodyFindings();
  let written = entries;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as Entry;
    if (!isMessage(entry)) continue;
    const [to, from, name, body] = entry;
    const before = found.values;
    const problem = bodyProblem(body, found);
    if (problem !== undefined) throw new ProcessError('MESSAGE_INVALID', `The body cannot be sent: body${problem}`);
    if (found.values - before < largeBodyValues) continue;
    if (written === entries) written = [...entries];
    (written as Entry[])[index] = [to, from, name, withoutRepeats(body)];
  }
  // What is said once counts as often as it is meant. An entry has its four values, and is one.
  if (written !== entries && found.values + 5 * entries.length >= frameValuesMax) {
    throw new ProcessError('MESSAGE_INVALID', `It cannot be sent: ${tooManyValues}`);
  }
  const bytes = keep === undefined ? packr.pack(written) : keep(packr.pack(written, overwritten));
  // Every value takes a byte at least.
  const refused = found.isUnsure || bytes.length > frameValuesMax ? unreadable(bytes) : undefined;
  if (refused !== undefined) throw new ProcessError('MESSAGE_INVALID', `It cannot be sent: ${refused}`);
  return bytes;
}

/** Why a frame that was written would not be read. */
function unreadable(bytes: Uint8Array): string | undefined {
  const found = new FrameFindings();
  const problem = frameProblem(bytes, found);
  if (problem !== undefined) return problem;
  return found.isSuspect && reachesPrototype(valueOf(bytes, found)) ? 'a name that reaches for a prototype' : undefined;
}

/**
 * Reads a frame; throws `FRAME_INVALID` with the reason when it is not a sequence of well-formed entries. Bodies may be any plain data
 * that does not reach for prototypes. They are not to be changed: bytes in them are views of the frame, and in large ones what repeats
 * is one object.
 */
export function decodeFrame(bytes: Uint8Array): Entry[] {
  const found = new FrameFindings();
  const refused = frameProblem(bytes, found);
  if (refused !== undefined) throw new ProcessError('FRAME_INVALID', `The frame is refused: ${refused}`);
  let value: unknown;
  try {
    value = valueOf(bytes, found);
  } catch (error) {
    throw new ProcessError('FRAME_INVALID', `The frame cannot be read: ${errorText(error)}`, { cause: error });
  }
  if (!Array.isArray(value)) throw new ProcessError('FRAME_INVALID', 'The frame is not an array');
  for (let index = 0; index < value.length; index++) {
    const problem = entryProblem(value[index]);
    if (problem !== undefined) throw new ProcessError('FRAME_INVALID', `Entry ${index} of the frame: ${problem}`);
  }
  if (found.isSuspect && reachesPrototype(value)) {
    throw new ProcessError('FRAME_INVALID', 'The frame has a name that reaches for a prototype');
  }
  return value as Entry[];
}

/** Reads a frame that is not refused. */
function valueOf(bytes: Uint8Array, { hasRepeats }: FrameFindings): unknown {
  return hasRepeats ? new FrameValues(bytes, unpack).read() : unpack(bytes);
}

function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= textLengthMax;
}

function entryProblem(entry: unknown): string | undefined {
  if (!Array.isArray(entry)) return 'not an array';
  const kind: unknown = entry[0];
  if (typeof kind === 'string') {
    return entry.length === 4 && isText(kind) && isText(entry[1]) && isText(entry[2]) ? undefined : 'malformed message';
  }
  switch (kind) {
    case control.welcome:
      return entry.length === 1 || (entry.length === 2 && areProofs(entry[1])) ? undefined : 'malformed welcome';
    case control.last:
      return entry.length === 1 ? undefined : 'malformed end';
    case control.hello:
      return isHello(entry) ? undefined : 'malformed greeting';
    case control.vouch:
      return entry.length === 4 && isNonce(entry[1]) && isText(entry[2]) && isNonce(entry[3])
        ? undefined
        : 'malformed question';
    case control.vouched:
      return entry.length === 2 && areProofs(entry[1]) ? undefined : 'malformed answer';
    case control.link:
    case control.unlink:
    case control.exited:
    case control.relink:
      return entry.length === 2 && isText(entry[1]) ? undefined : 'malformed link';
    default:
      return 'unknown kind';
  }
}

function isHello([, version, address, incarnation, key, resumes, nonce, proofs, ...rest]: readonly unknown[]): boolean {
  return (
    Number.isSafeInteger(version) &&
    isText(address) &&
    isText(incarnation) &&
    optional(key, isText) &&
    optional(resumes, isText) &&
    optional(nonce, isNonce) &&
    optional(proofs, areProofs) &&
    rest.length === 0
  );
}

function optional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isNonce(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === nonceBytes;
}

function areProofs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= secretsMax &&
    value.every((proof) => proof instanceof Uint8Array && proof.length === proofBytes)
  );
}

/** Makes of a body what a receiver on another machine would get of it; throws when it could not be sent there. */
export function copyThroughWire(body: unknown): unknown {
  const entry = decodeFrame(encodeFrame([['to', 'from', 'name', body]]))[0];
  return entry?.[3];
}
