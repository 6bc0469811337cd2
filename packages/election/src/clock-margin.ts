/**
 * By how much what was promised to a leader outlasts what the leader counts on: so clocks may run ten in a hundred too fast or too slow, either of them, and
 * a leader that is lost is over here before it is over there.
 */
export const clockMargin = 1.25;
