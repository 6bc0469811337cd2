import { readFileSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { Process } from '../actor/process.ts';
import { jsonResponse } from '../http/message.ts';
import { EventLoopLag } from './event-loop-lag.ts';

/**
 * Serves what this machine has and does at `/system/stats.json` and as metrics, in the fields of libprocess, and how late the event
 * loop is as the metric `libprocess/event_loop_lag_ms`.
 */
export class SystemProcess extends Process {
  #lag: EventLoopLag | undefined;

  constructor() {
    super('system');
  }

  protected override initialize(): void {
    const metrics = this.runtime.metrics.of(this.self);
    metrics.gauge('system/load_1min', () => loadavg()[0]);
    metrics.gauge('system/load_5min', () => loadavg()[1]);
    metrics.gauge('system/load_15min', () => loadavg()[2]);
    metrics.gauge('system/cpus_total', () => cpus().length);
    metrics.gauge('system/mem_total_bytes', () => totalmem());
    metrics.gauge('system/mem_free_bytes', freeBytes);
    this.#lag = metrics.add(new EventLoopLag('libprocess/event_loop_lag', this.runtime.clock));
    this.route('/stats.json', ({ query }) => jsonResponse(stats(), { jsonp: query.get('jsonp') }), {
      help: {
        summary: 'Load, processors and memory of this machine.',
        description:
          'An object with `avg_load_1min`, `avg_load_5min`, `avg_load_15min`, `cpus_total`, `mem_total_bytes` and `mem_free_bytes`. With `jsonp=NAME` it is a script that calls that function.',
      },
    });
  }

  protected override finalize(): void {
    this.#lag?.stop();
  }
}

function stats(): Record<string, number | undefined> {
  const [oneMinute, fiveMinutes, fifteenMinutes] = loadavg();
  return {
    avg_load_15min: fifteenMinutes,
    avg_load_1min: oneMinute,
    avg_load_5min: fiveMinutes,
    cpus_total: cpus().length,
    mem_free_bytes: freeBytes(),
    mem_total_bytes: totalmem(),
  };
}

/** Memory that nothing uses at all. Node counts what the kernel could give back as free too; Mesos's clients expect the former. */
function freeBytes(): number {
  try {
    const kilobytes = /^MemFree:\s*(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  } catch {
    return freemem();
  }
}
