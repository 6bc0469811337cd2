import { formatAddress, parseTarget } from '../remote/address.ts';
import { ProcessError } from '../errors.ts';

/**
 * The address of an actor, written `id@ip:port` as libprocess writes a UPID. It is plain data: it says where an actor
 * would be, not that it exists. The type parameter is the actor's class where it is known, so that dispatches are typed.
 */
export class PID<T = unknown> {
  /** The actor's name within its runtime, for example `master` or `slave(1)`. */
  readonly id: string;
  /** The address of the actor's runtime, `ip:port`, or `unix:` and a path for one that is reached at a path of the file system. */
  readonly address: string;
  /** Exists for the type checker only. */
  declare readonly process?: T;

  constructor(id: string, address: string) {
    this.id = id;
    this.address = address;
  }

  /** Reads `id@ip:port` or `id@unix:/path`; an IP address of version 6 in any of its forms. Throws `PID_INVALID` for anything else. */
  static parse<T = unknown>(text: string): PID<T> {
    const at = text.lastIndexOf('@');
    const id = text.slice(0, at);
    const address = text.slice(at + 1);
    const target = parseTarget(address);
    if (at <= 0 || !isProcessId(id) || target === undefined) {
      throw new ProcessError('PID_INVALID', `Expected a PID of the form id@ip:port, got '${text}'`);
    }
    return new PID<T>(id, 'path' in target ? address : formatAddress(target.host, target.port));
  }

  equals(other: PID): boolean {
    return this.id === other.id && this.address === other.address;
  }

  toString(): string {
    return `${this.id}@${this.address}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

const idLengthMax = 255;

/** Whether a text can name an actor: 1 to 255 printable characters without `/`, `@`, `?`, `#`, `%` or blanks. */
export function isProcessId(text: string): boolean {
  return text.length <= idLengthMax && /^[^\s/@?#%\p{Cc}]+$/u.test(text);
}
