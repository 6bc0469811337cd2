import { ProcessError } from '../errors.ts';

/** Reads a whole body of at most so many bytes. Rejects with `HTTP_BODY_TOO_LARGE` beyond. */
export async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) throw new ProcessError('HTTP_BODY_TOO_LARGE', `The body is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
