/** What witnesses of masters tell (`programs/witness.ts`), and what follows from it. */

/** One question to a master, and what it said. Times are in milliseconds by the one clock of all. */
export interface Testimony {
  readonly kind: 'read' | 'write';
  /** When it was asked. */
  readonly fromMs: number;
  /** When it had answered, or was given up. */
  readonly toMs: number;
  /** The HTTP status, `recovers` for a leader that does not know the registry yet, or `silent`. */
  readonly says: string;
  /** The weight that was read, or was to be set. */
  readonly weight: number | undefined;
}

/** A master from one start to its end. */
export interface Life {
  readonly said: readonly Testimony[];
  /** The exit status, or the name of the signal; undefined while it runs, or where its host ended with it. */
  readonly end: string | undefined;
}

/** A time for which a master acted as the leader: since a moment not later than `sinceMs`, and until one not earlier than `untilMs`. */
export interface Reign {
  readonly master: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Reads what a witness has written down. */
export function readTestimony(text: string): Life[] {
  const lives: { said: Testimony[]; end: string | undefined }[] = [];
  for (const line of text.split('\n')) {
    const [kind, from, to, says = '', weight] = line.split(' ');
    const life = lives.at(-1);
    if (kind === 'begins') lives.push({ said: [], end: undefined });
    if (kind === 'ends' && life !== undefined) life.end = from;
    if (kind !== 'read' && kind !== 'write') continue;
    life?.said.push({
      kind,
      fromMs: Number(from),
      toMs: Number(to),
      says,
      weight: weight === '-' ? undefined : Number(weight),
    });
  }
  return lives;
}

/** Whether it was an answer that only a leader gives. */
export function isLeaders({ says }: Testimony): boolean {
  return says === '200' || says === 'recovers';
}

/** When masters led, in the order in which they began to. Who has led and does no more never leads again in the same life. */
export function reignsOf(lives: ReadonlyMap<string, readonly Life[]>): Reign[] {
  const reigns: Reign[] = [];
  for (const [master, all] of lives) {
    for (const life of all) {
      const claims = life.said.filter(isLeaders);
      if (claims.length === 0) continue;
      const sinceMs = Math.min(...claims.map(({ toMs }) => toMs));
      reigns.push({ master, sinceMs, untilMs: Math.max(...claims.map(({ fromMs }) => fromMs)) });
    }
  }
  return reigns.toSorted((one, other) => one.sinceMs - other.sinceMs);
}

/** Pairs of masters that surely led at the same time. What may have been one after the other is none. */
export function rivals(reigns: readonly Reign[]): [Reign, Reign][] {
  return reigns.flatMap((one, index) =>
    reigns
      .slice(index + 1)
      .filter((other) => one.untilMs >= other.sinceMs && other.untilMs >= one.sinceMs)
      .map((other): [Reign, Reign] => [one, other]),
  );
}

/** Answers from which something is missing that was confirmed before they were asked for: a change was lost, or what was read is of a master that leads no more. */
export function lostWrites(lives: ReadonlyMap<string, readonly Life[]>): { read: Testimony; confirmed: Testimony }[] {
  const all = [...lives.values()]
    .flat()
    .flatMap(({ said }) => said)
    .filter(({ says }) => says === '200');
  const writes = all.filter(({ kind }) => kind === 'write').toSorted((one, other) => one.toMs - other.toMs);
  const reads = all.filter(({ kind }) => kind === 'read').toSorted((one, other) => one.fromMs - other.fromMs);
  const lost: { read: Testimony; confirmed: Testimony }[] = [];
  let highest: Testimony | undefined;
  let next = 0;
  for (const read of reads) {
    for (let write = writes[next]; write !== undefined && write.toMs < read.fromMs; write = writes[++next]) {
      if ((write.weight ?? 0) > (highest?.weight ?? 0)) highest = write;
    }
    if (highest !== undefined && (read.weight ?? 0) < (highest.weight ?? 0)) lost.push({ read, confirmed: highest });
  }
  return lost;
}

/** What was said, each as often as it was: `200 x 12, silent x 3`. */
export function summary(said: readonly Testimony[]): string {
  const counts = new Map<string, number>();
  for (const { says } of said) counts.set(says, (counts.get(says) ?? 0) + 1);
  return [...counts].map(([says, count]) => `${says} x ${count}`).join(', ') || 'nothing';
}
