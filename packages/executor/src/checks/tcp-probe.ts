import { connect } from 'node:net';
import type { Probe, ProbeOutcome } from './probe.ts';

/** Connects; the result is whether that went well, whatever was wrong. */
export function tcpProbe(host: string, port: number): Probe {
  return (signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const tell = (succeeded: boolean): void => {
        resolve({ status: { type: 'TCP', tcp: { succeeded } } });
      };
      try {
        const socket = connect({ host, port });
        const end = (): void => {
          socket.destroy();
        };
        signal.addEventListener('abort', end, { once: true });
        socket.once('connect', () => {
          // Where nobody listens, Linux may connect a port of its choice with itself.
          tell(socket.localPort !== port || socket.localAddress !== socket.remoteAddress);
          end();
        });
        socket.once('error', () => {
          tell(false);
        });
        socket.once('close', () => {
          signal.removeEventListener('abort', end);
        });
      } catch {
        // There is no such port.
        tell(false);
      }
    });
}
