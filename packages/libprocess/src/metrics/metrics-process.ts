import { jsonResponse } from '../http/message.ts';
import { Process } from '../actor/process.ts';

/** Serves the runtime's metrics as JSON at `/metrics/snapshot`, as libprocess does. Spawn one in each runtime that has HTTP. */
export class MetricsProcess extends Process {
  constructor() {
    super('metrics');
  }

  protected override initialize(): void {
    this.route(
      '/snapshot',
      (request) => jsonResponse(this.runtime.metrics.snapshot(), { jsonp: request.query.get('jsonp') }),
      { help: 'Every metric by name.' },
    );
  }
}
