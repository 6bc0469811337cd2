interface PageChannel {
  readonly port1: { addEventListener(type: 'message', listener: () => void): void; start(): void };
  readonly port2: { postMessage(message: undefined): void };
}

/** Calls back when sockets and timers have had their turn of the event loop. */
export const nextTurn: (work: () => void) => void =
  typeof globalThis.setImmediate === 'function' ? globalThis.setImmediate : byMessages();

/** Web pages have no `setImmediate`, and their timers are held back: by 4 ms always, by a second and more in a hidden page. */
function byMessages(): (work: () => void) => void {
  const { port1, port2 } = new MessageChannel() as unknown as PageChannel;
  const waiting: (() => void)[] = [];
  port1.addEventListener('message', () => {
    waiting.shift()?.();
  });
  port1.start();
  return (work) => {
    waiting.push(work);
    port2.postMessage(undefined);
  };
}
