// Pieces of memory that are kept for frames to come.
const sparesMax = 2;
// How much larger a piece is than the frame that it is made for: frames of one kind of message differ a little.
const headroom = 1.125;

/**
 * Memory for frames that may be dropped before anybody sees them, and which then serves those after them: gigabytes of frames a second,
 * made and dropped, keep the collector busy, and with it everybody who shares the thread.
 */
export class FrameMemory {
  readonly #made = new WeakSet<ArrayBufferLike>();
  readonly #spares: Uint8Array[] = [];

  /** Copies a frame to where it can stay. */
  readonly keep = (frame: Uint8Array): Uint8Array => {
    let memory = this.#spares.pop();
    if (memory === undefined || memory.length < frame.length) {
      memory = new Uint8Array(Math.ceil(frame.length * headroom));
      this.#made.add(memory.buffer);
    }
    memory.set(frame);
    return memory.subarray(0, frame.length);
  };

  /** Takes back a frame that was dropped. To be called once, with one that nobody else has. */
  release({ buffer }: Uint8Array): void {
    if (this.#spares.length < sparesMax && this.#made.has(buffer)) this.#spares.push(new Uint8Array(buffer));
  }
}
