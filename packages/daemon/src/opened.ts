/** What a daemon has opened, closed in the reverse order: when it ends, or when something hinders its start. */
export class Opened {
  readonly #closings: (() => void | Promise<void>)[] = [];
  #closed: Promise<void> | undefined;

  /** Adds how to close what was opened just now. */
  add(close: () => void | Promise<void>): void {
    this.#closings.push(close);
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#closings.pop(); close !== undefined; close = this.#closings.pop()) await close();
  }
}

/** Starts what consists of parts: when that fails, those that were opened are closed again. */
export async function startWith<T>(start: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = new Opened();
  try {
    return await start(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}
