/** A request to an endpoint. */
export interface FuzzRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Options of `bombard`. */
export interface BombardOptions {
  /** How many requests. */
  readonly count: number;
  /** Makes the next one. */
  next(): FuzzRequest;
  send(request: FuzzRequest): Promise<{ readonly status: number }>;
  /** Lets what is under way be answered; done after each hundred. */
  settle(): Promise<void>;
}

/** What requests were answered. */
export interface FuzzOutcome {
  /** How often a status was the answer. */
  readonly count: (status: number) => number;
  /** The requests whose answer was none of those that may be. */
  readonly unexpected: readonly string[];
}

/**
 * Sends many requests, a hundred at a time, and resolves when all are sent.
 * @returns What waits for the answers, and says what became of the requests when only these statuses may be.
 */
export async function bombard(options: BombardOptions): Promise<(expected: readonly number[]) => Promise<FuzzOutcome>> {
  const answers: Promise<readonly [FuzzRequest, number]>[] = [];
  for (let sent = 1; sent <= options.count; sent++) {
    const request = options.next();
    answers.push(options.send(request).then(({ status }) => [request, status] as const));
    if (sent % 100 === 0) await options.settle();
  }
  await options.settle();
  return async (expected) => {
    const counts = new Map<number, number>();
    const unexpected: string[] = [];
    for (const [{ body, ...request }, status] of await Promise.all(answers)) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
      const shown = { ...request, body: body.toString('latin1') };
      if (!expected.includes(status)) unexpected.push(`${status} for ${JSON.stringify(shown)}`);
    }
    return { count: (status) => counts.get(status) ?? 0, unexpected };
  };
}
