/** Answers of the agent that tell of all its frameworks, executors and tasks. */
import { approveAll, LocalAuthorizer } from '@mesos-ts/daemon';
import { Composer, fieldPrefix, jsonText, keptMs, lengthOf, messageText, wholeAnswer } from '@mesos-ts/daemon/listing';
import type { Approvers, Authorizer, JsonObject } from '@mesos-ts/daemon';
import type { ListingAnswer, Part, Sight } from '@mesos-ts/daemon/listing';
import type { Principal } from '@mesos-ts/libprocess';

import type { AgentState } from '../state/agent-state.ts';
import { Snapshotter } from './snapshot.ts';
import { listFrameworks } from './v0-lists.ts';
import { V1Lists } from './v1-lists.ts';
import type { V1Form, V1List } from './v1-lists.ts';

/** The calls that list what the agent has. */
export type ListingCall = 'GET_EXECUTORS' | 'GET_FRAMEWORKS' | 'GET_STATE' | 'GET_TASKS';

/** What can be asked for: `/state`, as a script that calls a function where one is named, or the answer to a call. */
export type Question =
  | { readonly api: 'v0'; readonly jsonp?: string }
  | { readonly api: 'v1'; readonly call: ListingCall; readonly form: V1Form };

/** What these answers need. */
export interface StateAnswersOptions {
  readonly state: AgentState;
  readonly authorizer: Authorizer | undefined;
  /** What `/state` tells of the agent besides its frameworks. */
  readonly head: (approvers: Approvers) => JsonObject;
  /** Lets the event loop go round. */
  readonly turn: () => Promise<void>;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  readonly delay: (delayMs: number, work: () => void) => unknown;
  /** Makes a name that nobody else has. */
  readonly newName: () => string;
  /** Somebody has got the answer to another one's question. */
  readonly shared: () => void;
}

/** The field of the response that a call is answered in, and the list that it is. */
const lists: Readonly<Record<Exclude<ListingCall, 'GET_STATE'>, readonly [name: string, number: number, V1List]>> = {
  GET_FRAMEWORKS: ['get_frameworks', 11, 'frameworks'],
  GET_EXECUTORS: ['get_executors', 12, 'executors'],
  GET_TASKS: ['get_tasks', 13, 'tasks'],
};

/** Those that GetState consists of. */
const stateLists: readonly (readonly [name: string, number: number, V1List])[] = [
  ['get_tasks', 1, 'tasks'],
  ['get_executors', 2, 'executors'],
  ['get_frameworks', 3, 'frameworks'],
];

/**
 * Answers of one moment each, one after the other, made in turns with everything else that the agent does: of its own state there is little,
 * but of what has ended there can be ten thousand executors. They are kept as blocks of which only those are made anew in which something is
 * another one than before. Who asks what somebody waits for already gets the same answer.
 */
export class StateAnswers {
  readonly #options: StateAnswersOptions;
  #composer: Composer;
  #name: string | undefined;
  #generation = 0;
  #askedMs = 0;
  #isWatched = false;
  readonly #snapshotter = new Snapshotter();
  readonly #v1: Readonly<Record<V1Form, V1Lists>> = { json: new V1Lists('json'), protobuf: new V1Lists('protobuf') };
  readonly #blocks = new Map<number, Uint8Array>();
  /** Questions of which the moment has not come. */
  readonly #waiting = new Map<string, Promise<ListingAnswer>>();
  readonly #rights = new WeakMap<Approvers, number>();
  #lastRights = 0;
  #free: Promise<unknown> = Promise.resolve();

  constructor(options: StateAnswersOptions) {
    this.#options = options;
    this.#composer = this.#newComposer();
  }

  /** By what answers are told from those of another run of the agent. */
  get name(): string {
    return (this.#name ??= this.#options.newName());
  }

  /** Answers a question as far as a principal may see. */
  ask(question: Question, principal: Principal | undefined, gzip: boolean): Promise<ListingAnswer> {
    this.#askedMs = this.#options.nowMs();
    if (!this.#isWatched) this.#forgetLater(keptMs);
    const approvers = this.#options.authorizer?.approvers(principal) ?? approveAll;
    const key = `${this.#rightsOf(approvers)} ${gzip ? 'gzip' : ''} ${JSON.stringify(question)}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      this.#options.shared();
      return waiting;
    }
    const told = this.#free.then(() => {
      this.#waiting.delete(key);
      return this.#answer(question, approvers, gzip);
    });
    this.#waiting.set(key, told);
    this.#free = told.catch(() => undefined);
    return told;
  }

  async #answer(question: Question, approvers: Approvers, gzip: boolean): Promise<ListingAnswer> {
    const nowMs = this.#options.nowMs();
    try {
      this.#composer.begin(nowMs);
      const sight = this.#composer.sightOf(approvers, this.#isOfCode());
      const parts =
        question.api === 'v0' ? this.#v0Parts(question.jsonp, sight, nowMs) : this.#v1Parts(question, sight, nowMs);
      return wholeAnswer(await this.#composer.compose(await parts, sight, gzip), this.#blocks);
    } catch (error) {
      // Of an answer that was begun some blocks are missing.
      this.#composer = this.#newComposer();
      throw error;
    }
  }

  #newComposer(): Composer {
    this.#blocks.clear();
    return new Composer({ generation: ++this.#generation, turn: this.#options.turn });
  }

  /** Lets go of everything when nobody has asked for long enough. */
  #forgetLater(delayMs: number): void {
    this.#isWatched = true;
    this.#options.delay(delayMs, () => {
      const leftMs = this.#askedMs + keptMs - this.#options.nowMs();
      this.#isWatched = false;
      if (leftMs > 0) this.#forgetLater(leftMs);
      else this.#free = this.#free.then(() => (this.#composer = this.#newComposer()));
    });
  }

  async #v0Parts(jsonp: string | undefined, sight: Sight, nowMs: number): Promise<readonly Part[]> {
    // All of the same moment.
    const snapshot = this.#snapshotter.agent(this.#options.state);
    const head = jsonText(this.#options.head(sight.approvers)).slice(0, -1);
    const when = { nowMs, revision: undefined };
    const frameworks = await this.#composer.section(sight, 'v0', when, (writer) =>
      listFrameworks(writer, snapshot, this.#snapshotter, sight.approvers),
    );
    const parts: Part[] = [`${head},`, frameworks, '}'];
    return jsonp === undefined ? parts : [`${jsonp}(`, ...parts, ')'];
  }

  async #v1Parts(
    { call, form }: Extract<Question, { api: 'v1' }>,
    sight: Sight,
    nowMs: number,
  ): Promise<readonly Part[]> {
    const snapshot = this.#snapshotter.agent(this.#options.state);
    const message = (which: V1List): Promise<Part> =>
      this.#composer.section(sight, `${form} ${which}`, { nowMs, revision: undefined }, (writer) =>
        this.#v1[form].list(which, writer, snapshot, this.#snapshotter, sight.approvers),
      );
    if (call !== 'GET_STATE') {
      const [name, number, which] = lists[call];
      return responseParts(call, form, [name, number, [await message(which)]]);
    }
    const state: Part[] = [];
    for (const [name, number, which] of stateLists) {
      const part = await message(which);
      if (form === 'protobuf') state.push(fieldPrefix(number, part.length), part);
      else state.push(`${number === 1 ? '{' : ','}"${name}":`, part);
    }
    return responseParts(call, form, ['get_state', 9, form === 'json' ? [...state, '}'] : state]);
  }

  #isOfCode(): boolean {
    const { authorizer } = this.#options;
    return authorizer !== undefined && !(authorizer instanceof LocalAuthorizer);
  }

  #rightsOf(approvers: Approvers): number {
    const number = this.#rights.get(approvers) ?? ++this.#lastRights;
    this.#rights.set(approvers, number);
    return number;
  }
}

/** A response with one field besides its type. */
function responseParts(
  type: ListingCall,
  form: V1Form,
  [name, number, content]: readonly [name: string, number: number, content: readonly Part[]],
): readonly Part[] {
  const head = messageText(form, 'mesos.v1.agent.Response', { type });
  return form === 'json'
    ? [`${head.slice(0, -1)},"${name}":`, ...content, '}']
    : [`${head}${fieldPrefix(number, lengthOf(content))}`, ...content];
}
