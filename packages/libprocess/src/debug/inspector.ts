import type { Session } from 'node:inspector/promises';

/** What is asked of V8 before it profiles, by the DevTools protocol. */
type Begin = 'HeapProfiler.enable' | 'HeapProfiler.startSampling' | 'Profiler.enable' | 'Profiler.start';

/** Begins a profile of this thread: connects to V8's inspector and asks these of it, one after the other. */
export async function beginProfile(...methods: readonly Begin[]): Promise<Session> {
  // Only those who profile pay for it.
  const inspector = await import('node:inspector/promises');
  const session = new inspector.Session();
  session.connect();
  try {
    for (const method of methods) await session.post(method);
    return session;
  } catch (error) {
    session.disconnect();
    throw error;
  }
}
