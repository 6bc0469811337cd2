import type { Approvers, JsonObject } from '@mesos-ts/daemon';
import type { MasterFacts, MasterSettings } from '../../options.ts';
import type { ShownCluster } from '../shown.ts';

/** What the views read. They change nothing of it, and keep nothing. */
export interface V0Source {
  readonly cluster: ShownCluster;
  readonly facts: MasterFacts;
  readonly settings: Pick<MasterSettings, 'cluster' | 'roles'>;
}

/** The query of a request, by name. */
export type V0Query = Readonly<Record<string, string>>;

/**
 * What an endpoint shows: of the cluster, as much as somebody may see, selected by a query. Pure, and of plain data, so that it can be
 * made anywhere where there is a copy of the cluster.
 */
export type V0View = (source: V0Source, approvers: Approvers, query: V0Query) => JsonObject;
