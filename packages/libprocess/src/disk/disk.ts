/** A file as `Disk.list` tells of it. */
export interface DiskFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * A folder of files, for programs that promise to keep what they were given: the seam to the disk. `FileDisk` is a folder of the machine;
 * `SimulatedDisk` (in `./testing`) loses what was not synced when its machine loses power. Names are 1 to 200 letters, digits and `._-`, not beginning with
 * a dot. Every method rejects with `DISK_FAILED` when the disk cannot do it, and then says nothing of how far it came.
 */
export interface Disk {
  /** The files there are, in the order of their names. */
  list(): Promise<DiskFile[]>;
  /** Up to so many bytes of a file, from `offset`: fewer at its end. Rejects when there is no such file. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** Writes into a file, which is made if it is missing. What is read from then on has it; only a sync makes it last. */
  write(name: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when a loss of power would no more harm what was written to this file, nor any renaming and removing, that had been done before the call. */
  sync(name: string): Promise<void>;
  /** Gives a file another name, in place of the file that has it: nobody sees neither. Lasts from the next sync of any file. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, if it is there. Lasts from the next sync of any file. */
  remove(name: string): Promise<void>;
}

const nameLengthMax = 200;

/** Whether a text can name a file of a `Disk`. */
export function isFileName(name: string): boolean {
  return name.length <= nameLengthMax && /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name);
}
