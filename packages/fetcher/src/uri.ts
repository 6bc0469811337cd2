/**
 * What a URI means, decided by its text alone: the name it gets in the sandbox, and where its bytes come from.
 *
 * The rules are those of Mesos's `src/slave/containerizer/fetcher.cpp`: a URI is treated like a path, so a query
 * becomes part of the name, and nothing in it is percent-decoded.
 */
import { posix } from 'node:path';

import { FetchError } from './errors.ts';
import type { FetchUri } from './options.ts';

/** Where the bytes of a URI come from. */
export type Origin = { kind: 'file'; path: string } | { kind: 'http'; url: string };

const illegal = /[\\'\0]/;

/** The URI as it is used: white space before it does not count (MESOS-2862). */
function trimUri(value: string): string {
  return value.trimStart();
}

/** The name in the sandbox of a file fetched without `output_file`, or why there is none. */
function uriBasename(value: string): string | FetchError {
  const uri = trimUri(value);
  if (illegal.test(uri)) return new FetchError('FETCH_URI_INVALID', 'Illegal characters in URI', { uri: value });
  const scheme = uri.indexOf('://');
  if (scheme <= 1) return posix.basename(uri);
  const rest = uri.slice(scheme + 3);
  const slash = rest.indexOf('/');
  if (slash === -1 || slash === rest.length - 1) {
    return new FetchError('FETCH_URI_INVALID', 'Malformed URI (missing path)', { uri: value });
  }
  return rest.slice(rest.lastIndexOf('/') + 1);
}

/** The path of a URI's file in the sandbox, in segments, or why it cannot be fetched. */
export function outputPath(uri: FetchUri): string[] | FetchError {
  const name = uriBasename(uri.value);
  if (name instanceof FetchError) return name;
  if (uri.output_file !== undefined) return outputFilePath(uri.output_file, uri.value);
  if (name === '' || name === '.' || name === '..') {
    return new FetchError('FETCH_URI_INVALID', 'The URI names no file', { uri: uri.value });
  }
  return [name];
}

function outputFilePath(outputFile: string, uri: string): string[] | FetchError {
  const problem = (reason: string): FetchError => new FetchError('FETCH_OUTPUT_FILE_INVALID', reason, { uri });
  if (outputFile === '') return problem('URI output file path is empty');
  if (outputFile.startsWith('/')) return problem('URI output file must be within the sandbox directory');
  if (outputFile.includes('\0')) return problem('Illegal characters in URI output file');
  const segments = outputFile.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return problem('URI output file must be within the sandbox directory');
  if (segments.length === 0 || /(^|\/)\.?$/.test(outputFile)) return problem('URI output file must name a file');
  return segments;
}

/** Where the bytes of a URI come from, or why they cannot be had. */
export function uriOrigin(value: string, frameworksHome: string | undefined): Origin | FetchError {
  const uri = trimUri(value);
  const problem = (reason: string): FetchError => new FetchError('FETCH_URI_INVALID', reason, { uri: value });
  if (uri.startsWith('file://')) {
    const path = uri.slice('file://'.length).replace(/^localhost/, '');
    return posix.isAbsolute(path) ? { kind: 'file', path } : problem('File URI only supports absolute paths');
  }
  if (/^https?:\/\//.test(uri)) {
    return URL.canParse(uri) ? { kind: 'http', url: uri } : problem('Malformed URI');
  }
  const scheme = uri.indexOf('://');
  if (scheme !== -1) {
    const reason = `The scheme '${uri.slice(0, scheme)}' is not supported: expecting file, http or https, or a path`;
    return new FetchError('FETCH_SCHEME_UNSUPPORTED', reason, { uri: value });
  }
  if (posix.isAbsolute(uri)) return { kind: 'file', path: uri };
  if (frameworksHome === undefined || frameworksHome === '') {
    return problem('A relative path needs the frameworks home (--frameworks_home), which is not set');
  }
  return { kind: 'file', path: posix.join(frameworksHome, uri) };
}
