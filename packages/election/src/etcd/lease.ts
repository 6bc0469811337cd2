import { errorText } from '@mesos-ts/libprocess';
import type { Timer } from '@mesos-ts/libprocess';
import { clockMargin } from '../clock-margin.ts';
import { EtcdError } from './client.ts';
import type { Surroundings } from '../interfaces.ts';
import type { EtcdClient, EtcdStream } from './client.ts';

const retryMs = 250;

/** Options of `EtcdLease`. */
export interface EtcdLeaseOptions {
  readonly id: bigint;
  readonly ttlMs: number;
  /** When it was asked for, by the clock that never goes back. */
  readonly askedMs: number;
  /** Hears why it is over, once, and whether etcd does not know it, which by the clock it has to. */
  readonly ended: (why: string, isForgotten: boolean) => void;
}

/**
 * A lease of etcd that is prolonged as long as it can be. It counts from when it was asked for, or for more time, and not from when that was
 * answered, and a fifth less than it lasts by etcd's clock: so it is over here before it is over there.
 */
export class EtcdLease {
  readonly id: bigint;
  /** How long it lasts here without being prolonged. */
  readonly #heldMs: number;
  readonly #client: EtcdClient;
  readonly #surroundings: Surroundings;
  readonly #ended: (why: string, isForgotten: boolean) => void;
  #heldUntilMs: number;
  #asked: number[] = [];
  #stream: EtcdStream | undefined;
  #expiry: Timer | undefined;
  #next: Timer | undefined;
  #isOver = false;
  #problem = 'no answer';

  constructor({ askedMs, ended, id, ttlMs }: EtcdLeaseOptions, client: EtcdClient, surroundings: Surroundings) {
    this.id = id;
    this.#heldMs = ttlMs / clockMargin;
    this.#client = client;
    this.#surroundings = surroundings;
    this.#ended = ended;
    this.#heldUntilMs = askedMs + this.#heldMs;
    this.#expireLater();
    void this.#open();
  }

  /** Whether it surely goes on, by the clock. */
  isHeld(): boolean {
    return !this.#isOver && this.#surroundings.clock.monotonic() < this.#heldUntilMs;
  }

  /** Is prolonged no more. Nobody is told. */
  stop(): void {
    this.#isOver = true;
    this.#stream?.close();
    for (const timer of [this.#expiry, this.#next]) if (timer !== undefined) this.#surroundings.clock.cancel(timer);
  }

  async #open(): Promise<void> {
    if (this.#isOver) return;
    this.#asked = [];
    try {
      const stream = await this.#client.stream('Lease/LeaseKeepAlive', {
        received: (message) => {
          const askedMs = this.#asked.shift();
          const ttlSeconds = Number(message.int(3));
          if (ttlSeconds <= 0) this.#end('etcd does not know the lease any more');
          else if (askedMs !== undefined) {
            this.#prolonged(askedMs + Math.min((ttlSeconds * 1000) / clockMargin, this.#heldMs));
          }
        },
        ended: (error) => {
          this.#broken(error);
        },
      });
      if (this.#isOver) {
        stream.close();
        return;
      }
      this.#stream = stream;
      this.#ask();
    } catch (error) {
      this.#broken(error);
    }
  }

  /** Asks three times as often as it has to. A member that has not answered by the next time is left: there is time left for another one. */
  #ask(): void {
    if (this.#isOver || this.#stream === undefined) return;
    const nowMs = this.#surroundings.clock.monotonic();
    const oldest = this.#asked[0];
    if (oldest !== undefined && nowMs - oldest >= this.#heldMs / 4) {
      const stream = this.#stream;
      this.#stream = undefined;
      // Perhaps it is cut off from the others, and they still know the lease.
      stream.leave();
      this.#broken(new EtcdError(14, 'etcd does not answer any more'));
      return;
    }
    this.#asked.push(nowMs);
    this.#stream.send({ 1: this.id });
    this.#schedule(this.#heldMs / 3, () => {
      this.#ask();
    });
  }

  #broken(error: unknown): void {
    if (this.#isOver) return;
    this.#problem = errorText(error);
    this.#stream = undefined;
    this.#schedule(retryMs, () => {
      void this.#open();
    });
  }

  #prolonged(untilMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, untilMs);
  }

  #expireLater(): void {
    const { clock } = this.#surroundings;
    this.#expiry = clock.timer(
      this.#heldUntilMs - clock.monotonic(),
      () => {
        if (clock.monotonic() < this.#heldUntilMs) this.#expireLater();
        else this.#end(`etcd has not prolonged the lease for ${this.#heldMs} ms: ${this.#problem}`);
      },
      { keepsAlive: true },
    );
  }

  #schedule(delayMs: number, work: () => void): void {
    const { clock } = this.#surroundings;
    if (this.#next !== undefined) clock.cancel(this.#next);
    this.#next = clock.timer(delayMs, work, { keepsAlive: true });
  }

  #end(why: string): void {
    if (this.#isOver) return;
    const isForgotten = this.isHeld();
    this.stop();
    this.#ended(why, isForgotten);
  }
}
