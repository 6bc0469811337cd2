import { LevelStore } from './level-store.ts';
import { OrderedLogStorage } from './ordered-log-storage.ts';
import type { LevelOptions } from './level-store.ts';
import type { LogStorage } from './log-storage.ts';

/**
 * A log on the disk of the machine, in LevelDB. `recover` rejects with `LOG_IN_USE`, `LOG_CORRUPT`, `LOG_FOREIGN`, `LOG_VERSION_UNSUPPORTED` or
 * `LOG_STORAGE_FAILED`, and says what to do.
 */
export function levelLogStorage(options: LevelOptions): LogStorage {
  return new OrderedLogStorage(new LevelStore(options));
}
