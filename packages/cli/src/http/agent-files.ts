import { JsonView } from './json.ts';
import type { HttpClient } from './http-client.ts';

/** A piece of a growing file. */
export interface FilePiece {
  readonly text: string;
  /** Where the next piece begins, in bytes. */
  readonly end: number;
}

/** Bytes asked for at once. */
const pieceBytesMax = 64 * 1024;

/** Reads files in the sandboxes of an agent. */
export class AgentFiles {
  readonly #http: HttpClient;
  readonly #address: string;

  /** @param address `ip:port` of the agent. */
  constructor(http: HttpClient, address: string) {
    this.#http = http;
    this.#address = address;
  }

  /** The whole file as it is now, byte by byte, as fast as it is read. */
  async download(path: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#http.get(this.#url('/files/download', path));
    return response.body ?? new Blob([]).stream();
  }

  /** What the file has from an offset on, up to 64 KiB; empty at its end. */
  async read(path: string, offset: number): Promise<FilePiece> {
    const url = this.#url('/files/read', path);
    url.searchParams.set('offset', String(offset));
    url.searchParams.set('length', String(pieceBytesMax));
    const text = new JsonView(await this.#http.getJson(url)).text('data');
    return { text, end: offset + Buffer.byteLength(text) };
  }

  #url(endpoint: string, path: string): URL {
    const url = this.#http.url(this.#address, endpoint);
    url.searchParams.set('path', path);
    return url;
  }
}
