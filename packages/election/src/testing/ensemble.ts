import { SystemClock, after } from '@mesos-ts/libprocess';
import type { PeerLinks } from './peer-links.ts';
import type { TestServer } from './server.ts';

const attemptMs = 100;
// Far more than an election takes on a busy machine.
const leadsWithinMs = 120_000;

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

  /**
   * Resolves when the servers have elected one among them. Ends them all, and rejects, when one does not start, or none leads in time.
   *
   * @param isLeader Asks one of them, and settles in time; rejections are as if it did not lead.
   */
  static async start(
    starting: readonly Promise<TestServer>[],
    links: PeerLinks,
    isLeader: (server: TestServer) => Promise<boolean>,
    withinMs = leadsWithinMs,
  ): Promise<TestEnsemble> {
    const settled = await Promise.allSettled(starting);
    const servers = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const ensemble = new TestEnsemble(servers, links, isLeader);
    const failed = settled.find((each) => each.status === 'rejected');
    try {
      if (failed !== undefined) throw failed.reason;
      await ensemble.leader(withinMs);
      return ensemble;
    } catch (error) {
      await ensemble.close();
      throw error;
    }
  }

  /** Which of the servers leads the others, when it is known. Rejects, with what they have printed last, when none does in time. */
  async leader(withinMs = leadsWithinMs): Promise<number> {
    const clock = new SystemClock();
    const deadlineMs = clock.monotonic() + withinMs;
    for (;;) {
      const answers: string[] = [];
      for (const [index, server] of this.servers.entries()) {
        const leads = await this.#isLeader(server).catch(String);
        if (leads === true) return index;
        answers.push(leads === false ? 'does not lead' : leads);
      }
      if (clock.monotonic() > deadlineMs) {
        const told = this.servers.map(({ output, port }, index) => `--- ${port}: ${answers[index]}\n${output}`);
        throw new Error(`None of the servers leads within ${withinMs} ms\n${told.join('\n')}`);
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
