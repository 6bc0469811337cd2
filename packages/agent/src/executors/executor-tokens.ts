/** Tokens by which executors prove who they are (Mesos's `docs/authentication.md`, executor authentication). */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** One run of an executor. */
export interface ExecutorRun {
  readonly frameworkId: string;
  readonly id: string;
  readonly containerId: string;
}

/** Makes and checks the tokens of executors: JSON web tokens, signed with HS256, of the framework, the executor and its container. */
export class ExecutorTokens {
  /** Whether executors must show theirs. */
  readonly areRequired: boolean;
  readonly #key: string;

  /** @param key Which only agents know that may take over from each other. */
  constructor(key: string, areRequired: boolean) {
    this.#key = key;
    this.areRequired = areRequired;
  }

  /** The token of a run. It is the same for an agent that has restarted, and for no other run. */
  tokenOf({ containerId, frameworkId, id }: ExecutorRun): string {
    const header = encoded({ alg: 'HS256', typ: 'JWT' });
    const claims = encoded({ fid: frameworkId, eid: id, cid: containerId });
    const signature = createHmac('sha256', this.#key).update(`${header}.${claims}`).digest('base64url');
    return `${header}.${claims}.${signature}`;
  }

  /** Whether a token is that of a run; takes equal time for all wrong ones of equal length. */
  isTokenOf(run: ExecutorRun, token: string): boolean {
    const right = Buffer.from(this.tokenOf(run));
    const shown = Buffer.from(token);
    return shown.length === right.length && timingSafeEqual(shown, right);
  }
}

function encoded(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url');
}
