import { Process } from '../actor/process.ts';
import { errorText } from '../errors.ts';
import { textResponse } from '../http/message.ts';
import { attachment, durationOf } from './profile-request.ts';
import { guardOf } from './guard.ts';
import { beginProfile } from './inspector.ts';
import type { RouteOptions } from '../actor/handlers.ts';
import type { Session } from 'node:inspector/promises';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Timer } from '../time/clock.ts';
import type { GuardOptions } from './guard.ts';

/** Options of `ProfilerProcess`. */
export interface ProfilerOptions extends GuardOptions {
  /** Whether anybody may profile; it slows the program down by some percent. @default false */
  readonly enabled?: boolean;
}

const durationMsMin = 1;
// A sample for each millisecond: beyond, the profile takes hundreds of megabytes.
const durationMsMax = 10 * 60 * 1000;

/**
 * Profiles this thread's processor time: `/profiler/start?duration=30secs` begins, `/profiler/stop` answers a V8 CPU profile for Chrome's
 * DevTools or `speedscope`. One at a time; it ends by itself after its duration (5 minutes unless asked for, at most 10), and what it
 * found waits for `/profiler/stop` until another one begins.
 */
export class ProfilerProcess extends Process {
  readonly #enabled: boolean;
  readonly #guard: RouteOptions;
  #run: Promise<Session> | undefined;
  #end: Timer | undefined;
  #found: string | undefined;

  constructor(options: ProfilerOptions = {}) {
    super('profiler');
    this.#enabled = options.enabled ?? false;
    this.#guard = guardOf(options);
  }

  protected override initialize(): void {
    this.route('/start', (request) => this.#start(request), {
      ...this.#guard,
      help: {
        summary: 'Begins a CPU profile.',
        description: 'It ends by itself after the query parameter `duration`: 5mins unless given, at most 10mins.',
      },
    });
    this.route('/stop', () => this.#stop(), {
      ...this.#guard,
      help: 'Ends the CPU profile, if it has not ended by itself, and answers it as a .cpuprofile file.',
    });
  }

  protected override async finalize(): Promise<void> {
    (await this.#run?.catch(() => undefined))?.disconnect();
  }

  async #start({ query }: HttpRequest): Promise<HttpResponse> {
    if (!this.#enabled) return disabled();
    if (this.#run !== undefined) return textResponse(400, 'Profiler already started.\n');
    const duration = durationOf(query, durationMsMin, durationMsMax);
    if (duration.problem !== undefined) return textResponse(400, duration.problem);
    const run = this.runtime.track(beginProfile('Profiler.enable', 'Profiler.start'));
    this.#run = run;
    this.#found = undefined;
    try {
      await run;
    } catch (error) {
      this.#run = undefined;
      return textResponse(500, `Failed to start profiler: ${errorText(error)}\n`);
    }
    this.#end = this.delay(duration.ms, async () => {
      try {
        await this.#finish();
      } catch (error) {
        this.runtime.logger.warn(`The CPU profile is lost: ${errorText(error)}`);
      }
    });
    return textResponse(200, 'Profiler started.\n');
  }

  async #stop(): Promise<HttpResponse> {
    if (!this.#enabled) return disabled();
    await this.#finish();
    if (this.#found === undefined) return textResponse(400, 'Profiler not running.\n');
    const found = this.#found;
    this.#found = undefined;
    return attachment(`${this.runtime.clock.now()}.cpuprofile`, 'application/json', found);
  }

  /** Ends what runs, if anything does, and keeps what it found. */
  async #finish(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (this.#end !== undefined) this.cancel(this.#end);
    this.#end = undefined;
    const session = await run;
    try {
      const { profile } = await this.runtime.track(session.post('Profiler.stop'));
      this.#found = JSON.stringify(profile);
    } finally {
      session.disconnect();
    }
  }
}

function disabled(): HttpResponse {
  return textResponse(
    400,
    'The profiler is not enabled. Start with LIBPROCESS_ENABLE_PROFILER=1 in the environment.\n',
  );
}
