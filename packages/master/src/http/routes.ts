import type { Authorizer, CommonServices, Files, StreamEnd } from '@mesos-ts/daemon';
import type { HttpHandler, Logger, RouteOptions } from '@mesos-ts/libprocess';
import type { MasterInfo } from '@mesos-ts/protocol';
import type { Turn } from '../decisions/turn.ts';
import type { ExplainAnswer, ExplainQuestion } from '../allocator/explain.ts';
import type { MasterFacts, MasterSettings } from '../options.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import type { Cluster } from '../state/cluster.ts';
import type { Subscribers } from '../subscribers.ts';

/** What the routes need. */
export interface RoutesOptions {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  readonly cluster: Cluster;
  readonly facts: MasterFacts;
  readonly settings: MasterSettings;
  /** Who decides what clients may do; undefined: everybody may do everything. */
  readonly authorizer: Authorizer | undefined;
  /** The master that leads, as far as this one knows. */
  readonly leader: () => MasterInfo | undefined;
  /** Whether this master, where it leads, knows its registry. */
  readonly isRecovered: () => boolean;
  /** Runs work in the master's turn, for handlers that have waited for something. */
  readonly turn: <R>(work: () => R) => Promise<Awaited<R>>;
  /** An id for a stream of events that nobody can guess: who knows it may act for the framework. */
  readonly newStreamId: () => string;
  /** Hears of the end of a scheduler's stream, by its id. */
  readonly disconnected: (streamId: string, end: StreamEnd) => void;
  /** Has something decided, and does what the decision asks for. */
  readonly decide: <R>(decision: (turn: Turn) => R) => R;
  readonly services: MasterServices;
  /** The state of the cluster as it is told, for answers that show all of it. */
  readonly readModel: ReadModel;
}

/** What the master has beside its books. */
export interface MasterServices extends Omit<CommonServices, 'flags'> {
  readonly files: Files;
  readonly logger: Logger;
  readonly subscribers: Subscribers;
  readonly explain: (question: ExplainQuestion) => Promise<ExplainAnswer>;
  readonly nowMs: () => number;
}
