import { key } from './network.ts';
import type { Dice } from './dice.ts';
import type { SimulatedNetwork } from './network.ts';
import type { SimulatedNode } from './node.ts';
import type { Trace } from './trace.ts';

/** Something that goes wrong, so many milliseconds after the faults were let loose, and is put right after `forMs`. */
export type Fault =
  | {
      readonly kind: 'partition';
      readonly atMs: number;
      readonly forMs: number;
      readonly groups: readonly (readonly string[])[];
    }
  | { readonly kind: 'cut'; readonly atMs: number; readonly forMs: number; readonly from: string; readonly to: string }
  | { readonly kind: 'reset'; readonly atMs: number; readonly between: readonly [string, string] }
  | {
      readonly kind: 'crash';
      readonly atMs: number;
      readonly forMs: number;
      readonly node: string;
      readonly power?: boolean;
    }
  | { readonly kind: 'pause'; readonly atMs: number; readonly forMs: number; readonly node: string }
  | { readonly kind: 'skew'; readonly atMs: number; readonly node: string; readonly skewMs: number };

/** How much may go wrong, within how much time. What it is, when, for how long and to whom is for the dice. */
export interface FaultBudget {
  /** Everything that goes wrong begins and is put right within so many milliseconds. */
  readonly withinMs: number;
  /** How long one thing lasts, in milliseconds: drawn between the two, short ones more often. @default [1, half of `withinMs`] */
  readonly lastsMs?: readonly [least: number, most: number];
  /** Nodes that it happens to. @default all */
  readonly nodes?: readonly string[];
  /** Times that the nodes are parted into two groups. @default 0 */
  readonly partitions?: number;
  /** Times that nothing gets through from one node to another, while the way back is open. @default 0 */
  readonly cuts?: number;
  /** Times that the connections between two nodes are reset. @default 0 */
  readonly resets?: number;
  /** Times that a node crashes, to be restarted. @default 0 */
  readonly crashes?: number;
  /** How many nodes may be down at a time. @default all but one */
  readonly downMax?: number;
  /** Times that a node does nothing for a while. @default 0 */
  readonly pauses?: number;
  /** Times that a node's wall clock jumps, by a minute at most. @default 0 */
  readonly skews?: number;
}

const skewMsMax = 60_000;
// How often a crash is moved that would take too many nodes down.
const attemptsMax = 10;

/** Makes up faults within a budget, earliest first. */
export function drawFaults(dice: Dice, names: readonly string[], budget: FaultBudget): Fault[] {
  const nodes = budget.nodes ?? names;
  const {
    withinMs,
    downMax = names.length - 1,
    lastsMs: [least, most] = [Math.min(1, withinMs), withinMs / 2],
  } = budget;
  // Multiplied with itself, so that short faults, which meet others half-way, are as frequent as long ones.
  const lasts = (): number => dice.between(least, least + (most - least) * dice.next() ** 2);
  const span = (): { atMs: number; forMs: number } => {
    const forMs = Math.min(lasts(), withinMs);
    return { atMs: dice.between(0, withinMs - forMs), forMs };
  };
  const node = (): string => dice.pick(nodes) ?? '';
  const two = (): [string, string] => {
    const [one = '', other = ''] = dice.shuffled(nodes);
    return [one, other];
  };
  const times = (count: number | undefined, make: () => Fault): Fault[] => Array.from({ length: count ?? 0 }, make);
  const crashes: (Fault & { kind: 'crash' })[] = [];
  for (let count = 0; count < (budget.crashes ?? 0); count++) {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const fault: Fault = { kind: 'crash', ...span(), node: node(), power: dice.chance(0.5) };
      const others = crashes.filter(
        ({ atMs, forMs }) => atMs <= fault.atMs + fault.forMs && fault.atMs <= atMs + forMs,
      );
      if (others.length >= downMax || others.some((other) => other.node === fault.node)) continue;
      crashes.push(fault);
      break;
    }
  }
  const pairs = nodes.length > 1;
  const faults: Fault[] = [
    ...crashes,
    ...times(budget.pauses, () => ({ kind: 'pause', ...span(), node: node() })),
    ...times(budget.skews, () => ({
      kind: 'skew',
      ...span(),
      node: node(),
      skewMs: dice.between(-skewMsMax, skewMsMax),
    })),
    ...times(pairs ? budget.partitions : 0, () => {
      const mixed = dice.shuffled(nodes);
      const size = 1 + dice.integer(mixed.length - 1);
      return { kind: 'partition', ...span(), groups: [mixed.slice(0, size), mixed.slice(size)] };
    }),
    ...times(pairs ? budget.cuts : 0, () => {
      const [from, to] = two();
      return { kind: 'cut', ...span(), from, to };
    }),
    ...times(pairs ? budget.resets : 0, () => ({ kind: 'reset', atMs: dice.between(0, withinMs), between: two() })),
  ];
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}

/** What faults happen to. @internal */
interface Battlefield {
  readonly network: SimulatedNetwork;
  readonly trace: Trace;
  node(name: string): SimulatedNode;
  sleep(durationMs: number): Promise<void>;
  /** Whether nothing shall go wrong any more. */
  isEnding(): boolean;
}

/** Lets faults happen. Resolves when all of them are over and put right. */
export async function perform(field: Battlefield, faults: readonly Fault[]): Promise<void> {
  for (const fault of faults) field.trace.record('', 'planned', faultText(fault));
  await Promise.all(
    faults.map(async (fault) => {
      await field.sleep(fault.atMs);
      if (field.isEnding()) return;
      const undo = begin(field, fault);
      await field.sleep('forMs' in fault ? fault.forMs : 0);
      if (!field.isEnding()) await undo();
    }),
  );
}

function begin(field: Battlefield, fault: Fault): () => void | Promise<void> {
  const { network } = field;
  switch (fault.kind) {
    case 'partition':
      return network.partition(...fault.groups);
    case 'cut':
      return network.cut(fault.from, fault.to);
    case 'reset':
      network.reset(...fault.between);
      return () => undefined;
    case 'crash': {
      const node = field.node(fault.node);
      node.crash(fault);
      return () => node.restart();
    }
    case 'pause': {
      const node = field.node(fault.node);
      node.pause();
      return () => {
        node.resume();
      };
    }
    case 'skew':
    default:
      field.node(fault.node).setSkew(fault.skewMs);
      return () => undefined;
  }
}

function faultText(fault: Fault): string {
  const lasts = 'forMs' in fault ? ` for ${fault.forMs.toFixed(3)}` : '';
  return `${fault.kind} after ${fault.atMs.toFixed(3)} ms${lasts}: ${whom(fault)}`;
}

function whom(fault: Fault): string {
  switch (fault.kind) {
    case 'partition':
      return fault.groups.map((group) => group.join(' ')).join(' | ');
    case 'cut':
      return key(fault.from, fault.to);
    case 'reset':
      return fault.between.join(' ');
    case 'crash':
    case 'pause':
    case 'skew':
    default:
      return fault.node;
  }
}
