import { SystemClock, after } from '@mesos-ts/libprocess';
import type { PeerLinks } from './peer-links.ts';
import type { TestServer } from './server.ts';

const attemptMs = 100;

/** Several servers that are one service, and the ways between them. */
export class TestEnsemble implements AsyncDisposable {
  readonly servers: readonly TestServer[];
  readonly links: PeerLinks;
  readonly #isLeader: (server: TestServer) => Promise<boolean>;

  private constructor(
    servers: readonly TestServer[],
    links: PeerLinks,
    isLeader: (server: TestServer) => Promise<boolean>,
  ) {
    this.servers = servers;
    this.links = links;
    this.#isLeader = isLeader;
  }

  /** Resolves when the servers have elected one among them. @param isLeader Asks one of them; rejections are as if it did not lead. */
  static async start(
    starting: readonly Promise<TestServer>[],
    links: PeerLinks,
    isLeader: (server: TestServer) => Promise<boolean>,
  ): Promise<TestEnsemble> {
    const settled = await Promise.allSettled(starting);
    const servers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const ensemble = new TestEnsemble(servers, links, isLeader);
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed !== undefined) {
      await ensemble.close();
      throw failed.reason;
    }
    await ensemble.leader();
    return ensemble;
  }

  /** Which of the servers leads the others, when it is known. */
  async leader(): Promise<number> {
    const clock = new SystemClock();
    for (;;) {
      for (const [index, server] of this.servers.entries()) {
        if (await this.#isLeader(server).catch(() => false)) return index;
      }
      await after(clock, attemptMs);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await this.links.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
