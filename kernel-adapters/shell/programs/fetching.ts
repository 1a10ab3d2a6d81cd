// Owns: what curl and wget reach, send and store.
// Excludes: hosts told by settings: a proxy variable, a configuration file.

import type { Facts, Program } from '../facts.ts';
import { has, lineOf, valuesOf } from './options.ts';
import { nameOf } from '../path.ts';
import { literal, UNKNOWN, type Argument } from '../word.ts';

/** curl and wget take a host without a scheme for HTTP. */
function withScheme(url: Argument): Argument {
  return url.value === undefined || /^[a-z][\w+.-]*:\/\//i.test(url.value) ? url : literal(`http://${url.value}`);
}

/** curl expands braces and brackets in URLs itself. */
const isGlob = ({ value }: Argument): boolean =>
  /[{}[\]]/.test(value ?? '') && !/^\w+:\/\/\[[\da-f:.]+\]/i.test(value!);

/** States a fetch by curl, wget or git. */
export function fetch(method: string, url: Argument, facts: Facts): void {
  const file = /^file:\/\/(?:localhost)?(\/[^]*)$/i.exec(url.value ?? '')?.[1];
  if (file === undefined) facts.url(method, withScheme(url));
  else if (URL.canParse(url.value!)) facts.file('file.read', literal(decodePath(new URL(url.value!).pathname)));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** `@FILE`, or `name=@FILE` and `name=<FILE`, in a value that curl sends. */
function sent({ value }: Argument, pattern: RegExp, facts: Facts): void {
  const file = pattern.exec(value ?? '')?.[1];
  if (value === undefined) facts.unknown();
  else if (file !== undefined && file !== '-') facts.file('file.read', literal(file));
}

/** What a download is called. */
export const remoteName = (url: Argument): string | undefined =>
  url.value === undefined ? undefined : nameOf(url.value.replace(/^\w+:\/\//, '/').replace(/[?#].*$/, ''));

const CURL_VALUES =
  'A b c C d D e E F H K m o P Q r t T u U w x X y Y z request data data-raw data-binary data-ascii data-urlencode json form form-string header ' +
  'output output-dir upload-file url user user-agent cookie cookie-jar config proxy referer max-time connect-timeout retry retry-delay retry-max-time ' +
  'cacert capath cert key range write-out resolve connect-to interface max-redirs limit-rate proto netrc-file dump-header socks5 socks5-hostname unix-socket';

const curl: Program = (args, facts) => {
  const line = lineOf(args, { values: CURL_VALUES });
  const data = valuesOf(line, 'd', 'data', 'data-binary', 'data-ascii', 'json');
  const encoded = valuesOf(line, 'data-urlencode');
  const forms = valuesOf(line, 'F', 'form');
  const uploads = valuesOf(line, 'T', 'upload-file');
  const posts = data.length + encoded.length + forms.length + valuesOf(line, 'data-raw', 'form-string').length > 0;
  const implied = has(line, 'I', 'head') ? 'HEAD' : uploads.length > 0 ? 'PUT' : posts ? 'POST' : 'GET';
  const [method] = valuesOf(line, 'X', 'request');
  const urls = [...line.operands, ...valuesOf(line, 'url')];
  if (method && method.value === undefined) facts.unknown();
  for (const url of urls) {
    if (isGlob(url)) facts.unknown();
    else fetch(method?.value ?? (has(line, 'G', 'get') ? 'GET' : implied), url, facts);
  }
  for (const value of data) sent(value, /^@([^]+)$/, facts);
  for (const value of encoded) sent(value, /^[^=@]*@([^]+)$/, facts);
  for (const value of forms) sent(value, /^[^=]*=[@<]([^;,]+)/, facts);
  for (const value of valuesOf(line, 'H', 'header')) sent(value, /^@([^]+)$/, facts);
  for (const file of [...uploads, ...valuesOf(line, 'E', 'cert', 'key', 'netrc-file')]) {
    if (!/^[-.]$/.test(file.value ?? '')) facts.file('file.read', file);
  }
  for (const cookie of valuesOf(line, 'b', 'cookie')) if (!cookie.value?.includes('=')) facts.file('file.read', cookie);
  const stores = [...valuesOf(line, 'o', 'output'), ...valuesOf(line, 'c', 'cookie-jar', 'D', 'dump-header')];
  const directory = valuesOf(line, 'output-dir')[0];
  for (const file of stores) if (file.value !== '-') facts.file('file.write', within(directory, file));
  if (has(line, 'O', 'remote-name', 'remote-name-all')) {
    for (const url of urls) facts.file('file.write', within(directory, literal(remoteName(url) ?? '')));
  }
  for (const proxy of valuesOf(line, 'x', 'proxy', 'socks5', 'socks5-hostname'))
    facts.url('CONNECT', withScheme(proxy));
  // Settings from a file, or a host that is not where the request goes.
  const redirects = ['K', 'config', 'resolve', 'connect-to', 'unix-socket'];
  if (redirects.some((name) => valuesOf(line, name).length > 0) || has(line, 'J', 'remote-header-name'))
    facts.unknown();
};

function within(directory: Argument | undefined, file: Argument): Argument {
  if (directory === undefined || file.value?.startsWith('/')) return file;
  return directory.value === undefined || !file.value ? UNKNOWN : literal(`${directory.value}/${file.value}`);
}

const WGET_VALUES =
  'O P o a i e t T w U l A R D B output-document directory-prefix output-file append-output input-file execute tries timeout user-agent header ' +
  'post-data post-file body-data body-file method user password level accept reject domains base load-cookies save-cookies ca-certificate';

const wget: Program = (args, facts) => {
  const line = lineOf(args, { values: WGET_VALUES });
  const bodies = valuesOf(line, 'post-file', 'body-file');
  const posts = bodies.length + valuesOf(line, 'post-data').length > 0;
  const [method] = valuesOf(line, 'method');
  const [output] = valuesOf(line, 'O', 'output-document');
  const [directory] = valuesOf(line, 'P', 'directory-prefix');
  for (const url of line.operands) fetch(method?.value ?? (posts ? 'POST' : 'GET'), url, facts);
  for (const body of bodies) facts.file('file.read', body);
  if (output && output.value !== '-') facts.file('file.write', output);
  if (!output && !has(line, 'spider')) {
    for (const url of line.operands) {
      facts.file('file.write', within(directory, literal(remoteName(withScheme(url)) || 'index.html')));
    }
  }
  for (const log of valuesOf(line, 'o', 'a', 'output-file', 'append-output')) facts.file('file.write', log);
  // More URLs than the text names, or settings that change where they lead.
  const inputs = valuesOf(line, 'i', 'input-file');
  for (const input of inputs) facts.file('file.read', input);
  if (inputs.length > 0 || valuesOf(line, 'e', 'execute').length > 0) facts.unknown();
  if (has(line, 'r', 'm', 'p', 'recursive', 'mirror', 'page-requisites', 'content-disposition')) facts.unknown();
};

export const FETCH_PROGRAMS: Record<string, Program> = { curl, wget };
