import { installSchedulerRoutes } from './scheduler.ts';
import { installEventRoutes } from './events.ts';
import { installOperatorRoutes } from './operator.ts';
import { installV0Changes } from './v0-changes.ts';
import { installV0Settings } from './v0-settings.ts';
import { installV0Routes } from './v0.ts';
import type { RoutesOptions } from './routes.ts';

export type { RoutesOptions } from './routes.ts';

/** Installs all that the master answers over HTTP. */
export function installRoutes(options: RoutesOptions): void {
  installSchedulerRoutes(options);
  installV0Routes(options);
  installV0Settings(options);
  installV0Changes(options);
  installOperatorRoutes(options);
  installEventRoutes(options);
}
