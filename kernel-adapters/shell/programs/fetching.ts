// Owns: what curl and wget reach, send and store.
// Source: the manuals of curl and wget; what is not listed is `dynamic`.
// Excludes: hosts told by settings: a proxy of the environment, a configuration file, a redirect.

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

/** `name=text`, `name=@FILE` or `name=<FILE`; curl reads more into commas, quotes and brackets. */
const FORM = /^[^=]+=(?:[@<]([^;,"\\]+)(?:;type=[\w/.+-]+)?|[^@<("=;][^;]*|)$/;

const CURL = {
  flags:
    's S L f k v i I O G N # g 4 6 silent show-error location fail insecure verbose include head remote-name remote-name-all get ' +
    'no-buffer progress-bar globoff compressed fail-with-body http1.1 http2 ipv4 ipv6 create-dirs no-progress-meter',
  values:
    'A b c d D e E F H K m o r T u w x X y Y request data data-raw data-binary data-ascii data-urlencode json form form-string ' +
    'header output output-dir upload-file url user user-agent cookie cookie-jar proxy referer max-time connect-timeout retry ' +
    'retry-delay retry-max-time cert key cacert range write-out max-redirs limit-rate dump-header config resolve connect-to',
};

const curl: Program = (args, facts) => {
  const line = lineOf(args, facts, CURL);
  const data = valuesOf(line, 'd', 'data', 'data-binary', 'data-ascii', 'json');
  const encoded = valuesOf(line, 'data-urlencode');
  const forms = valuesOf(line, 'F', 'form');
  const uploads = valuesOf(line, 'T', 'upload-file');
  const posts = data.length + encoded.length + forms.length + valuesOf(line, 'data-raw', 'form-string').length > 0;
  const sends = posts || uploads.length > 0;
  const implied = has(line, 'I', 'head') ? 'HEAD' : uploads.length > 0 ? 'PUT' : posts ? 'POST' : 'GET';
  const given = valuesOf(line, 'X', 'request').at(-1);
  const method = given?.value ?? (has(line, 'G', 'get') ? 'GET' : implied);
  const urls = [...line.operands, ...valuesOf(line, 'url')];
  // Settings from a file, or a host that is not where the request goes.
  if (has(line, 'K', 'config', 'resolve', 'connect-to')) facts.unknown();
  // A request that only asks, and yet sends.
  if ((given && given.value === undefined) || (sends && /^(GET|HEAD)$/i.test(method))) facts.unknown();
  for (const url of urls) {
    if (isGlob(url) || url.value?.startsWith('@')) facts.unknown();
    else fetch(method, url, facts);
  }
  for (const value of data) sent(value, /^@([^]+)$/, facts);
  for (const value of encoded) sent(value, /^[^=@]*@([^]+)$/, facts);
  for (const value of forms) {
    sent(value, FORM, facts);
    if (!FORM.test(value.value ?? '')) facts.unknown();
  }
  for (const value of valuesOf(line, 'H', 'header')) sent(value, /^@([^]+)$/, facts);
  for (const format of valuesOf(line, 'w', 'write-out')) {
    sent(format, /^@([^]+)$/, facts);
    if (format.value?.includes('%output')) facts.unknown();
  }
  for (const file of [...uploads, ...valuesOf(line, 'E', 'cert', 'key', 'cacert')]) {
    // Globs in an upload, a password after a certificate.
    if ((uploads.includes(file) ? /[{}[\]]/ : /:/).test(file.value ?? '')) facts.unknown();
    if (!/^[-.]$/.test(file.value ?? '')) facts.file('file.read', file);
  }
  for (const cookie of valuesOf(line, 'b', 'cookie')) if (!cookie.value?.includes('=')) facts.file('file.read', cookie);
  const directory = valuesOf(line, 'output-dir')[0];
  for (const file of valuesOf(line, 'o', 'output'))
    if (file.value !== '-') facts.file('file.write', within(directory, file));
  for (const file of valuesOf(line, 'c', 'cookie-jar', 'D', 'dump-header'))
    if (file.value !== '-') facts.file('file.write', file);
  if (has(line, 'O', 'remote-name', 'remote-name-all')) {
    for (const url of urls) facts.file('file.write', within(directory, literal(remoteName(url) ?? '')));
  }
  for (const proxy of valuesOf(line, 'x', 'proxy')) facts.url('CONNECT', withScheme(proxy));
};

function within(directory: Argument | undefined, file: Argument): Argument {
  if (directory === undefined || file.value?.startsWith('/')) return file;
  return directory.value === undefined || !file.value ? UNKNOWN : literal(`${directory.value}/${file.value}`);
}

const WGET = {
  flags:
    'q v c N S 4 6 quiet verbose no-verbose continue timestamping no-clobber no-check-certificate show-progress server-response ' +
    'spider https-only',
  values:
    'n O P o a i t T U output-document directory-prefix output-file append-output input-file tries timeout user-agent header ' +
    'post-data post-file body-data body-file method user password save-cookies load-cookies ca-certificate',
};

const wget: Program = (args, facts) => {
  const line = lineOf(args, facts, WGET);
  const bodies = valuesOf(line, 'post-file', 'body-file');
  const posts = bodies.length + valuesOf(line, 'post-data', 'body-data').length > 0;
  const [output] = valuesOf(line, 'O', 'output-document');
  const [directory] = valuesOf(line, 'P', 'directory-prefix');
  const given = valuesOf(line, 'method')[0];
  const method = given?.value ?? (posts ? 'POST' : 'GET');
  // `-nv`, `-nc`: two letters are one option.
  if (valuesOf(line, 'n').some(({ value }) => !/^[vc]$/.test(value ?? ''))) facts.unknown();
  if ((given && given.value === undefined) || (posts && /^(GET|HEAD)$/i.test(method))) facts.unknown();
  for (const url of line.operands) fetch(method, url, facts);
  for (const file of [...bodies, ...valuesOf(line, 'load-cookies', 'ca-certificate')]) facts.file('file.read', file);
  for (const file of valuesOf(line, 'save-cookies')) facts.file('file.write', file);
  if (output && output.value !== '-') facts.file('file.write', output);
  if (!output && !has(line, 'spider')) {
    for (const url of line.operands) {
      facts.file('file.write', within(directory, literal(remoteName(withScheme(url)) || 'index.html')));
    }
  }
  for (const log of valuesOf(line, 'o', 'a', 'output-file', 'append-output'))
    if (log.value !== '-') facts.file('file.write', log);
  // More URLs than the text names.
  const inputs = valuesOf(line, 'i', 'input-file');
  for (const input of inputs) facts.file('file.read', input);
  if (inputs.length > 0) facts.unknown();
};

export const FETCH_PROGRAMS: Record<string, Program> = { curl, wget };
