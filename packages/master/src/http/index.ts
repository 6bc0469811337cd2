import { installV0Routes } from './v0.ts';
import type { RoutesOptions } from './routes.ts';

export type { RoutesOptions } from './routes.ts';

/** Installs all that the master answers over HTTP. */
export function installRoutes(options: RoutesOptions): void {
  installV0Routes(options);
}
