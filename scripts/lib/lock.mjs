import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateFolder } from './state.mjs';

const lock = join(stateFolder, 'lock');
/** Held only while the lock of a dead process is removed, so that two waiting processes do not remove each other's. */
const removal = join(stateFolder, 'lock-removal');
const POLL_MS = 200;
const WAIT_MAX_MS = 15 * 60 * 1000;
/** A lock is created and filled in two steps; an empty one this old belongs to nobody. */
const EMPTY_MAX_MS = 5000;

/** Runs `work` while no other process of this checkout does; `onWait` hears of the process that is waited for. */
export async function withLock(work, onWait) {
  mkdirSync(stateFolder, { recursive: true });
  const deadline = Date.now() + WAIT_MAX_MS;
  let isTold = false;
  while (!create(lock)) {
    const holder = holderOf(lock);
    if (holder === undefined) removeDeadLock();
    else if (Date.now() > deadline)
      throw new Error(`process ${holder} holds ${lock} for too long; remove it if it is stale`);
    else if (!isTold) onWait(holder);
    isTold ||= holder !== undefined;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function create(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The living process that holds a lock. */
function holderOf(path) {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    if (holder === 0) return Date.now() - statSync(path).mtimeMs < EMPTY_MAX_MS ? 'unknown' : undefined;
    process.kill(holder, 0);
    return holder;
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined;
  }
}

function removeDeadLock() {
  if (!create(removal)) return;
  if (holderOf(lock) === undefined) rmSync(lock, { force: true });
  rmSync(removal, { force: true });
}
