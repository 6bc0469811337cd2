/** Values nested in one another at most; deeper data could exhaust the stack of whoever walks it. */
export const frameDepthMax = 512;
/** Values in one frame at most: an empty map costs one byte on the wire and some fifty in memory. */
export const frameValuesMax = 4_000_000;
/** Why a frame with more of them is refused. */
export const tooManyValues = `more than ${frameValuesMax} values`;
/** Entries in one frame at most, so that what one frame can cause is bounded. */
export const frameEntriesMax = 1_024;

// What follows a token that is neither a short text, array or map nor a number of one byte: so many bytes, or one of these.
const sized = 96;
const sizedArray = 100;
const sizedMap = 104;
const extension = 112;
const sizedExtension = 128;
const refused = 255;

const following = new Uint8Array(256);
following[0xc1] = refused;
following.set([sized + 1, sized + 2, sized + 4], 0xc4); // bin
following.set([sizedExtension + 1, refused, refused], 0xc7); // ext
following.set([4, 8, 1, 2, 4, 8, 1, 2, 4, 8], 0xca); // float, uint, int
following.set([extension + 1, refused, extension + 4, extension + 8, refused], 0xd4); // fixext
following.set([sized + 1, sized + 2, sized + 4], 0xd9); // str
following.set([sizedArray + 2, sizedArray + 4, sizedMap + 2, sizedMap + 4], 0xdc);

// msgpack's own timestamp, and the extension by which msgpackr writes `undefined`.
const timestampType = 0xff;
const undefinedType = 0x00;
/** The extension, of no bytes, that stands for a value which is the same as in the map before, see `withoutRepeats`. */
export const repeatType = 0x7e;

const suspectName = new TextEncoder().encode('constructor');
const suspectToken = 0xa0 + suspectName.length;

// How many values are left to read in each of the containers around the current one. Scans do not nest.
const outer = new Uint32Array(frameDepthMax);

/** What a frame was found to have that is not refused. */
export class FrameFindings {
  /** A text `constructor`: what is decoded is to be looked through for a way to a prototype. */
  isSuspect = false;
  /** Values that are said to be the same as in the map before. Whether there is such a map is the reader's to find out. */
  hasRepeats = false;
  /** Where each entry ends, as far as entries are arrays that are not empty; where that is wanted. */
  readonly ends: number[] | undefined;

  constructor(ends?: number[]) {
    this.ends = ends;
  }
}

/**
 * Looks through a frame without building anything of it and answers why it must not be decoded. msgpackr decodes more than plain data,
 * whatever its options say: records, which generate code; references, which make cycles; errors, regular expressions and others. It
 * also recurses. Here only plain data gets through, of bounded depth and size, and only if it is exactly as long as it says.
 * @param found Is told what else is of interest. Without it, values that repeat others are refused.
 */
export function frameProblem(bytes: Uint8Array, found?: FrameFindings): string | undefined {
  const first = bytes[0] ?? 0;
  if ((first < 0x90 || first > 0x9f) && first !== 0xdc && first !== 0xdd) return 'the frame is not an array';
  const length = bytes.length;
  let depth = 0;
  let left = 1;
  let position = 0;
  for (let values = 0; values < frameValuesMax; values++) {
    left--;
    if (position >= length) return 'the frame is cut short';
    const token = bytes[position++] as number;
    // The commonest first: short texts, short arrays and maps, longer texts. The table serves the rest.
    if (token >= 0xa0 && token < 0xc0) {
      if (found !== undefined && token === suspectToken && isSuspect(bytes, position)) found.isSuspect = true;
      position += token - 0xa0;
    } else if (token >= 0x80 && token < 0xe0) {
      let inside = 0;
      if (token < 0xa0) {
        inside = token < 0x90 ? (token - 0x80) * 2 : token - 0x90;
      } else if (token === 0xd9) {
        const size = bytes[position++] ?? 0;
        if (found !== undefined && size === suspectName.length && isSuspect(bytes, position)) found.isSuspect = true;
        position += size;
      } else {
        const next = following[token] as number;
        if (next < sized) {
          position += next;
        } else if (next === refused) {
          return `a value of kind 0x${token.toString(16)}`;
        } else if (next < extension) {
          const width = next & 3 || 4;
          const size = readNumber(bytes, position, width);
          position += width;
          if (next <= sized + 4) {
            if (found !== undefined && size === suspectName.length && isSuspect(bytes, position))
              found.isSuspect = true;
            position += size;
          } else inside = next <= sizedArray + 4 ? size : size * 2;
        } else {
          const size = next < sizedExtension ? next - extension : (bytes[position++] ?? 0);
          const type = bytes[position++] ?? refused;
          position += size;
          if (type === repeatType && size === 0 && found !== undefined) found.hasRepeats = true;
          else if (!isPlainExtension(type, size)) return `a value of extension type ${type}`;
        }
      }
      if (inside > 0) {
        // Every value takes a byte at least, so a length beyond the frame's is a lie that must not be allocated for.
        if (inside > length - position) return 'the frame is cut short';
        if (depth === 0 && inside > frameEntriesMax) return `more than ${frameEntriesMax} entries`;
        if (depth >= frameDepthMax) return `nested more than ${frameDepthMax} deep`;
        outer[depth++] = left;
        left = inside;
      }
    }
    while (left === 0) {
      if (depth === 0) return position === length ? undefined : 'the frame is not as long as it says';
      left = outer[--depth] as number;
      if (depth === 1) found?.ends?.push(position);
    }
  }
  return tooManyValues;
}

function isSuspect(bytes: Uint8Array, position: number): boolean {
  for (let index = 0; index < suspectName.length; index++) {
    if (bytes[position + index] !== suspectName[index]) return false;
  }
  return true;
}

function isPlainExtension(type: number, size: number): boolean {
  if (type === undefinedType) return size === 1;
  return type === timestampType && (size === 1 || size === 4 || size === 8 || size === 12);
}

/** Reads a big-endian number; what is beyond the end counts as zero, and the scan finds that out by its position. */
function readNumber(bytes: Uint8Array, position: number, width: number): number {
  let value = 0;
  for (let index = position; index < position + width; index++) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
