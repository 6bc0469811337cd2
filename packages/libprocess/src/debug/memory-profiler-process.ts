import { getHeapSnapshot, getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { Process } from '../actor/process.ts';
import { errorText } from '../errors.ts';
import { jsonResponse, textResponse } from '../http/message.ts';
import { attachment, durationOf } from './profile-request.ts';
import { heapProfileSvg, heapProfileText } from './heap-profile.ts';
import { guardOf } from './guard.ts';
import { beginProfile } from './inspector.ts';
import type { RouteOptions } from '../actor/handlers.ts';
import type { Session } from 'node:inspector/promises';
import type { Readable } from 'node:stream';
import type { HttpHandler, HttpRequest, HttpResponse } from '../http/message.ts';
import type { Timer } from '../time/clock.ts';
import type { GuardOptions } from './guard.ts';
import type { HeapProfile } from './heap-profile.ts';

/** Options of `MemoryProfilerProcess`. */
export interface MemoryProfilerOptions extends GuardOptions {
  /** Heaps with more bytes in use are not written down: that takes as much memory again, and stops this thread. @default 1 GiB */
  readonly snapshotHeapBytesMax?: number;
}

interface Run {
  readonly id: number;
  readonly session: Promise<Session>;
  end: Timer | undefined;
}

interface Found {
  readonly id: number;
  readonly profile: HeapProfile;
}

const durationMsMin = 1000;
const durationMsMax = 24 * 60 * 60 * 1000;
const snapshotHeapBytesMaxDefault = 1024 ** 3;

/**
 * libprocess's `/memory-profiler`, with V8's heap profiler in the place of jemalloc's: `start?duration=5mins` begins to note where memory
 * is allocated (a sample for each 32 KiB), `stop` ends it, `download/raw` has the profile for Chrome's DevTools, `download/text` a table,
 * `download/graph` a picture; `statistics` tells of V8's heap, `state` of this actor. `download/snapshot` is what libprocess cannot have:
 * every object of the heap, for DevTools. One profile, and one snapshot, at a time.
 */
export class MemoryProfilerProcess extends Process {
  readonly #snapshotHeapBytesMax: number;
  readonly #guard: RouteOptions;
  #run: Run | undefined;
  #found: Found | undefined;
  #snapshot: Readable | undefined;
  #lastId = 0;

  constructor(options: MemoryProfilerOptions = {}) {
    super('memory-profiler');
    this.#snapshotHeapBytesMax = options.snapshotHeapBytesMax ?? snapshotHeapBytesMaxDefault;
    this.#guard = guardOf(options);
  }

  protected override initialize(): void {
    const route = (path: string, handler: HttpHandler, summary: string, description?: string): void => {
      const help = description === undefined ? summary : { summary, description };
      this.route(path, handler, { ...this.#guard, help });
    };
    const which = 'With the query parameter `id` only if it is of that run.';
    route(
      '/start',
      (request) => this.#start(request),
      'Begins to note where memory is allocated.',
      'It ends by itself after the query parameter `duration`: 5mins unless given, 1secs to 1days.',
    );
    route('/stop', () => this.#stop(), 'Ends the heap profile and tells where it can be downloaded.');
    route(
      '/download/raw',
      (request) => this.#download(request, raw),
      'The heap profile as a .heapprofile file, for DevTools.',
      which,
    );
    route('/download/text', (request) => this.#download(request, table), 'The heap profile as a table.', which);
    route('/download/graph', (request) => this.#download(request, graph), 'The heap profile as a picture.', which);
    route(
      '/download/snapshot',
      (request) => this.#heapSnapshot(request),
      'Every object of the heap as a .heapsnapshot file, for DevTools.',
      'The program stands still while it is taken.',
    );
    route(
      '/statistics',
      ({ query }) => jsonResponse(statistics(), { jsonp: query.get('jsonp') }),
      'What the heap has.',
    );
    route(
      '/state',
      ({ query }) => jsonResponse(this.#state(), { jsonp: query.get('jsonp') }),
      'Whether a heap profile runs, and which one there is.',
    );
  }

  protected override async finalize(): Promise<void> {
    this.#snapshot?.destroy();
    (await this.#run?.session.catch(() => undefined))?.disconnect();
  }

  async #start({ query }: HttpRequest): Promise<HttpResponse> {
    const duration = durationOf(query, durationMsMin, durationMsMax);
    if (duration.problem !== undefined) return textResponse(400, duration.problem);
    const active = this.#run;
    if (active !== undefined) return this.#started(active, 'Heap profiling is already active.');
    const id = Math.max(this.#lastId + 1, Math.floor(this.runtime.clock.now() / 1000));
    this.#lastId = id;
    const run: Run = {
      id,
      session: this.runtime.track(beginProfile('HeapProfiler.enable', 'HeapProfiler.startSampling')),
      end: undefined,
    };
    this.#run = run;
    try {
      await run.session;
    } catch (error) {
      this.#run = undefined;
      return textResponse(500, `Failed to start heap profiling: ${errorText(error)}\n`);
    }
    run.end = this.delay(duration.ms, async () => {
      try {
        await this.#finish();
      } catch (error) {
        this.runtime.logger.warn(`The heap profile is lost: ${errorText(error)}`);
      }
    });
    return this.#started(run, 'Successfully started new heap profiling run.');
  }

  #started(run: Run, message: string): HttpResponse {
    return jsonResponse({
      id: run.id,
      message: `${message} Its result will be at '/${this.self.id}/download/raw?id=${run.id}'; '/${this.self.id}/stop' ends it earlier.`,
      remaining_seconds: String(Math.round(this.#remainingSecs(run))),
    });
  }

  async #stop(): Promise<HttpResponse> {
    try {
      await this.#finish();
    } catch (error) {
      // V8 has one heap profiler for all of a thread: another runtime of it, or a debugger, may have ended the run.
      return textResponse(409, `The heap profile is lost: ${errorText(error)}\n`);
    }
    if (this.#found === undefined) return textResponse(400, 'Heap profiling was not started.\n');
    const id = String(this.#found.id);
    const url = (format: string): string => `/${this.self.id}/download/${format}?id=${id}`;
    return jsonResponse({
      id,
      message: 'Successfully stopped memory profiling run.',
      url_graph_profile: url('graph'),
      url_raw_profile: url('raw'),
      url_symbolized_profile: url('text'),
    });
  }

  /** Ends what runs, if anything does, and keeps what it found. */
  async #finish(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (run.end !== undefined) this.cancel(run.end);
    const session = await run.session;
    try {
      const { profile } = await this.runtime.track(session.post('HeapProfiler.stopSampling'));
      this.#found = { id: run.id, profile };
    } finally {
      session.disconnect();
    }
  }

  #download({ query }: HttpRequest, render: (found: Found) => HttpResponse): HttpResponse {
    const text = query.get('id');
    if (text !== null && !/^-?\d+$/.test(text)) return textResponse(400, "Invalid parameter 'id': not a number.\n");
    if (this.#run !== undefined && text === null) {
      return textResponse(400, "A profiling run is in progress. For the result of the one before it, pass its 'id'.\n");
    }
    if (this.#found === undefined) return textResponse(400, 'Cannot access raw profile: Not yet generated.\n');
    if (text !== null && Number(text) !== this.#found.id)
      return textResponse(400, `Cannot serve requested id #${text}.\n`);
    return render(this.#found);
  }

  #heapSnapshot({ method, signal }: HttpRequest): HttpResponse {
    if (method === 'HEAD') return attachment('heap.heapsnapshot', 'application/json', '');
    if (this.#snapshot !== undefined) return textResponse(503, 'Another heap snapshot is being downloaded.\n');
    const { used_heap_size: usedBytes } = getHeapStatistics();
    if (usedBytes > this.#snapshotHeapBytesMax) {
      return textResponse(
        503,
        `The heap has ${usedBytes} bytes, more than the ${this.#snapshotHeapBytesMax} that may be written.\n`,
      );
    }
    this.runtime.logger.warn('Taking a heap snapshot; nothing else happens meanwhile');
    const stream = getHeapSnapshot();
    this.#snapshot = stream;
    stream.once('close', () => {
      this.#snapshot = undefined;
    });
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    return attachment(`${this.runtime.clock.now()}.heapsnapshot`, 'application/json', stream);
  }

  #state(): unknown {
    const run = this.#run;
    const current =
      run === undefined
        ? { id: this.#found?.id ?? null, ...(this.#found === undefined ? {} : { remaining_seconds: 0 }) }
        : { id: run.id, remaining_seconds: this.#remainingSecs(run) };
    return {
      memory_profiler: { current_run: current, jemalloc_detected: false, tmp_dir: 'Not yet generated' },
      v8: {
        profiling_active: run !== undefined,
        snapshot_active: this.#snapshot !== undefined,
        version: process.versions.v8,
      },
    };
  }

  #remainingSecs({ end }: Run): number {
    return end === undefined ? 0 : Math.max(0, end.deadlineMs - this.runtime.clock.monotonic()) / 1000;
  }
}

function raw({ id, profile }: Found): HttpResponse {
  return attachment(`${id}.heapprofile`, 'application/json', JSON.stringify(profile));
}

function table({ id, profile }: Found): HttpResponse {
  return attachment(`${id}.txt`, 'text/plain; charset=utf-8', heapProfileText(profile));
}

function graph({ id, profile }: Found): HttpResponse {
  return attachment(`${id}.svg`, 'image/svg+xml', heapProfileSvg(profile));
}

function statistics(): unknown {
  return { heap: getHeapStatistics(), heap_spaces: getHeapSpaceStatistics(), process: process.memoryUsage() };
}
