import { approversOf, viewHandler } from '@mesos-ts/daemon';
import { toJson } from '@mesos-ts/protocol';
import { changeBytesMax, readonlyRealm, readwriteRealm } from '../constants.ts';
import { maintenanceStatusView, scheduleView } from '../views/maintenance.ts';
import { quotaView } from '../views/quota.ts';
import { weightsView } from '../views/v0/settings.ts';
import { byMethod, named } from './guards.ts';
import { onLeader } from './leader.ts';
import { changing, readQuota, readQuotaPath, readSchedule, readWeights } from './v0-changes.ts';
import { help } from './v0-help.ts';
import type { Approvers, Json } from '@mesos-ts/daemon';
import type { HttpHandler } from '@mesos-ts/libprocess';
import type { V0Query, V0Source } from '../views/v0/source.ts';
import type { RoutesOptions } from './routes.ts';

/** Installs the endpoints that show what operators have set and, by another method, change it. */
export function installV0Settings(options: RoutesOptions): void {
  const { route } = options;
  const show = (view: (source: V0Source, approvers: Approvers, query: V0Query) => Json): HttpHandler =>
    viewHandler(({ principal }) => view(options, approversOf(options.authorizer, principal), {}));
  const bodyBytesMax = changeBytesMax;
  const weights = byMethod({ GET: show(weightsView), PUT: changing(options, readWeights) });
  route('/weights', named(onLeader(options, weights)), {
    help: help['/weights'],
    realm: readwriteRealm,
    bodyBytesMax,
  });
  const quota = byMethod({
    GET: show(({ cluster }, approvers) => toJson('mesos.v1.quota.QuotaStatus', quotaView(cluster, approvers))),
    POST: changing(options, readQuota),
    DELETE: changing(options, readQuotaPath),
  });
  route('/quota', named(onLeader(options, quota)), { help: help['/quota'], realm: readwriteRealm, bodyBytesMax });
  // As in Mesos, those of maintenance take principals of any form.
  const { machines } = options.cluster;
  const showSchedule = show((_source, approvers) =>
    toJson('mesos.v1.maintenance.Schedule', scheduleView(machines.maintenance, approvers)),
  );
  const showStatus = show((_source, approvers) =>
    toJson('mesos.v1.maintenance.ClusterStatus', maintenanceStatusView(options.cluster, approvers)),
  );
  const schedule = byMethod({ GET: showSchedule, POST: changing(options, readSchedule) });
  route('/maintenance/schedule', onLeader(options, schedule), {
    help: help['/maintenance/schedule'],
    realm: readwriteRealm,
    bodyBytesMax,
  });
  route('/maintenance/status', onLeader(options, byMethod({ GET: showStatus })), {
    help: help['/maintenance/status'],
    realm: readonlyRealm,
  });
}
