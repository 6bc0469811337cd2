import type { InstalledMessage, InstalledRoute } from './handlers.ts';
import type { PID } from './pid.ts';

/** Those of an actor that has none. */
export const noRoutes: ReadonlyMap<string, InstalledRoute> = new Map();

/** What an actor has installed: handlers of messages, those to whom it passes messages on, and routes. */
export class Installed {
  readonly #messages = new Map<string, InstalledMessage>();
  #delegates: Map<string, PID> | undefined;
  #routes: Map<string, InstalledRoute> | undefined;

  get routes(): ReadonlyMap<string, InstalledRoute> {
    return this.#routes ?? noRoutes;
  }

  message(name: string): InstalledMessage | undefined {
    return this.#messages.get(name);
  }

  /** To whom messages of a name go that has no handler. */
  delegate(name: string): PID | undefined {
    return this.#delegates?.get(name);
  }

  addMessage(name: string, entry: InstalledMessage): void {
    this.#messages.set(name, entry);
  }

  addDelegate(name: string, to: PID): void {
    (this.#delegates ??= new Map<string, PID>()).set(name, to);
  }

  addRoute(route: InstalledRoute): void {
    (this.#routes ??= new Map<string, InstalledRoute>()).set(route.path, route);
  }
}
