import type { Composed } from '@mesos-ts/daemon/listing';
import type { Acls, StreamType } from '@mesos-ts/daemon';
import type { Principal } from '@mesos-ts/libprocess';
import type { MasterFacts, MasterSettings } from '../options.ts';
import type { V0Query } from '../views/v0/source.ts';
import type { V1Form } from './v1-lists.ts';

/** Endpoints of version 0 that are answered from the read model. */
export type V0Path = '/frameworks' | '/roles' | '/slaves' | '/state' | '/state-summary' | '/tasks';

/** Calls of version 1 that are answered from it. */
export type V1Call = 'GET_AGENTS' | 'GET_EXECUTORS' | 'GET_FRAMEWORKS' | 'GET_ROLES' | 'GET_STATE' | 'GET_TASKS';

/** What can be asked for. Of plain data, so that another thread can be asked. */
export type Question =
  /** @param jsonp The function that a script is to call with the answer. */
  | { readonly api: 'v0'; readonly path: V0Path; readonly query: V0Query; readonly jsonp?: string }
  | { readonly api: 'v1'; readonly call: V1Call; readonly form: V1Form }
  /** SUBSCRIBED, with everything: one frame of a stream of events, in one piece. */
  | { readonly api: 'subscribed'; readonly as: StreamType; readonly heartbeatSeconds: number };

/** Who asks: somebody who may see everything, or a principal of whom rules say what it may see; undefined is whom nobody has asked. */
export type Asker = 'everything' | { readonly principal: Principal | undefined };

/** A question with all that the answer depends on besides the cluster. */
export interface Ask {
  readonly question: Question;
  readonly asker: Asker;
  /** Whether the answer is to be compressed. */
  readonly gzip: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** An answer on its way from the read model. */
export type Answered = Composed;

/** What the read model is told once. */
export interface ReadModelFacts {
  readonly facts: MasterFacts;
  readonly settings: Pick<MasterSettings, 'cluster' | 'roles'>;
  /** The rules that say what principals may see, if there are some. */
  readonly acls: Acls | undefined;
  /** Different for each read model of a master. */
  readonly generation: number;
}
