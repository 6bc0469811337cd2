import { Process } from '../actor/process.ts';
import { readDuration } from '../duration.ts';
import { textResponse } from '../http/message.ts';
import { guardOf } from './guard.ts';
import type { RouteOptions } from '../actor/handlers.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { Timer } from '../time/clock.ts';
import type { Verbosity } from '../logger.ts';
import type { GuardOptions } from './guard.ts';

const levelMax = 2_147_483_647;

/**
 * Raises the verbosity of the runtime's logger for a while at `/logging/toggle?level=1&duration=5mins`; then it falls back to what it was
 * when this actor was spawned. Without parameters it tells the level. With a logger that has no verbosity, raising is answered with 501.
 */
export class LoggingProcess extends Process {
  readonly #guard: RouteOptions;
  #verbosity: Verbosity | undefined;
  #original = 0;
  #revert: Timer | undefined;

  constructor(options: GuardOptions = {}) {
    super('logging');
    this.#guard = guardOf(options);
  }

  protected override initialize(): void {
    this.#verbosity = this.runtime.logger.verbosity;
    this.#original = this.level();
    this.route('/toggle', (request) => this.#toggle(request), {
      ...this.#guard,
      help: {
        summary: 'Sets how much is logged, for a while.',
        description:
          'Query parameters: `level`, 0 for what operators should know, 1 for debug messages too; and `duration`, for example `5mins`, after which the level falls back. Without them the level is told.',
      },
    });
  }

  protected override finalize(): void {
    this.#set(this.#original);
  }

  /** How much is logged: 0 what operators should know. */
  level(): number {
    return this.#verbosity?.level ?? 0;
  }

  /** Sets how much is logged, for so many milliseconds. Answers whether the runtime's logger can do so. */
  setLevel(level: number, durationMs: number): boolean {
    if (this.#verbosity === undefined) return false;
    if (this.#revert !== undefined) this.cancel(this.#revert);
    this.#set(level);
    this.#revert = this.delay(durationMs, () => {
      this.#set(this.#original);
    });
    return true;
  }

  #set(level: number): void {
    if (this.#verbosity === undefined || this.#verbosity.level === level) return;
    this.runtime.logger.info(`Verbosity of the log is ${level}, was ${this.#verbosity.level}`);
    this.#verbosity.level = level;
  }

  #toggle({ query }: HttpRequest): HttpResponse {
    const [levelText, durationText] = [query.get('level'), query.get('duration')];
    if (levelText === null && durationText === null) return textResponse(200, `${this.level()}\n`);
    if (durationText === null) return textResponse(400, "Expecting 'duration=value' in query.\n");
    if (levelText === null) return textResponse(400, "Expecting 'level=value' in query.\n");
    const level = readInteger(levelText);
    if (level === undefined) return textResponse(400, `Failed to convert '${levelText}' to number.\n`);
    if (level < 0) return textResponse(400, `Invalid level '${level}'.\n`);
    if (level < this.#original) return textResponse(400, `'${level}' < original level.\n`);
    const duration = readDuration(durationText);
    if (duration.error !== undefined) return textResponse(400, `${duration.error}.\n`);
    if (!this.setLevel(level, duration.ms)) {
      return textResponse(501, 'The logger of this program cannot change its level while it runs.\n');
    }
    return { status: 200 };
  }
}

/** A number as Mesos reads one: decimal or hexadecimal, of 32 bits. */
function readInteger(text: string): number | undefined {
  if (!/^(?:[+-]?\d+|-?0x[\da-f]+)$/i.test(text)) return undefined;
  const value = text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
  return Math.abs(value) > levelMax ? undefined : value;
}
