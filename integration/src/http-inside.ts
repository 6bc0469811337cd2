import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** An HTTP request that is made from inside a container, so that it works with every engine and across a partition. */
export interface InsideRequest {
  readonly port: number;
  readonly path: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What was answered. */
export interface InsideResponse {
  readonly status: number;
  readonly body: string;
}

/** How long a request is made again. */
export interface InsideRequestOptions {
  /** Whether an answer of another status than 200 to 299 is none. */
  readonly untilOk: boolean;
  /** 0 for one attempt. */
  readonly timeoutMs: number;
}

const attemptMs = 20_000;
const pauseMs = 100;
const endedReason = 'the program that asks has ended';
/** What a busy machine may take beyond the time of a request. */
const patienceMs = 120_000;

/**
 * Runs inside the container, as text: reads requests, a line of JSON each, and asks the container's own address until the server answers
 * (and, if `untilOk`, answers well) or time is over; then prints a line of JSON with the answer, or with the reason for none.
 */
const requestProgram = `
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const [, host] = process.argv;

function ask({ body, ...what }) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(${attemptMs});
    const asked = request({ ...what, host, agent: false, signal }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, body: answer }), reject);
    });
    asked.on('error', reject).end(body);
  });
}

async function answer({ id, untilOk, timeoutMs, ...what }) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let failure;
    try {
      const response = await ask(what);
      if (!untilOk || (response.status >= 200 && response.status < 300)) return { id, response };
      failure = 'status ' + response.status;
    } catch (error) {
      failure = String(error);
    }
    if (performance.now() > deadline) return { id, failure };
    await pause(${pauseMs});
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  answer(JSON.parse(line)).then((it) => process.stdout.write(JSON.stringify(it) + '\\n'));
}
`;

/** The command that makes requests to an address, for as long as it is given some. */
export function requestCommand(ip: string): string[] {
  return ['node', '--input-type=module', '--eval', requestProgram, '--', ip];
}

/** That command while it runs. Its output ends with it. */
export interface InsideProgram {
  readonly input: Writable;
  readonly output: Readable;
}

interface Answer {
  readonly id: number;
  readonly response?: InsideResponse;
  readonly failure?: string;
}

/** Makes requests by a program that is started for the first of them, and again when it has ended with its container. */
export class InsideRequests {
  readonly #start: () => Promise<InsideProgram>;
  #program: Promise<InsideProgram> | undefined;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(start: () => Promise<InsideProgram>) {
    this.#start = start;
  }

  /** Rejects with the reason when there is no answer in time. */
  async request(what: InsideRequest, options: InsideRequestOptions): Promise<InsideResponse> {
    const program = (this.#program ??= this.#begin());
    const { input } = await program;
    const id = ++this.#lastId;
    const { response, failure } = await new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => {
        this.#answered({ id, failure: 'nothing is heard from the program that asks' });
      }, options.timeoutMs + patienceMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      if (this.#program === program) input.write(`${JSON.stringify({ id, ...what, ...options })}\n`);
      else this.#answered({ id, failure: endedReason });
    });
    if (response === undefined) throw new Error(failure);
    return response;
  }

  async #begin(): Promise<InsideProgram> {
    try {
      const program = await this.#start();
      // Its output tells that it has ended.
      program.input.on('error', () => undefined);
      const lines = createInterface({ input: program.output });
      lines.on('line', (line) => {
        this.#answered(JSON.parse(line) as Answer);
      });
      lines.on('close', () => {
        this.#ended();
      });
      return program;
    } catch (error) {
      this.#program = undefined;
      throw error;
    }
  }

  #answered(answer: Answer): void {
    const tell = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    tell?.(answer);
  }

  #ended(): void {
    this.#program = undefined;
    for (const id of this.#waiting.keys()) this.#answered({ id, failure: endedReason });
  }
}
