/**
 * Lets the event loop go round, so that sockets and timers have their turn. An event to an actor does not: actors go on for as long as
 * they have something to do and their share of the turn is not used up.
 */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
