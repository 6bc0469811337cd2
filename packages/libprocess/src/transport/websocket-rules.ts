// What both ends keep to that speak WebSocket, a web page as well as a server.

/** The WebSocket subprotocol of frames between runtimes. */
export const subprotocol = 'libprocess.1';
/** The status with which a connection is closed in order. */
export const statusNormal = 1000;
/** How long the other end may take to agree that a connection ends, in milliseconds. */
export const closeGraceMs = 1_000;
/** A frame without entries. A web page is not shown pings, and would not notice that nobody is there any more. */
export const signOfLife = Uint8Array.of(0x90);

// RFC 6455, section 5.5: a control frame carries at most 125 bytes, two of which are the status code.
const reasonBytesMax = 123;

/** Cuts a text to what a close frame can carry, between characters. */
export function closeReason(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= reasonBytesMax) return text;
  // A character that was cut in two decodes as U+FFFD.
  const kept = new TextDecoder().decode(bytes.subarray(0, reasonBytesMax - 3));
  return `${kept.replace(/\u{FFFD}+$/u, '')}...`;
}
