import { approveAll, LocalAuthorizer, type Approvers, type StreamType } from '@mesos-ts/daemon';
import { Composer, fieldPrefix, jsonText, keptMs, lengthOf, messageText } from '@mesos-ts/daemon/listing';
import { toJsonBytes, encode } from '@mesos-ts/protocol';
import { slavesView } from '../views/v0/agent.ts';
import { frameworksView } from '../views/v0/framework.ts';
import { rolesView } from '../views/v0/roles.ts';
import { stateHead } from '../views/v0/state.ts';
import { summaryView } from '../views/v0/summary.ts';
import { tasksView } from '../views/v0/tasks.ts';
import { rolesView as v1RolesView } from '../views/v1/roles.ts';
import { Replica } from './replica.ts';
import { V0Lists } from './v0-lists.ts';
import { V1Lists, type V1Form, type V1List } from './v1-lists.ts';
import type { V0Source, V0View } from '../views/v0/source.ts';
import type { Part, Section, SectionWriter, Sight } from '@mesos-ts/daemon/listing';
import type { Change } from './change.ts';
import type { Answered, Ask, Asker, Question, ReadModelFacts, V0Path, V1Call } from './question.ts';

const views: Readonly<Record<Exclude<V0Path, '/state'>, V0View>> = {
  '/frameworks': frameworksView,
  '/roles': rolesView,
  '/slaves': slavesView,
  '/state-summary': summaryView,
  '/tasks': tasksView,
};

/** The lists that are the answers to calls, and the fields of the response that they are in. */
const lists: Readonly<
  Record<Exclude<V1Call, 'GET_ROLES' | 'GET_STATE'>, readonly [name: string, number: number, V1List]>
> = {
  GET_AGENTS: ['get_agents', 10, 'agents'],
  GET_EXECUTORS: ['get_executors', 12, 'executors'],
  GET_FRAMEWORKS: ['get_frameworks', 11, 'frameworks'],
  GET_TASKS: ['get_tasks', 13, 'tasks'],
};

/** Those that GetState consists of. */
const stateLists: readonly (readonly [name: string, number: number, V1List])[] = [
  ['get_tasks', 1, 'tasks'],
  ['get_executors', 2, 'executors'],
  ['get_frameworks', 3, 'frameworks'],
  ['get_agents', 4, 'agents'],
];

/**
 * Answers questions about a cluster from a copy of it. What is asked and what has changed is worked through in its order, one after the
 * other, so that each answer is of one moment: that of the last change before the question.
 */
export class Answers {
  readonly #replica: Replica;
  readonly #source: V0Source;
  readonly #authorizer: LocalAuthorizer | undefined;
  readonly #composer: Composer;
  readonly #v0: V0Lists;
  readonly #v1: Readonly<Record<V1Form, V1Lists>>;
  /** When texts of a form were asked for last; undefined when none are kept. */
  readonly #formsAskedMs = new Map<'v0' | V1Form, number>();
  #free: Promise<void> = Promise.resolve();

  /** @param turn Lets others have their turn; undefined where there are no others. */
  constructor({ acls, facts, generation, settings }: ReadModelFacts, turn?: () => Promise<void>) {
    this.#replica = new Replica(facts.info);
    this.#source = { cluster: this.#replica, facts, settings };
    this.#authorizer = acls === undefined ? undefined : new LocalAuthorizer(acls);
    this.#composer = new Composer({ generation, turn });
    this.#v0 = new V0Lists(this.#replica);
    this.#v1 = { json: new V1Lists(this.#replica, 'json'), protobuf: new V1Lists(this.#replica, 'protobuf') };
  }

  /** Takes over what has changed. */
  apply(changes: readonly Change[]): Promise<void> {
    return this.#inOrder(() => {
      this.#replica.apply(changes);
    });
  }

  /**
   * Answers a question.
   * @param approvers What the asker may see, if the rules do not say it.
   */
  ask(ask: Ask, approvers?: Approvers): Promise<Answered> {
    return this.#inOrder(() => this.#answer(ask, approvers));
  }

  #inOrder<R>(work: () => Promise<R> | R): Promise<R> {
    const done = this.#free.then(work);
    this.#free = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #answer({ asker, gzip, nowMs, question }: Ask, approvers: Approvers | undefined): Promise<Answered> {
    this.#formsAskedMs.set(question.api === 'v0' ? 'v0' : formOf(question), nowMs);
    if (this.#composer.begin(nowMs)) this.#forgetForms(nowMs);
    const sight = this.#composer.sightOf(approvers ?? this.#approversOf(asker), approvers !== undefined);
    const parts = await this.#parts(question, sight, nowMs);
    if (question.api !== 'subscribed') return this.#composer.compose(parts, sight, gzip);
    return this.#composer.composeWhole(parts, sight, (message) => framed(message, question.as));
  }

  async #parts(question: Question, sight: Sight, nowMs: number): Promise<readonly Part[]> {
    if (question.api === 'v0') {
      const parts = await this.#v0Parts(question.path, question.query, sight, nowMs);
      return question.jsonp === undefined ? parts : [`${question.jsonp}(`, ...parts, ')'];
    }
    if (question.api === 'subscribed') return this.#subscribedParts(question, sight, nowMs);
    const { call, form } = question;
    if (call === 'GET_ROLES') {
      const get_roles = v1RolesView(this.#replica, this.#source.settings, sight.approvers);
      return [messageText(form, 'mesos.v1.master.Response', { type: call, get_roles })];
    }
    const type = messageText(form, 'mesos.v1.master.Response', { type: call });
    if (call === 'GET_STATE') {
      const state = await this.#stateParts(form, sight, nowMs);
      return form === 'json'
        ? [`${type.slice(0, -1)},"get_state":`, ...state, '}']
        : [`${type}${fieldPrefix(9, lengthOf(state))}`, ...state];
    }
    const [name, number, list] = lists[call];
    const section = await this.#v1Section(form, list, sight, nowMs);
    return form === 'json'
      ? [`${type.slice(0, -1)},"${name}":`, section, '}']
      : [`${type}${fieldPrefix(number, section.length)}`, section];
  }

  async #v0Parts(
    path: V0Path,
    query: Readonly<Record<string, string>>,
    sight: Sight,
    nowMs: number,
  ): Promise<readonly Part[]> {
    const { approvers } = sight;
    const frameworks = (): Promise<Section> =>
      this.#section(sight, 'v0 frameworks', nowMs, (writer) => this.#v0.frameworks(writer, approvers));
    if (path === '/state') {
      const head = jsonText(stateHead(this.#source, approvers)).slice(0, -1);
      const agents = await this.#section(sight, 'v0 agents', nowMs, (writer) => this.#v0.agents(writer));
      const rest = ',"unregistered_frameworks":[],"orphan_tasks":[]}';
      return [`${head},`, agents, ',', await frameworks(), rest];
    }
    if (path === '/frameworks' && query['framework_id'] === undefined) {
      return ['{', await frameworks(), ',"unregistered_frameworks":[]}'];
    }
    return [jsonText(views[path](this.#source, approvers, query))];
  }

  async #subscribedParts(
    question: Extract<Question, { api: 'subscribed' }>,
    sight: Sight,
    nowMs: number,
  ): Promise<readonly Part[]> {
    const { heartbeatSeconds: heartbeat_interval_seconds } = question;
    const form = formOf(question);
    const state = await this.#stateParts(form, sight, nowMs);
    // The members of an object, or the fields of a message, whose values are next.
    if (form === 'json') {
      const rest = Buffer.from(toJsonBytes('mesos.v1.master.Event.Subscribed', { heartbeat_interval_seconds }));
      return ['{"type":"SUBSCRIBED","subscribed":{"get_state":', ...state, `,${rest.toString('latin1').slice(1)}}`];
    }
    const rest = Buffer.from(encode('mesos.v1.master.Event.Subscribed', { heartbeat_interval_seconds })).toString(
      'latin1',
    );
    const prefix = fieldPrefix(1, lengthOf(state));
    const type = messageText(form, 'mesos.v1.master.Event', { type: 'SUBSCRIBED' });
    const length = prefix.length + lengthOf(state) + rest.length;
    return [`${type}${fieldPrefix(2, length)}${prefix}`, ...state, rest];
  }

  async #stateParts(form: V1Form, sight: Sight, nowMs: number): Promise<readonly Part[]> {
    const parts: Part[] = [];
    for (const [name, number, list] of stateLists) {
      const section = await this.#v1Section(form, list, sight, nowMs);
      parts.push(
        form === 'json' ? `${number === 1 ? '{' : ','}"${name}":` : fieldPrefix(number, section.length),
        section,
      );
    }
    if (form === 'json') parts.push('}');
    return parts;
  }

  #v1Section(form: V1Form, list: V1List, sight: Sight, nowMs: number): Promise<Section> {
    return this.#section(sight, `${form} ${list}`, nowMs, (writer) =>
      this.#v1[form].list(list, writer, sight.approvers),
    );
  }

  #section(
    sight: Sight,
    name: string,
    nowMs: number,
    list: (writer: SectionWriter) => Generator<undefined, void>,
  ): Promise<Section> {
    return this.#composer.section(sight, name, { nowMs, revision: this.#replica.revision }, list);
  }

  #approversOf(asker: Asker): Approvers {
    if (asker === 'everything' || this.#authorizer === undefined) return approveAll;
    return this.#authorizer.approvers(asker.principal);
  }

  /** Lets go of texts in forms that nobody has asked for in a long time. */
  #forgetForms(nowMs: number): void {
    for (const [form, askedMs] of this.#formsAskedMs) {
      if (nowMs - askedMs < keptMs) continue;
      this.#formsAskedMs.delete(form);
      this.#replica.forgetTexts(form);
    }
  }
}

function formOf(question: Exclude<Question, { api: 'v0' }>): V1Form {
  if (question.api === 'v1') return question.form;
  return question.as === 'application/x-protobuf' ? 'protobuf' : 'json';
}

/** A message as it is in a stream of events. */
function framed(message: readonly Part[], as: StreamType): readonly Part[] {
  if (as === 'websocket') return message;
  return as === 'text/event-stream' ? ['data: ', ...message, '\n\n'] : [`${lengthOf(message)}\n`, ...message];
}
