import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from './framework.ts';

/** Shows how far the job is. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  stop(): void;
}

/** A bar on a terminal, which moves; plain lines elsewhere, one for each tenth of the job. */
export function progressDisplay(stream: NodeJS.WriteStream, shards: number): ProgressDisplay {
  return stream.isTTY ? new BarDisplay(stream, shards) : new LineDisplay(stream);
}

class BarDisplay implements ProgressDisplay {
  readonly #bar: SingleBar;
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream, shards: number) {
    this.#stream = stream;
    this.#bar = new SingleBar(
      {
        stream,
        format: '{bar} {value}/{total} shards, {running} running, {words} words',
        hideCursor: true,
        clearOnComplete: false,
      },
      Presets.shades_classic,
    );
    this.#bar.start(shards, 0, { running: 0, words: 0 });
  }

  show({ done, running, words, note }: Progress): void {
    if (note !== undefined) this.#stream.write(`\r\u001B[K${note}\n`);
    this.#bar.update(done, { running, words });
  }

  stop(): void {
    this.#bar.stop();
  }
}

class LineDisplay implements ProgressDisplay {
  readonly #stream: NodeJS.WritableStream;
  #tenths = -1;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  show({ done, running, shards, words, note }: Progress): void {
    if (note !== undefined) this.#stream.write(`${note}\n`);
    const tenths = Math.floor((10 * done) / shards);
    if (tenths === this.#tenths) return;
    this.#tenths = tenths;
    this.#stream.write(`${done}/${shards} shards, ${running} running, ${words} words\n`);
  }

  stop(): void {
    // Its lines are complete as they are.
  }
}
