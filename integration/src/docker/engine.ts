import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';

/** A Docker engine that answers. */
export type Engine = ContainerRuntimeClient;

/** An engine, or the reason why there is none. */
export type EngineSearch = { readonly engine: Engine } | { readonly engine?: undefined; readonly reason: string };

/** Looks for a Docker engine where `DOCKER_HOST` points to, else where engines usually listen. */
export async function findEngine(): Promise<EngineSearch> {
  try {
    return { engine: await getContainerRuntimeClient() };
  } catch (error) {
    const where = process.env['DOCKER_HOST'] ?? '/var/run/docker.sock';
    return {
      reason: `no Docker engine answers at ${where} (${error instanceof Error ? error.message : String(error)})`,
    };
  }
}

/** Whether a missing engine is a failure: on a build server, and where somebody asked for it. */
export function isEngineRequired(env: Readonly<Record<string, string | undefined>>): boolean {
  return isOn(env['CI']) || isOn(env['MESOS_REQUIRE_DOCKER']);
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
