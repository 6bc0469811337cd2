import { ProcessError, errorText } from '../../errors.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions } from './simulation.ts';
import type { Trace } from './trace.ts';

/** What a program does with the nodes of a simulation. */
export type Scenario<T> = (simulation: Simulation) => Promise<T>;

/** What became of a simulation. */
export interface SimulationResult<T> {
  readonly value: T;
  readonly trace: Trace;
  /** How much of its own time it took, in milliseconds. */
  readonly elapsedMs: number;
  /** Turns of actors, arrivals and timers. */
  readonly steps: number;
}

/** Options of `simulate`. */
export interface SimulateOptions extends SimulationOptions {
  /** Is told of a failure, as test runners may show the assertion that failed and nothing of its seed. @default writes to standard error */
  readonly report?: (text: string) => void;
}

/** Options of `simulateSeeds`. */
export interface SeedsOptions extends SimulateOptions {
  /** The first seed. @default 1 */
  readonly first?: number;
  /** How many seeds; the environment variable `SEEDS` overrules it. */
  readonly seeds: number;
  /** @default the program's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

// Lines of the trace that a failure shows.
const shownMax = 60;

/**
 * Runs a scenario on simulated nodes. All that is left to chance (who runs next, how long things take, what gets lost) follows from the
 * seed: the same seed and scenario give the same trace, byte for byte. In the end every node that still runs is closed, and must have nothing left:
 * no actor, timer or connection. Rejects with `SIMULATION_FAILED`, which has the seed and the end of the trace in its text and as its cause
 * what went wrong: an exception of the scenario, a claim of `always` that does not hold, an actor that failed, or something that is left over.
 */
export async function simulate<T>(
  seed: number,
  scenario: Scenario<T>,
  { report = toStandardError, ...options }: SimulateOptions = {},
): Promise<SimulationResult<T>> {
  const simulation = new Simulation(seed, options);
  try {
    const value = await simulation.drive(() => scenario(simulation));
    await simulation.drive(() => simulation.end());
    return { value, trace: simulation.trace, elapsedMs: simulation.nowMs, steps: simulation.steps };
  } catch (error) {
    const text = [
      errorText(error),
      '',
      `Repeat it with SEED=${seed}. What happened last, of ${simulation.trace.count} events:`,
      ...simulation.trace.lines(shownMax),
    ].join('\n');
    report(`The simulation failed: ${text}\n`);
    throw new ProcessError('SIMULATION_FAILED', text, { cause: error });
  }
}

/**
 * Runs a scenario under many seeds, one after the other, until one fails. With the environment variable `SEED` only that one is run.
 * Answers how many were. Rejects with `ENVIRONMENT_INVALID` when one of the variables is no number.
 */
export async function simulateSeeds(
  { first = 1, seeds, env = process.env, ...options }: SeedsOptions,
  scenario: Scenario<unknown>,
): Promise<number> {
  const only = fromEnvironment(env, 'SEED');
  const from = only ?? first;
  const count = only === undefined ? (fromEnvironment(env, 'SEEDS') ?? seeds) : 1;
  for (let seed = from; seed < from + count; seed++) await simulate(seed, scenario, options);
  return count;
}

function fromEnvironment(env: NonNullable<SeedsOptions['env']>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw new ProcessError('ENVIRONMENT_INVALID', `${name} is no number: '${text}'`);
  return Number(text);
}

function toStandardError(text: string): void {
  process.stderr.write(text);
}
