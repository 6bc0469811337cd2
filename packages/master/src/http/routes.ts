import type { HttpHandler, RouteOptions } from '@mesos-ts/libprocess';
import type { MasterFacts } from '../views/v0/state.ts';
import type { MasterSettings } from '../options.ts';
import type { Cluster } from '../state/cluster.ts';

/** What the routes need. */
export interface RoutesOptions {
  readonly route: (path: string, handler: HttpHandler, options?: RouteOptions) => void;
  readonly cluster: Cluster;
  readonly facts: MasterFacts;
  readonly settings: MasterSettings;
}
