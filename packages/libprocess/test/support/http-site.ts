import { Process, Runtime, WebSocketTransport } from '../../src/index.ts';
import type { HttpHandler, Limits, RouteOptions, WebSocketTransportOptions } from '../../src/index.ts';

/** An actor `site` with the routes that a test needs, and its runtime, on a port. */
class HttpSite extends Process {
  readonly #routes: Readonly<Record<string, HttpHandler | readonly [HttpHandler, RouteOptions]>>;

  constructor(routes: Readonly<Record<string, HttpHandler | readonly [HttpHandler, RouteOptions]>>) {
    super('site');
    this.#routes = routes;
  }

  protected override initialize(): void {
    for (const [path, entry] of Object.entries(this.#routes)) {
      const [handler, options] = typeof entry === 'function' ? [entry, {}] : entry;
      this.route(path, handler, options);
    }
  }
}

/** Serves routes on a port, as `site`, which `/` is delegated to. */
export async function serveSite(
  routes: Readonly<Record<string, HttpHandler | readonly [HttpHandler, RouteOptions]>>,
  transport: WebSocketTransportOptions = {},
  limits: Partial<Limits> = {},
): Promise<Runtime> {
  const runtime = new Runtime({ transport: new WebSocketTransport(transport), limits, delegate: 'site' });
  await runtime.start();
  runtime.spawn(new HttpSite(routes));
  return runtime;
}
