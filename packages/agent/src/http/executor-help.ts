import { helpPage } from '@mesos-ts/daemon';

/** What `/help` tells of the executor API. */
export const executorHelp = helpPage(
  'Takes calls of executors, and sends them events.',
  [
    'POST one `mesos.v1.executor.Call` as `application/json` or `application/x-protobuf`.',
    'SUBSCRIBE is answered 200 with a stream of events in RecordIO frames that stays open; a later one takes its place. ' +
      'Any other call is answered 202.',
  ],
  'An executor that was given a token must show it, and can speak for itself only.',
);
