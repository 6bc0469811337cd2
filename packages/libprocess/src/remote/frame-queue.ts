import { encodeFrame, isMessage } from './frame.ts';
import type { Entry } from './frame.ts';

/** A frame that waits to be sent. */
export interface WaitingFrame {
  readonly bytes: Uint8Array;
  readonly messages: number;
  /** The entries that are no messages. */
  readonly controls: readonly Entry[];
}

// Places of frames that are gone, beyond which the rest is moved to the front.
const goneMax = 1_024;

export function waitingFrame(entries: readonly Entry[], bytes = encodeFrame(entries)): WaitingFrame {
  const controls = entries.filter((entry) => !isMessage(entry));
  return { bytes, messages: entries.length - controls.length, controls };
}

/** Frames in the order in which they are to be sent. Messages can be dropped from its front; what is no message stays in its place. */
export class FrameQueue {
  #frames: (WaitingFrame | undefined)[] = [];
  #head = 0;
  /** No frame before this one has messages. */
  #oldest = 0;
  #bytes = 0;
  #messages = 0;
  #controls = 0;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  get controls(): number {
    return this.#controls;
  }

  push(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#count(frame, 1);
  }

  shift(): WaitingFrame | undefined {
    let frame: WaitingFrame | undefined;
    while (frame === undefined && this.#head < this.#frames.length) frame = this.#take(this.#head++);
    if (this.#head === this.#frames.length || this.#head > goneMax) this.#compact();
    return frame;
  }

  /** Drops the messages of the oldest frame that has any, and answers that frame. */
  dropOldest(): WaitingFrame | undefined {
    for (let index = Math.max(this.#oldest, this.#head); index < this.#frames.length; index++) {
      this.#oldest = index;
      if ((this.#frames[index]?.messages ?? 0) === 0) continue;
      const frame = this.#take(index);
      if (frame === undefined) continue;
      if (frame.controls.length > 0) {
        const kept = waitingFrame(frame.controls);
        this.#frames[index] = kept;
        this.#count(kept, 1);
      }
      return frame;
    }
    return undefined;
  }

  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#oldest = 0;
    this.#bytes = 0;
    this.#messages = 0;
    this.#controls = 0;
  }

  #take(index: number): WaitingFrame | undefined {
    const frame = this.#frames[index];
    this.#frames[index] = undefined;
    if (frame !== undefined) this.#count(frame, -1);
    return frame;
  }

  #count({ bytes, messages, controls }: WaitingFrame, sign: 1 | -1): void {
    this.#bytes += sign * bytes.length;
    this.#messages += sign * messages;
    this.#controls += sign * controls.length;
  }

  #compact(): void {
    this.#frames.splice(0, this.#head);
    this.#oldest = Math.max(0, this.#oldest - this.#head);
    this.#head = 0;
  }
}
