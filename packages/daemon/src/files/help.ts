import type { RouteHelp } from '@mesos-ts/libprocess';
import { helpPage, helpParameters, jsonpHelp } from '../help.ts';

const path = 'A path as `/files/debug` shows it, or one below it.';
const statuses =
  '400 when a parameter is missing or wrong, 404 when there is no such file, 403 when the principal may not look at it.';
const guarded = 'The log and each sandbox are for those who may see them.';

function parameters(rows: Readonly<Record<string, string>>): string {
  return helpParameters('Query parameters:', rows);
}

/** What `/help` tells of the endpoints of files. */
export const filesHelp = {
  '/browse': helpPage(
    'Lists a directory.',
    [
      'Each entry as JSON with its `path`, `mode`, `nlink`, `uid`, `gid`, `size` in bytes and `mtime` in seconds since 1970.',
      parameters({ 'path=VALUE': path }),
      statuses,
      jsonpHelp,
    ],
    guarded,
  ),
  '/debug': helpPage(
    'Which paths there are, and which files and directories they mean.',
    ['An object: what is on disk by the path that stands for it.', jsonpHelp],
    'The principal must be allowed to use this endpoint.',
  ),
  '/download': helpPage(
    'Sends a file, as large as it is when the request comes.',
    [parameters({ 'path=VALUE': path }), 'The type goes by the end of its name.', statuses],
    guarded,
  ),
  '/read': helpPage(
    'Reads a part of a file as text.',
    [
      'An object with the text, `data`, and where it begins, `offset`. At the end of the file the text is empty: ask again later to follow it.',
      parameters({
        'path=VALUE': path,
        'offset=VALUE': 'The byte to begin at. Without it, or with -1, the size is told as `offset`, and no text.',
        'length=VALUE': 'How many bytes at most; 64 KiB is the most there are at a time.',
      }),
      statuses,
      jsonpHelp,
    ],
    guarded,
  ),
} as const satisfies Readonly<Record<string, RouteHelp>>;
