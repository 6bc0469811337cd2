import type { Metrics } from './metrics/metrics.ts';

/** What a runtime counts. It is there from the start, so that whoever looks finds a zero. */
const counters = [
  'libprocess/actors_failed',
  'libprocess/connections_ended',
  'libprocess/dead_letters',
  'libprocess/disposals_failed',
  'libprocess/ends_forced',
  'libprocess/events_filtered',
  'libprocess/frames_invalid',
  'libprocess/frames_sent',
  'libprocess/handshakes_failed',
  'libprocess/http_broken_off',
  'libprocess/http_refused',
  'libprocess/http_requests',
  'libprocess/mailbox_overflows',
  'libprocess/messages_dropped',
  'libprocess/messages_invalid',
  'libprocess/messages_unhandled',
  'libprocess/outbound_dropped',
  'libprocess/outbound_overflows',
  'libprocess/peers_refused',
  'libprocess/tls_handshakes_failed',
];

/** What a runtime tells of itself at any time. */
interface RuntimeView {
  actors(): number;
  peers(): number;
  /** Bytes and messages that wait to be sent to other runtimes. */
  waiting(): { readonly bytes: number; readonly messages: number } | undefined;
}

export function declareRuntimeMetrics(metrics: Metrics, view: RuntimeView): void {
  for (const name of counters) metrics.counter(name);
  metrics.gauge('libprocess/actors', () => view.actors());
  metrics.gauge('libprocess/peers', () => view.peers());
  metrics.gauge('libprocess/outbound_bytes', () => view.waiting()?.bytes ?? 0);
  metrics.gauge('libprocess/outbound_messages', () => view.waiting()?.messages ?? 0);
}
