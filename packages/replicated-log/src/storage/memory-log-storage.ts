import { IntervalSet } from '../interval-set.ts';
import { LogError } from '../errors.ts';
import { checkAction, truncatesTo } from './log-ledger.ts';
import type { Action, Metadata } from '../protocol/action.ts';
import type { LogStorage, LogWrite, RecoveredLog } from './log-storage.ts';

/** What a `MemoryLogStorage` keeps. One that is given the content of another has the same disk, as after a restart. */
export class MemoryLogContent {
  metadata: Metadata = { status: 'EMPTY', promised: 0 };
  begin = 0;
  end = 0;
  readonly actions = new Map<number, Action>();
  readonly learned = new IntervalSet();
}

/** A log in memory, for tests and for programs that keep nothing. */
export class MemoryLogStorage implements LogStorage {
  readonly content: MemoryLogContent;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(content = new MemoryLogContent()) {
    this.content = content;
  }

  async recover(): Promise<RecoveredLog> {
    if (this.#state !== 'new') throw new LogError('LOG_CLOSED', 'A storage is opened once');
    this.#state = 'open';
    const { metadata, begin, end, actions, learned } = this.content;
    const unlearned = new IntervalSet();
    for (const position of actions.keys()) if (!learned.has(position)) unlearned.add(position);
    return { metadata, begin, end, learned: learned.within(), unlearned: unlearned.within() };
  }

  async persist({ metadata, actions = [], learned = [] }: LogWrite): Promise<void> {
    this.#requireOpen();
    for (const action of actions) checkAction(action);
    const content = this.content;
    const coming = new Map(actions.map((action) => [action.position, action]));
    for (const { from, to } of learned) {
      if (!(from >= 0 && from <= to)) throw invalid(`${from} to ${to} are no positions`);
      for (let position = Math.max(from, content.begin); position <= to; position++) {
        if ((coming.get(position) ?? content.actions.get(position))?.value === undefined) {
          throw invalid(`position ${position} has no value that could be learned`);
        }
      }
    }
    content.metadata = metadata ?? content.metadata;
    for (const action of actions) {
      const { position, learned: isLearned = false } = action;
      content.end = Math.max(content.end, position);
      if (position < content.begin) continue;
      content.actions.set(position, action);
      if (isLearned) this.#learn(position, position);
      else content.learned.remove(position);
    }
    for (const { from, to } of learned) this.#learn(from, to);
  }

  async read(from: number, to: number, bytesMax = Infinity): Promise<readonly Action[]> {
    this.#requireOpen();
    const { begin, end, actions, learned } = this.content;
    const found: Action[] = [];
    let bytes = 0;
    for (const position of this.#positions(Math.max(from, begin), Math.min(to, end))) {
      const action = actions.get(position);
      if (action === undefined) continue;
      if (bytes >= bytesMax) break;
      const { promised, performed, value } = action;
      const known = performed === undefined ? { position, promised } : { position, promised, performed, value };
      found.push((learned.has(position) ? { ...known, learned: true } : known) as Action);
      bytes += 1 + (value?.type === 'append' ? value.bytes.length : 0);
    }
    return found;
  }

  close(): Promise<void> {
    this.#state = 'closed';
    return Promise.resolve();
  }

  #learn(from: number, to: number): void {
    const content = this.content;
    const first = Math.max(from, content.begin);
    content.learned.add(first, to);
    let begin = content.begin;
    for (const position of this.#positions(first, to)) {
      begin = Math.max(begin, truncatesTo(position, content.actions.get(position)?.value) ?? 0);
    }
    for (const position of this.#positions(content.begin, begin - 1)) content.actions.delete(position);
    content.begin = begin;
    content.learned.remove(0, begin - 1);
  }

  /** The positions of `from` to `to`, ascending, that may have an action. */
  #positions(from: number, to: number): Iterable<number> {
    const { actions } = this.content;
    if (to - from <= actions.size) return range(from, to);
    return [...actions.keys()]
      .filter((position) => position >= from && position <= to)
      .toSorted((one, two) => one - two);
  }

  #requireOpen(): void {
    if (this.#state !== 'open') throw new LogError('LOG_CLOSED', 'The storage of the log is not open');
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let position = from; position <= to; position++) yield position;
}

function invalid(problem: string): LogError {
  return new LogError('LOG_POSITION_INVALID', `A write to the log: ${problem}`);
}
