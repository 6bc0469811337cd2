/** Bodies of messages, by about how many bytes one takes on the wire. */
export const bodies = {
  '100 B': { data: 'x'.repeat(80) },
  '1 KB': { data: 'x'.repeat(1_000) },
  '10 KB': { data: 'x'.repeat(10_000) },
} as const;
