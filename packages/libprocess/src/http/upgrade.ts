import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers what is not an HTTP request, or not in time, and ends its connection. */
export function answerClientError(error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const code = 'code' in error ? error.code : undefined;
  if (code === 'HPE_HEADER_OVERFLOW') refuse(socket, 431);
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') refuse(socket, 408);
  else if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') refuse(socket, 413);
  else refuse(socket, 400);
}

/** Refuses to upgrade a connection, and ends it. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => {
    socket.destroy();
  });
  refuse(socket, status);
}

/**
 * Lets a request go on that asks to upgrade to something else than WebSocket, as clients that prefer HTTP/2 do: a server may ignore
 * the wish (RFC 9110, section 7.8). Node hands such a request over without its body, so it is read once more, without the wish.
 */
export function continueWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    const value = request.rawHeaders[index + 1] ?? '';
    lines.push(`${name}: ${name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function refuse(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? '';
  const body = `${status} ${text}.`;
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    () => {
      socket.destroy();
    },
  );
}

/** The options of a `Connection` field without those that belong to an upgrade. */
function withoutUpgrade(value: string): string {
  const options = value.split(',').map((option) => option.trim());
  return options.filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option)).join(', ') || 'keep-alive';
}
