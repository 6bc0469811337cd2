import { BoundedMap } from '../state/bounded-map.ts';
import { ByteText } from './byte-text.ts';
import { Keeper } from './keeper.ts';
import { addV0State } from './v0-state.ts';
import { addV1Answer, type V1Question } from './v1-state.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { ToldForm } from '../state/told.ts';
import type { V0Source } from '../views/v0/source.ts';

/** What can be asked for. */
export type ToldQuestion =
  | { readonly form: 'v0'; readonly what: 'state' }
  | { readonly form: 'json' | 'protobuf'; readonly what: V1Question };

/** An answer that is whole and does not change any more. */
export interface Told {
  /** Differs from that of any other answer of this master that is not the same in every byte. */
  readonly version: number;
  readonly text: ByteText;
}

/** What is remembered for those who may see the same. */
interface Sight {
  readonly keepers: Readonly<Record<ToldForm, Keeper>>;
  /** The last answers, by question, and of which revision of the cluster they are. */
  readonly last: Map<string, { readonly told: Told; readonly revision: number }>;
}

// Some milliseconds' worth, after which others have their turn.
const madePerTurn = 100;
// How often it is tried to have everything made in several turns. What has changed since the last of them is little.
const tries = 3;
// More than the turns that a large cluster takes. One that grows faster than it can be told is told in one go after these.
const turnsMax = 5000;
// Those who may see different things and for whom agents and frameworks are remembered. Tasks are told to all alike.
const sightsMax = 16;
// Answers whose chunks are kept for the next who ask, one for each form.
const recentMax = 4;

/**
 * The state of the cluster as it is told, in its forms, kept record by record: what has not changed since it was last asked for is not
 * made again. What has to be made is made a little at a time, with turns of others between, and put together in one turn, so that an
 * answer is of one moment and no older than its question. See decision 18.
 */
export class ReadModel {
  readonly #source: V0Source;
  readonly #turn: () => Promise<void>;
  readonly #sights = new BoundedMap<Approvers, Sight>(sightsMax);
  /** Those whose chunks are kept. */
  readonly #recent = new Set<Told>();
  #version = 0;
  #revision = 0;
  /** Resolves when nothing is being made. Never rejects. */
  #free: Promise<void> = Promise.resolve();

  /** @param turn Lets the event loop go round. */
  constructor(source: V0Source, turn: () => Promise<void>) {
    this.#source = source;
    this.#turn = turn;
  }

  /** The cluster may have changed: until this is called again, answers stay as they are. */
  changed(): void {
    this.#revision++;
  }

  /** Answers a question as far as somebody may see. Questions are answered one after the other: they share what they make. */
  ask(question: ToldQuestion, approvers: Approvers): Promise<Told> {
    const told = this.#free.then(() => this.#answer(question, approvers));
    this.#free = told.then(
      () => undefined,
      () => undefined,
    );
    return told;
  }

  async #answer(question: ToldQuestion, approvers: Approvers): Promise<Told> {
    const sight = this.#sightOf(approvers);
    const before = sight.last.get(keyOf(question));
    if (before?.revision === this.#revision) return before.told;
    // Many may ask at once, for different things.
    await this.#turn();
    const keeper = sight.keepers[question.form];
    let turns = 0;
    for (let left = tries; ; left--) {
      const text = new ByteText();
      let isOfOneMoment = true;
      keeper.made = 0;
      for (const _ of this.#parts(text, keeper, question, approvers)) {
        if (keeper.made < madePerTurn || left === 0 || turns === turnsMax) continue;
        turns++;
        isOfOneMoment = false;
        keeper.made = 0;
        await this.#turn();
      }
      if (isOfOneMoment) return this.#versioned(sight, question, text);
    }
  }

  #parts(text: ByteText, keeper: Keeper, question: ToldQuestion, approvers: Approvers): Iterable<undefined> {
    if (question.form === 'v0') return addV0State(text, keeper, this.#source, approvers);
    return addV1Answer(text, keeper, this.#source.cluster, approvers, question.what);
  }

  #versioned({ last }: Sight, question: ToldQuestion, text: ByteText): Told {
    const key = keyOf(question);
    const before = last.get(key)?.told;
    const told = before?.text.equals(text) === true ? before : { version: ++this.#version, text };
    last.set(key, { told, revision: this.#revision });
    this.#recent.delete(told);
    this.#recent.add(told);
    for (const oldest of this.#recent) {
      if (this.#recent.size <= recentMax) break;
      oldest.text.dropChunks();
      this.#recent.delete(oldest);
    }
    return told;
  }

  #sightOf(approvers: Approvers): Sight {
    const known = this.#sights.get(approvers);
    const sight = known ?? {
      keepers: { v0: new Keeper('v0'), json: new Keeper('json'), protobuf: new Keeper('protobuf') },
      last: new Map(),
    };
    // As the one that was asked for last.
    this.#sights.set(approvers, sight);
    return sight;
  }
}

function keyOf({ form, what }: ToldQuestion): string {
  return `${form} ${what}`;
}
