import { ProcessError } from '../errors.ts';
import type { TellEvent } from './event.ts';
import type { Process } from './process.ts';

type Methods = Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>;

/** Calls a method of an actor by its name. Throws `INVARIANT` where there is none, and what the method throws. */
export function callMethod(process: Process, name: string, args: unknown[]): unknown {
  return methodOf(process, name).apply(process, args);
}

/** Calls a method that was told, whose argument, where it is the only one, comes without an array. */
export function callTold(process: Process, { method, argument, args }: TellEvent): unknown {
  if (args === undefined) return methodOf(process, method).call(process, argument);
  return args.length === 0 ? methodOf(process, method).call(process) : callMethod(process, method, args);
}

function methodOf(process: Process, name: string): (...args: unknown[]) => unknown {
  // Names are checked where they are written, by their types.
  const method = (process as unknown as Methods)[name];
  if (typeof method !== 'function') {
    throw new ProcessError('INVARIANT', `Actor ${process.self.id} has no method '${name}'`);
  }
  return method;
}
