/**
 * A program that writes a log at the path it is given, entries of 1,000 bytes, until it cannot, and says what it had acknowledged and why it ended.
 * With `hold` it only opens the log, and waits for the end of its standard input. With `tell` it goes on where the log ends, with entries of 100,000
 * bytes, and tells the position of each that was acknowledged.
 */
import { LogError, levelLogStorage } from '../../src/index.ts';

const [path = '', mode] = process.argv.slice(2);
const storage = levelLogStorage({ path });
const { end } = await storage.recover();
if (mode === 'tell') {
  for (let position = end + 1; ; position++) {
    const value = { type: 'append', bytes: Buffer.alloc(100_000, position % 251) } as const;
    await storage.persist({ actions: [{ position, promised: 1, performed: 1, value, learned: true }] });
    process.stdout.write(`${position}\n`);
  }
} else if (mode === 'hold') {
  process.stdout.write('open\n');
  process.stdin.resume();
  process.stdin.once('end', () => void storage.close());
} else {
  let acknowledged = 0;
  let failure: Error | undefined;
  while (failure === undefined) {
    const value = { type: 'append', bytes: Buffer.alloc(1_000, acknowledged % 251) } as const;
    try {
      await storage.persist({ actions: [{ position: acknowledged, promised: 1, performed: 1, value }] });
      acknowledged++;
    } catch (error) {
      failure = error as Error;
    }
  }
  const again = await storage.persist({ metadata: { status: 'VOTING', promised: 9 } }).then(
    () => undefined,
    (error: unknown) => error,
  );
  await storage.close();
  const text = failure instanceof LogError ? `${failure.code} ${failure.message}` : failure.message;
  process.stdout.write(JSON.stringify({ acknowledged, text, same: again === failure }));
}
