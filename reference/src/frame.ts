/** A record in a RecordIO frame: its length in bytes, a line feed, the record. */
export function frame(record: string): string {
  return `${Buffer.byteLength(record)}\n${record}`;
}
