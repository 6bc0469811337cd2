import { installExecutorRoutes, type ExecutorRoutesOptions } from './executor.ts';
import { installOperatorRoutes, type OperatorRoutesOptions } from './operator.ts';
import { installResourceProviderRoutes } from './resource-provider.ts';
import { installV0Routes, type V0Options } from './v0.ts';

/** Installs all that the agent answers over HTTP. */
export function installRoutes(options: ExecutorRoutesOptions & OperatorRoutesOptions & V0Options): void {
  installExecutorRoutes(options);
  installOperatorRoutes(options);
  installResourceProviderRoutes(options);
  installV0Routes(options);
}
