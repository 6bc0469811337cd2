/** One change of an ordered store: a key gets a value, or, without one, is deleted. */
export interface StoreChange {
  readonly key: Buffer;
  readonly value?: Buffer;
}

/**
 * What the log needs from a disk: keys in the order of their bytes, and changes that are made together. `LevelStore` is the one in use;
 * `JournalStore` (in `./testing`) keeps the same on a simulated disk. Methods reject with a `LogError`.
 */
export interface OrderedStore {
  /** Called once, before all else. */
  open(): Promise<void>;
  /**
   * The entries from one key (included) to another (excluded), in order and in pieces, as they are at the moment of the call. Whoever leaves
   * the loop early gives back what it holds.
   */
  entries(from: Buffer, to: Buffer): AsyncIterable<readonly (readonly [key: Buffer, value: Buffer])[]>;
  /**
   * Makes all of the changes or none. They survive a loss of power when it resolves. Called again only after it has; then the memory of
   * keys and values is used for others.
   */
  write(changes: readonly StoreChange[]): Promise<void>;
  /** Gives the space of what was deleted from one key to another back to the file system. */
  compact(from: Buffer, to: Buffer): Promise<void>;
  close(): Promise<void>;
}
