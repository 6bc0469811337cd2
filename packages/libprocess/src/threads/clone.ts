import { PID } from '../actor/pid.ts';
import { ProcessError, errorText } from '../errors.ts';
import type { ProcessErrorCode } from '../errors.ts';

/** Where a value is within another: the names and indices on the way to it. */
type Path = readonly (string | number)[];

/**
 * A value on its way to another thread, by the structured clone algorithm (https://html.spec.whatwg.org, 2.7). That loses the classes of
 * objects; two of them, PIDs and Buffers, are put back where they were in arrays and plain objects.
 */
export interface Packed {
  readonly value: unknown;
  readonly pids?: readonly Path[];
  readonly buffers?: readonly Path[];
}

/** An exception on its way to another thread. */
export interface PackedError {
  /** Undefined for what was thrown and is no error. */
  readonly name: string | undefined;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | number | undefined;
  readonly ofProcess?: boolean;
  readonly cause?: PackedError;
}

// A chain of causes that is longer is cut.
const causesMax = 8;

/** Marks a buffer that its owner has given away. */
const givenAway = Symbol('given away');

/**
 * Gives a buffer away: when it goes to an actor in another thread, as an argument or result, it is moved there instead of copied, and is
 * empty here from then on. To actors of the same thread, and by messages, it goes as any other. Answers the same buffer. Throws
 * `BUFFER_SHARED` for a view of a part of a buffer, as small `Buffer`s are: the rest would go along.
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView>(buffer: T): T {
  const whole = ArrayBuffer.isView(buffer) ? buffer.buffer : buffer;
  if (buffer.byteLength !== whole.byteLength) {
    throw new ProcessError('BUFFER_SHARED', 'Only a whole buffer can be given away, not a part of one');
  }
  Object.defineProperty(whole, givenAway, { value: true });
  return buffer;
}

/** Readies a value for another thread, and collects the buffers in it that are to be moved. */
export function pack(value: unknown, moved: ArrayBuffer[]): Packed {
  // Most arguments and results are these.
  if (typeof value !== 'object' || value === null) return { value };
  const pids: Path[] = [];
  const buffers: Path[] = [];
  const seen = new Set<object>();
  const path: (string | number)[] = [];
  const visit = (item: unknown): void => {
    if (typeof item !== 'object' || item === null) return;
    if (item instanceof PID) {
      pids.push([...path]);
    } else if (ArrayBuffer.isView(item)) {
      if (Buffer.isBuffer(item)) buffers.push([...path]);
      collect(item.buffer, moved);
    } else if (item instanceof ArrayBuffer) {
      collect(item, moved);
    } else if (!seen.has(item) && isContainer(item)) {
      seen.add(item);
      if (Array.isArray(item)) for (let index = 0; index < item.length; index++) visitInner(index, item[index]);
      else for (const key of Object.keys(item)) visitInner(key, (item as Record<string, unknown>)[key]);
    }
  };
  const visitInner = (key: number | string, inner: unknown): void => {
    // Looked at here too, so that arrays of numbers cost little for each.
    if (typeof inner !== 'object' || inner === null) return;
    path.push(key);
    visit(inner);
    path.pop();
  };
  visit(value);
  return pids.length === 0 && buffers.length === 0 ? { value } : { value, pids, buffers };
}

/** What another thread has packed. */
export function unpack({ value, pids = [], buffers = [] }: Packed): unknown {
  let result = value;
  for (const path of pids) result = replace(result, path, (item) => revivePid(item));
  for (const path of buffers) result = replace(result, path, (item) => reviveBuffer(item));
  return result;
}

/** Readies what was thrown for another thread: errors keep name, message, stack, code and cause. */
export function packError(error: unknown, causes = causesMax): PackedError {
  if (!(error instanceof Error)) return { name: undefined, message: errorText(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    name,
    message,
    stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error instanceof ProcessError ? { ofProcess: true } : {}),
    ...(cause !== undefined && causes > 0 ? { cause: packError(cause, causes - 1) } : {}),
  };
}

/** What another thread has thrown. Errors of JavaScript's own classes and `ProcessError`s are of their class, others are `Error`s. */
export function unpackError(packed: PackedError): unknown {
  const { name, message, stack, code } = packed;
  if (name === undefined) return message;
  const options = packed.cause === undefined ? {} : { cause: unpackError(packed.cause) };
  // Only this package makes errors of that class, and all its parts are of one version.
  const error: Error =
    packed.ofProcess === true
      ? new ProcessError(code as ProcessErrorCode, message, options)
      : new (errorClasses.get(name) ?? Error)(message, options);
  const hidden = { configurable: true, writable: true, enumerable: false };
  if (error.name !== name) Object.defineProperty(error, 'name', { ...hidden, value: name });
  if (stack !== undefined) Object.defineProperty(error, 'stack', { ...hidden, value: stack });
  return code === undefined || error instanceof ProcessError ? error : Object.assign(error, { code });
}

const errorClasses = new Map<string, new (message: string, options: ErrorOptions) => Error>(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((made) => [made.name, made]),
);

function isContainer(item: object): boolean {
  if (Array.isArray(item)) return true;
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

function collect(buffer: ArrayBufferLike, moved: ArrayBuffer[]): void {
  if (givenAway in buffer && buffer instanceof ArrayBuffer && !moved.includes(buffer)) moved.push(buffer);
}

function replace(root: unknown, path: Path, revive: (item: unknown) => unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return revive(root);
  // What was a container at the sender's is one here.
  let container = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) container = container[key] as Record<string | number, unknown>;
  container[last] = revive(container[last]);
  return root;
}

function revivePid(item: unknown): PID {
  const { id, address } = item as PID;
  return new PID(id, address);
}

function reviveBuffer(item: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = item as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
