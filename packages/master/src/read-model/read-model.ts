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
  /** The last answers, by question. */
  readonly last: Map<string, Told>;
}

// Some milliseconds' worth, after which others have their turn.
const madePerTurn = 100;
// How often it is tried to have everything made in several turns. What has changed since the last of them is little.
const tries = 3;
// More than the turns that a large cluster takes. One that grows faster than it can be told is told in one go after these.
const turnsMax = 5000;
// Those who may see different things and for whom agents and frameworks are remembered. Tasks are told to all alike.
const sightsMax = 16;

/**
 * The state of the cluster as it is told, in its forms, kept record by record: what has not changed since it was last asked for is not
 * made again. What has to be made is made a little at a time, with turns of others between, and put together in one turn, so that an
 * answer is of one moment and no older than its question. See decision 18.
 */
export class ReadModel {
  readonly #source: V0Source;
  readonly #turn: (work: () => void) => Promise<void>;
  readonly #sights = new BoundedMap<Approvers, Sight>(sightsMax);
  #version = 0;
  /** Resolves when nothing is being made. Never rejects. */
  #free: Promise<void> = Promise.resolve();

  /** @param turn Does something in a turn of its own, after others. */
  constructor(source: V0Source, turn: (work: () => void) => Promise<void>) {
    this.#source = source;
    this.#turn = turn;
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
        await this.#turn(() => undefined);
      }
      if (isOfOneMoment) return this.#versioned(sight, question, text);
    }
  }

  #parts(text: ByteText, keeper: Keeper, question: ToldQuestion, approvers: Approvers): Iterable<undefined> {
    if (question.form === 'v0') return addV0State(text, keeper, this.#source, approvers);
    return addV1Answer(text, keeper, this.#source.cluster, approvers, question.what);
  }

  #versioned({ last }: Sight, { form, what }: ToldQuestion, text: ByteText): Told {
    const key = `${form} ${what}`;
    const before = last.get(key);
    if (before?.text.equals(text) === true) return before;
    const told: Told = { version: ++this.#version, text };
    last.set(key, told);
    return told;
  }

  #sightOf(approvers: Approvers): Sight {
    const known = this.#sights.get(approvers);
    const sight = known ?? {
      keepers: { v0: new Keeper('v0'), json: new Keeper('json'), protobuf: new Keeper('protobuf') },
      last: new Map<string, Told>(),
    };
    // As the one that was asked for last.
    this.#sights.set(approvers, sight);
    return sight;
  }
}
