import type { RouteHelp } from '@mesos-ts/libprocess';

/** What `/help` tells of the scheduler API. */
export const schedulerHelp: RouteHelp = {
  summary: 'Takes calls of schedulers, and sends them events.',
  description: [
    'POST one `mesos.v1.scheduler.Call` as `application/json` or `application/x-protobuf`.',
    'SUBSCRIBE is answered 200 with a stream of events in RecordIO frames that stays open, and a `Mesos-Stream-Id`, ' +
      'which every later call has to carry. The framework is disconnected when the stream ends.',
    'UPDATE_FRAMEWORK is answered 200, any other call 202: what comes of it is told by events.',
    'A master that does not lead answers 307 with the place of the one that does, or 503 when it knows of none.',
  ].join('\n\n'),
  authorization: 'The principal must be that of the framework, and must be allowed to register in its roles.',
};
