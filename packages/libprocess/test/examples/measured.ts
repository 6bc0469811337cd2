import { MetricsProcess, Process, Runtime } from '@mesos-ts/libprocess';

class Registrar extends Process {
  // Removed when this actor ends: nobody scrapes the numbers of the dead.
  readonly #metrics = () => this.runtime.metrics.of(this.self);
  readonly #entries: string[] = [];

  protected override initialize(): void {
    this.#metrics().gauge('registrar/entries', () => this.#entries.length);
  }

  async register(name: string): Promise<void> {
    const metrics = this.#metrics();
    metrics.counter('registrar/registrations', { help: 'Names that were registered.' }).increment();
    await metrics.timer('registrar/store').time(Promise.resolve());
    this.#entries.push(name);
  }
}

await using runtime = new Runtime();
runtime.spawn(new MetricsProcess());
const registrar = runtime.spawn(new Registrar('registrar'));
for (const name of ['ada', 'grace', 'barbara']) await runtime.dispatch(registrar, 'register', [name]);

const { body } = await runtime.inject({ url: '/metrics/snapshot?timeout=2secs' });
const numbers = JSON.parse(body.toString()) as Record<string, number>;
console.log(numbers['registrar/registrations'], numbers['registrar/entries'], numbers['registrar/store_ms/count']);

const exposition = await runtime.inject({ url: '/metrics/prometheus' });
for (const line of exposition.body.toString().split('\n')) {
  if (line.startsWith('registrar_registrations') || line.startsWith('# HELP registrar')) console.log(line);
}
