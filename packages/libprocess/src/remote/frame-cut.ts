import { FrameFindings, frameProblem } from './frame-scan.ts';
import type { Entry } from './frame.ts';

/** A part of a frame, which is a frame. */
export interface FramePart {
  readonly entries: readonly Entry[];
  readonly bytes: Uint8Array;
}

// An array of up to 15 says how long it is in its first byte; one of up to 65,535 in the two after that.
const shortArrayMax = 15;

/**
 * Cuts a frame between its entries into frames that are as large as is aimed at, or have one entry. How large messages are is known only
 * when they are written; to write them again, fewer at a time, would cost more than to copy them.
 * @param entries What the frame says.
 */
export function cutFrame(entries: readonly Entry[], bytes: Uint8Array, aim: number): FramePart[] {
  const ends: number[] = [];
  frameProblem(bytes, new FrameFindings(ends));
  const parts: FramePart[] = [];
  let first = 0;
  let start = headerLength(entries.length);
  for (let next = 1; next <= ends.length; next++) {
    if (next < ends.length && (ends[next] as number) - start <= aim) continue;
    const end = ends[next - 1] as number;
    parts.push({ entries: entries.slice(first, next), bytes: frameOf(next - first, bytes.subarray(start, end)) });
    first = next;
    start = end;
  }
  return parts;
}

function headerLength(count: number): number {
  return count <= shortArrayMax ? 1 : 3;
}

function frameOf(count: number, content: Uint8Array): Uint8Array {
  const length = headerLength(count);
  const frame = new Uint8Array(length + content.length);
  if (length === 1) frame[0] = 0x90 | count;
  else frame.set([0xdc, count >>> 8, count & 0xff]);
  frame.set(content, length);
  return frame;
}
