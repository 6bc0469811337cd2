import type { ToldForm } from '../state/told.ts';
import type { TaskRecord } from '../state/task.ts';
import { bytesOfText, textOfBytes } from './byte-text.ts';
import { taskJson } from '@mesos-ts/daemon';
import { encode, toJsonBytes, type MessageName, type MessageOf } from '@mesos-ts/protocol';

interface Kept {
  readonly madeOf: readonly unknown[];
  readonly texts: readonly string[];
}

// Fewer than that are made without an interruption.
const many = 100;

/** Keeps what records are told as in one form for as long as they are as they were, and counts what had to be made. */
export class Keeper {
  readonly form: ToldForm;
  /** Texts that were made since this was set to 0. */
  made = 0;
  /** To collect in what a record is made of: there are many records, and most are as they were. */
  readonly scratch: unknown[] = [];
  readonly #kept = new WeakMap<object, Kept>();

  constructor(form: ToldForm) {
    this.form = form;
  }

  /**
   * The texts of a record.
   * @param madeOf All that they depend on and that can change. What is in there is replaced when it changes, never changed in place.
   * It may be `scratch`.
   */
  texts(record: object, madeOf: readonly unknown[], make: () => readonly string[]): readonly string[] {
    const kept = this.#kept.get(record);
    if (kept !== undefined && isSame(kept.madeOf, madeOf)) return kept.texts;
    this.made++;
    const texts = make();
    this.#kept.set(record, { madeOf: [...madeOf], texts });
    return texts;
  }

  /** The text of a record that is made of one piece. */
  text(record: object, madeOf: readonly unknown[], make: () => string): string {
    const [text = ''] = this.texts(record, madeOf, () => [make()]);
    return text;
  }

  /** Makes the texts of tasks that are many, so that they are known afterwards. Yields where it may be interrupted. */
  *makeMany(
    ...lists: readonly { readonly size: number; values(): Iterable<TaskRecord> }[]
  ): Generator<undefined, void> {
    for (const list of lists) {
      if (list.size < many) continue;
      for (const record of list.values()) {
        const { made } = this;
        this.task(record);
        // Most are known, and to interrupt after these would cost more than they do.
        if (this.made !== made) yield;
      }
    }
  }

  /** The text of a task. It is kept with the task: there are very many. */
  task({ task, told }: TaskRecord): string {
    const known = told.of(task, this.form);
    if (known !== undefined) return known;
    this.made++;
    const text = this.form === 'v0' ? jsonText(taskJson(task)) : messageText(this.form, 'mesos.v1.Task', task);
    told.keep(task, this.form, text);
    return text;
  }
}

function isSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** JSON as bytes of one character each. */
export function jsonText(value: object): string {
  return bytesOfText(JSON.stringify(value));
}

/** A message in one of its forms as bytes of one character each. */
export function messageText<N extends MessageName>(form: 'json' | 'protobuf', name: N, message: MessageOf<N>): string {
  return textOfBytes(form === 'json' ? toJsonBytes(name, message) : encode(name, message));
}
