import { Process } from '../actor/process.ts';
import { readDuration } from '../duration.ts';
import { RateLimiter } from '../composition/rate-limiter.ts';
import { ProcessError, errorText } from '../errors.ts';
import { jsonResponse, textResponse } from '../http/message.ts';
import { snapshotOf } from './metrics.ts';
import { prometheusText, prometheusType } from './prometheus.ts';
import type { HttpRequest, HttpResponse } from '../http/message.ts';
import type { PrometheusOptions } from './prometheus.ts';

/** So many requests in so long a time, evenly spread. */
export interface RequestRate {
  readonly requests: number;
  readonly intervalMs: number;
}

/** Options of `MetricsProcess`. */
export interface MetricsProcessOptions {
  /** How names begin in the Prometheus exposition. @default as in the snapshot */
  readonly prometheus?: PrometheusOptions;
  /** How often somebody may look; others wait for their turn. @default as often as they like */
  readonly rate?: RequestRate | undefined;
  /** Whose authenticator is asked who may look. @default everybody may */
  readonly realm?: string | undefined;
}

// Requests that wait for their turn; further ones are refused.
const waitersMax = 100;

/**
 * Serves the runtime's metrics: as JSON at `/metrics/snapshot`, as libprocess does, and in Prometheus's text format at
 * `/metrics/prometheus`. Both take `?timeout=5secs`: metrics that are later than that are left out. Prometheus need not ask for it: the
 * timeout that it tells in its header counts. Spawn one in each runtime that has HTTP.
 */
export class MetricsProcess extends Process {
  readonly #options: MetricsProcessOptions;
  #limiter: RateLimiter | undefined;

  /** Throws `METRIC_INVALID` for a rate at which nobody would ever be served. */
  constructor(options: MetricsProcessOptions = {}) {
    super('metrics');
    this.#options = options;
    const { rate } = options;
    if (rate !== undefined && !(rate.requests > 0 && rate.intervalMs > 0)) {
      throw new ProcessError('METRIC_INVALID', `${rate.requests} requests in ${rate.intervalMs} ms is no rate`);
    }
  }

  protected override initialize(): void {
    const { rate, realm } = this.#options;
    if (rate !== undefined) {
      const { intervalMs: perMs, requests: permits } = rate;
      this.#limiter = new RateLimiter(this.runtime.clock, { permits, perMs, waitersMax });
    }
    const guard = realm === undefined ? {} : { realm };
    const description = 'What is not known within the query parameter `timeout`, for example `5secs`, is left out.';
    this.route('/snapshot', (request) => this.#limited(request, () => this.#snapshot(request)), {
      ...guard,
      help: { summary: 'Every metric by name, as JSON.', description },
    });
    this.route('/prometheus', (request) => this.#limited(request, () => this.#prometheus(request)), {
      ...guard,
      help: { summary: 'Every metric in the text format of Prometheus.', description },
    });
  }

  protected override finalize(): void {
    this.#limiter?.close();
  }

  async #snapshot({ query }: HttpRequest): Promise<HttpResponse> {
    const timeout = timeoutOf(query);
    if (timeout.error !== undefined) return textResponse(400, timeout.error);
    const readings = await this.runtime.metrics.collect({ timeoutMs: timeout.ms });
    return jsonResponse(snapshotOf(readings), { jsonp: query.get('jsonp') });
  }

  async #prometheus({ headers, query }: HttpRequest): Promise<HttpResponse> {
    const timeout = timeoutOf(query);
    if (timeout.error !== undefined) return textResponse(400, timeout.error);
    const scrapeMs = Number(headers['x-prometheus-scrape-timeout-seconds']) * 1000;
    // Part of its time is for the way; what comes later than it waits is lost as a whole.
    const timeoutMs = timeout.ms ?? (scrapeMs > 0 ? scrapeMs / 2 : undefined);
    const readings = await this.runtime.metrics.collect({ timeoutMs });
    const body = prometheusText(readings, this.#options.prometheus);
    return { status: 200, headers: { 'content-type': prometheusType }, body };
  }

  async #limited({ signal }: HttpRequest, answer: () => Promise<HttpResponse>): Promise<HttpResponse> {
    try {
      await this.#limiter?.acquire({ signal });
    } catch (error) {
      return textResponse(503, `${errorText(error)}\n`);
    }
    return answer();
  }
}

function timeoutOf(query: URLSearchParams): { ms?: number; error?: string | undefined } {
  const text = query.get('timeout');
  if (text === null) return {};
  const duration = readDuration(text);
  return duration.error === undefined ? duration : { error: `Invalid timeout '${text}': ${duration.error}.\n` };
}
