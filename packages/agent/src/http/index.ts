import { installV0Routes, type V0Options } from './v0.ts';

/** Installs all that the agent answers over HTTP. */
export function installRoutes(options: V0Options): void {
  installV0Routes(options);
}
