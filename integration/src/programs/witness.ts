/**
 * Runs a master, again whenever it ends, and asks it all the time whether it leads, in two ways: it reads the weight of a role, and sets it to a
 * number that grows with time. What was answered, and when, is appended to a file, one line each: see `testimony.ts`. Prints `witness: leads` and
 * `witness: does not lead` whenever that changes. Its only argument is a {@link WitnessOptions} as JSON. Ends with its host.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** What the witness is told. */
export interface WitnessOptions {
  /** What runs the master. */
  readonly command: readonly string[];
  /** Where the master's API is. */
  readonly url: string;
  /** Where the testimony goes. */
  readonly file: string;
  /** While there is this file, it writes nothing to the master. */
  readonly restFile: string;
  readonly role: string;
}

/** One that leads is asked more often than one that stands by. */
const readEveryMs = { leading: 100, otherwise: 200 };
const writeEveryMs = { leading: 400, otherwise: 1000 };
/** A master that is frozen says nothing: then the next question waits for it as well. */
const readTimeoutMs = 300;
const writeTimeoutMs = 1000;
const restartAfterMs = 200;

const { command, file, restFile, role, url } = JSON.parse(process.argv[2] ?? '') as WitnessOptions;

let isLeading = false;

/** Milliseconds by the one clock of all containers of a machine that nobody sets. */
function nowMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

async function ask(kind: 'read' | 'write', call: object, timeoutMs: number, written?: number): Promise<void> {
  const fromMs = nowMs();
  let says: string;
  let weight = written;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(call),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await response.text();
    says = response.status === 503 && body.includes('recovery') ? 'recovers' : String(response.status);
    if (response.status === 200 && kind === 'read') weight = weightIn(body);
  } catch {
    says = 'silent';
  }
  // One that is slow to answer leads as before.
  if (kind === 'read' && says !== 'silent') tell(says === '200');
  appendFileSync(file, `${kind} ${fromMs} ${nowMs()} ${says} ${weight ?? '-'}\n`);
}

function tell(leads: boolean): void {
  if (leads !== isLeading) console.log(`witness: ${leads ? 'leads' : 'does not lead'}`);
  isLeading = leads;
}

function weightIn(body: string): number | undefined {
  const { get_weights: weights } = JSON.parse(body) as {
    get_weights?: { weight_infos?: { role?: string; weight: number }[] };
  };
  return weights?.weight_infos?.find((info) => info.role === role)?.weight;
}

async function read(): Promise<never> {
  for (;;) {
    await ask('read', { type: 'GET_WEIGHTS' }, readTimeoutMs);
    await pause(readEveryMs[isLeading ? 'leading' : 'otherwise']);
  }
}

async function write(): Promise<never> {
  for (;;) {
    if (!existsSync(restFile)) {
      const weight = nowMs();
      const call = { type: 'UPDATE_WEIGHTS', update_weights: { weight_infos: [{ role, weight }] } };
      await ask('write', call, writeTimeoutMs, weight);
    }
    await pause(writeEveryMs[isLeading ? 'leading' : 'otherwise']);
  }
}

async function run(): Promise<never> {
  const [program = '', ...args] = command;
  for (;;) {
    appendFileSync(file, `begins ${nowMs()}\n`);
    const master = spawn(program, args, { stdio: 'inherit' });
    const [status, signal] = (await once(master, 'exit')) as [number | null, NodeJS.Signals | null];
    appendFileSync(file, `ends ${status ?? signal ?? ''}\n`);
    tell(false);
    await pause(restartAfterMs);
  }
}

// Whoever led on this host before it was started again.
console.log('witness: does not lead');
await Promise.all([run(), read(), write()]);
