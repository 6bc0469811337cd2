/** Scenarios: examples in the order in which they make sense, as data. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersFolder, scenariosFolder } from './paths.ts';
import type { Json } from './json.ts';

/** The APIs, and where each takes its calls. */
export const apis = {
  scheduler: { daemon: 'master', path: '/api/v1/scheduler', package: 'mesos.v1.scheduler' },
  executor: { daemon: 'agent', path: '/api/v1/executor', package: 'mesos.v1.executor' },
  master: { daemon: 'master', path: '/api/v1', package: 'mesos.v1.master' },
  agent: { daemon: 'agent', path: '/api/v1', package: 'mesos.v1.agent' },
} as const;

export type ApiName = keyof typeof apis;
export type Daemon = 'agent' | 'master';

/** The ports that pages show. */
export const shownPorts: Readonly<Record<Daemon | 'standby', number>> = { master: 5050, agent: 5051, standby: 5060 };

/** By JSON pointer, where `*` stands for any item, how many items of a list are shown, or which ones by the value that names them. */
export type Shortening = Readonly<Record<string, number | { readonly by: string; readonly only: readonly string[] }>>;

/** An event that is waited for; others before it are passed over. */
export interface WantedEvent {
  readonly type: string;
  /** What it must say, by JSON pointer. */
  readonly where?: Readonly<Record<string, Json>>;
  /** What later steps use of it: names by JSON pointer. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly shorten?: Shortening;
  /** Is not shown. */
  readonly hidden?: boolean;
}

/** A request with its answer. `{NAME}` in it stands for what an earlier step has kept. */
export interface Step {
  /** Its name among the examples of its scenario. @default the type of its call */
  readonly name?: string;
  /** What it is an example of, in words. */
  readonly title?: string;
  /** Only leads to what follows. */
  readonly hidden?: boolean;
  /** The API that it is a call of. */
  readonly api?: ApiName;
  /** Of a request that is none. */
  readonly daemon?: Daemon;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string;
  /** The body, record by record. */
  readonly recordio?: readonly Json[];
  /** The answer is a stream of events, which later steps read under this name. */
  readonly stream?: string;
  /** The events that come first in it. */
  readonly events?: readonly WantedEvent[];
  /** What later steps use of the answer: names by JSON pointer, or by `header:NAME`. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly shorten?: Shortening;
  /** How many characters of an answer that is text are shown; 0 for none. */
  readonly shownText?: number;
  /** Which lines of such an answer are shown: those that begin so. */
  readonly shownLines?: readonly string[];
  /** The events that follow in a stream of an earlier step. */
  readonly followed?: { readonly stream: string; readonly events: readonly WantedEvent[]; readonly ends?: boolean };
  /** Asked again until the answer says this, by JSON pointer, or has this `status`. */
  readonly until?: Readonly<Record<string, Json>>;
  /** In place of a request: starts another agent, or a master that does not lead. */
  readonly start?: 'agent' | 'standby';
  /** Asks the master that does not lead. */
  readonly standby?: boolean;
  /** In place of a request: ends the agent that was started last. */
  readonly stop?: 'agent';
  /** In place of a request: what a stream tells next, in `events`. */
  readonly listen?: string;
}

/** Steps that several scenarios begin with, by the name of their file. */
interface Inclusion {
  readonly include: string;
}

/** Steps that one cluster goes through. */
export interface Scenario {
  readonly name: string;
  readonly flags?: Readonly<Partial<Record<Daemon, Readonly<Record<string, Json>>>>>;
  readonly steps: readonly Step[];
}

/** A request as the pages show it. */
export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string;
  readonly recordio?: readonly Json[];
}

/** An answer as the pages show it. */
export interface ShownAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string;
  readonly events?: readonly Json[];
}

/** An example that was run, with what changes from run to run replaced. */
export interface Example {
  readonly name: string;
  readonly title?: string;
  readonly api?: ApiName;
  /** The type of the call, or the path. */
  readonly of: string;
  readonly daemon: Daemon;
  /** Neither is there where a stream has told something. */
  readonly request?: ShownRequest;
  readonly answer?: ShownAnswer;
  /** Events that followed elsewhere, and whether that stream has ended. */
  readonly followed?: { readonly events: readonly Json[]; readonly ended: boolean };
  /** What the daemon asked its authorizer for. */
  readonly actions: readonly string[];
}

/** All scenarios. */
export function readScenarios(): Scenario[] {
  return jsonFiles(scenariosFolder).map((name) => {
    const { flags, steps } = readJson(join(scenariosFolder, name)) as Omit<Scenario, 'steps'> & {
      readonly steps: readonly (Inclusion | Step)[];
    };
    return {
      name: name.replace('.json', ''),
      steps: steps.flatMap(included),
      ...(flags === undefined ? {} : { flags }),
    };
  });
}

function included(step: Inclusion | Step): readonly Step[] {
  if (!('include' in step)) return [step];
  return readJson(join(scenariosFolder, 'setup', `${step.include}.json`)) as Step[];
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** What the examples were answered when they were recorded, by scenario. */
export function readExamples(): Map<string, Example[]> {
  return new Map(
    jsonFiles(answersFolder).map((name) => [
      name.replace('.json', ''),
      readJson(join(answersFolder, name)) as Example[],
    ]),
  );
}

/** Remembers what the examples of a scenario were answered. */
export function writeExamples(scenario: string, examples: readonly Example[]): void {
  writeFileSync(join(answersFolder, `${scenario}.json`), `${JSON.stringify(examples, undefined, 2)}\n`);
}

function jsonFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
}
