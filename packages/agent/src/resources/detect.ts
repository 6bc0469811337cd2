/** What an agent offers: what its operator says, and for kinds that are not mentioned what the machine has, by Mesos's rules. */
import { unreservedRole, parseResources } from '@mesos-ts/protocol';
import type { Parsed, Resources } from '@mesos-ts/protocol';

import { defaultCpus, defaultDiskMb, defaultMemMb, defaultPorts } from '../constants.ts';

/** What a machine has. A number is undefined where the machine cannot be asked. */
export interface Machine {
  readonly cpus: number | undefined;
  readonly memBytes: number | undefined;
  /** The size of the file system that holds the work directory. */
  readonly diskBytes: number | undefined;
}

const bytesPerMb = 1024 * 1024;
const bytesPerGb = 1024 * bytesPerMb;

/**
 * The agent's total resources.
 * @param text The value of `--resources`, or undefined.
 * @param role The role of resources whose role is not told.
 */
export function agentResources(
  text: string | undefined,
  role: string | undefined,
  machine: Machine,
): Parsed<Resources> {
  const defaultRole = role ?? unreservedRole;
  const given = parseResources(text ?? '', defaultRole);
  if (given.error !== undefined) return given;
  const detected: readonly [name: string, amount: string][] = [
    ['cpus', String(machine.cpus ?? defaultCpus)],
    ['mem', String(machine.memBytes === undefined ? defaultMemMb : offeredMemMb(machine.memBytes))],
    ['disk', String(machine.diskBytes === undefined ? defaultDiskMb : offeredDiskMb(machine.diskBytes))],
    ['ports', defaultPorts],
  ];
  // A kind of which the operator gives nothing at all, as in `cpus:0`, is mentioned but not there.
  const missing = detected.filter(([name]) => !isMentioned(text ?? '', name));
  const added = parseResources(missing.map(([name, amount]) => `${name}:${amount}`).join(';'), defaultRole);
  return added.error === undefined ? { value: given.value.add(added.value) } : added;
}

/** One gigabyte is left to the machine itself, or half of what a small one has. */
export function offeredMemMb(bytes: number): number {
  return toMb(bytes >= 2 * bytesPerGb ? bytes - bytesPerGb : bytes / 2);
}

/** Five gigabytes are left to the machine itself, or half of what a small one has. */
export function offeredDiskMb(bytes: number): number {
  return toMb(bytes >= 10 * bytesPerGb ? bytes - 5 * bytesPerGb : bytes / 2);
}

function toMb(bytes: number): number {
  return Math.floor(bytes / bytesPerMb);
}

function isMentioned(text: string, name: string): boolean {
  return text.trimStart().startsWith('[')
    ? new RegExp(`"name"\\s*:\\s*"${name}"`).test(text)
    : text.split(';').some((part) => part.split(/[(:]/)[0]?.trim() === name);
}
