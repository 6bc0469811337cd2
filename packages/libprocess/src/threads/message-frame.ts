import { Packr } from 'msgpackr';
import { ProcessError, errorText } from '../errors.ts';
import { packrOptions } from '../remote/frame.ts';
import { frameProblem } from '../remote/frame-scan.ts';
import type { Frame, FrameEntry } from './protocol.ts';

const packr = new Packr(packrOptions);

/** Writes messages into memory of its own, which can be handed over. Throws when one of them could not be sent over the network either. */
export function packMessages(entries: readonly FrameEntry[]): Frame {
  let written: Uint8Array;
  try {
    written = packr.pack(entries);
  } catch (error) {
    throw new ProcessError('FRAME_INVALID', errorText(error), { cause: error });
  }
  const problem = frameProblem(written);
  if (problem !== undefined) throw new ProcessError('FRAME_INVALID', problem);
  return new Uint8Array(written);
}

/** Reads what `packMessages` has written: the other end is of this program, and not doubted. */
export function unpackMessages(frame: Frame): readonly FrameEntry[] {
  // In a Buffer, so that bytes in bodies come as Buffers.
  return packr.unpack(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)) as FrameEntry[];
}
