/** The paths, without the actor's name, that `GET_ENDPOINT_WITH_PATH` guards (as in Mesos). */
export const authorizableEndpoints: ReadonlySet<string> = new Set([
  '/containers',
  '/containerizer/debug',
  '/files/debug',
  '/logging/toggle',
  '/metrics/snapshot',
  '/monitor/statistics',
]);
