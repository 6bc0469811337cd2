import { control, decodeFrame } from '../../remote/frame.ts';
import { errorText } from '../../errors.ts';
import { brief } from './trace.ts';

/** What travels between the ends of a connection, in order: what TCP and WebSocket make of frames, pings and closing. */
export type Segment =
  | { readonly kind: 'upgrade' | 'accepted' | 'closed' | 'end' }
  | { readonly kind: 'ping' | 'pong'; readonly question?: number }
  | { readonly kind: 'close'; readonly reason: string }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array };

/** How a segment looks in a trace. A frame that runtimes exchange is shown by what is in it. */
export function segmentText(segment: Segment): string {
  if (segment.kind === 'close') return `close: ${segment.reason}`;
  return segment.kind === 'frame' ? `frame, ${segment.bytes.length} bytes: ${frameText(segment.bytes)}` : segment.kind;
}

const controls = new Map<number, string>(Object.entries(control).map(([name, number]) => [number, name]));
const shownMax = 5;

function frameText(bytes: Uint8Array): string {
  let entries;
  try {
    entries = decodeFrame(bytes);
  } catch (error) {
    return errorText(error);
  }
  const shown = entries.slice(0, shownMax).map((entry) => {
    const [kind] = entry;
    if (typeof kind === 'string') return `${kind} <- ${entry[2]} ${brief(entry[3])} from ${entry[1]}`;
    return [controls.get(kind), ...entry.slice(1)].join(' ');
  });
  return `${shown.join('; ')}${entries.length > shownMax ? `; and ${entries.length - shownMax} more` : ''}`;
}
