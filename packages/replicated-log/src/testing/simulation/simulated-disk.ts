import type { Action, Metadata } from '../../protocol/action.ts';
import { IntervalSet, positionsOf } from '../../interval-set.ts';
import type { LogWrite, RecoveredLog } from '../../storage/log-storage.ts';

/** What a disk holds after some writes. */
export interface DiskState {
  metadata: Metadata;
  begin: number;
  readonly actions: Map<number, Action>;
}

function emptyState(): DiskState {
  return { metadata: { status: 'EMPTY', promised: 0 }, begin: 0, actions: new Map() };
}

/** Does to a state what a write says. */
function applyWrite(state: DiskState, { metadata, actions = [], learned = [] }: LogWrite): void {
  if (metadata !== undefined) state.metadata = metadata;
  const learn = (action: Action): void => {
    const { value } = action;
    if (value?.type === 'truncate') state.begin = Math.max(state.begin, value.to);
    else if (value?.type === 'nop' && value.tombstone === true) {
      state.begin = Math.max(state.begin, action.position + 1);
    }
  };
  for (const action of actions) {
    state.actions.set(action.position, action);
    if (action.learned === true) learn(action);
  }
  for (const position of positionsOf(learned)) {
    const action = state.actions.get(position);
    if (action === undefined) continue;
    const marked = { ...action, learned: true };
    state.actions.set(position, marked);
    learn(marked);
  }
}

/** What a storage says of a state when it is opened. */
export function recoveredFrom({ metadata, begin, actions }: DiskState): RecoveredLog {
  const learned = new IntervalSet();
  const unlearned = new IntervalSet();
  let end = 0;
  for (const [position, action] of actions) {
    end = Math.max(end, position);
    if (position >= begin) (action.learned === true ? learned : unlearned).add(position);
  }
  return { metadata, begin, end, learned: learned.within(), unlearned: unlearned.within() };
}

/**
 * The disk of a simulated node, seen through a storage that does what `LogStorage` promises: writes are in a journal, in order, each with a
 * checksum. What is not synced when the power fails is there up to some byte. The write that the byte falls into is torn: it fails its
 * checksum and is no part of the log.
 */
export class SimulatedDisk {
  /** What was written, synced or not. */
  #written = emptyState();
  /** What is synced. */
  #synced = emptyState();
  readonly #journal: LogWrite[] = [];
  readonly #onSynced: (write: LogWrite) => void;

  /** @param onSynced Told of each write that would survive everything but the loss of the disk. */
  constructor(onSynced: (write: LogWrite) => void) {
    this.#onSynced = onSynced;
  }

  /** As a program sees it that goes on. */
  get written(): DiskState {
    return this.#written;
  }

  /** As it would be after a loss of power, at the worst. */
  get synced(): DiskState {
    return this.#synced;
  }

  write(write: LogWrite): void {
    applyWrite(this.#written, write);
    this.#journal.push(write);
  }

  /** The oldest writes that are not synced become so. */
  sync(count: number): void {
    for (const write of this.#journal.splice(0, count)) {
      applyWrite(this.#synced, write);
      this.#onSynced(write);
    }
  }

  /** Of what is not synced, some bytes are left: `fraction` of them. With 1 only the program was killed. */
  fail(fraction: number): void {
    const bytes = this.#journal.reduce((sum, write) => sum + lengthOf(write), 0);
    let left = bytes * fraction;
    let whole = 0;
    for (const write of this.#journal) {
      left -= lengthOf(write);
      if (left < 0) break;
      whole++;
    }
    this.sync(whole);
    this.#journal.length = 0;
    this.#written = { ...this.#synced, actions: new Map(this.#synced.actions) };
  }

  wipe(): void {
    this.hold({ metadata: emptyState().metadata });
  }

  /** Another disk is in its place, which holds what such a write leaves. */
  hold(write: LogWrite): void {
    this.#written = emptyState();
    this.#synced = emptyState();
    this.#journal.length = 0;
    applyWrite(this.#written, write);
    applyWrite(this.#synced, write);
  }
}

function lengthOf({ metadata, actions = [], learned = [] }: LogWrite): number {
  const values = actions.reduce((sum, { value }) => sum + (value?.type === 'append' ? value.bytes.length : 0), 0);
  return 16 + (metadata === undefined ? 0 : 32) + 24 * actions.length + values + 16 * learned.length;
}
