// Owns: turning what one command is known to touch into requests.
// Trusts: its caller for what the command does. What cannot be named is never guessed: it makes the command `dynamic`.

import { addressOf, locationOf, type Address } from './endpoint.ts';
import { nameOf, pathsOf, saysDirectory, type Directories } from './path.ts';
import type { Entity, Item, Request, Value } from './request.ts';
import type { Argument } from './word.ts';

export type FileAction = 'file.read' | 'file.write' | 'file.create' | 'file.delete' | 'file.rename';

/** `any`: the text does not tell a file from a directory, so both are stated. */
export type Kind = 'file' | 'directory' | 'any';

export interface Facts {
  readonly directories: Directories;
  /** The text that a here-document or here-string feeds the command, if it is known. */
  readonly input: string | undefined;
  file(action: FileAction, argument: Argument, kind?: Kind): void;
  /**
   * A copy, link or move of one object, as one transaction. `into`: whether the destination is a directory to put it
   * in; `undefined`: not told.
   */
  transfer(
    from: { action: FileAction; argument: Argument },
    to: { action: FileAction; argument: Argument; into: boolean | undefined },
    kind?: Kind,
  ): void;
  /** An HTTP request or another connection, as the scheme says. */
  url(method: string, url: Argument): void;
  connect(host: Argument, port: number, protocol?: string): void;
  listen(host: string, port: number): void;
  /** The command runs another one, given as words. */
  run(words: readonly Argument[]): void;
  /**
   * The command runs shell text: in the shell that runs the command itself, in one of its own, or wherever that shell
   * is later.
   */
  script(text: string, where: 'here' | 'child' | 'later'): void;
  /** What later commands mean cannot be told any more. */
  unsettle(): void;
  /** What the command does cannot be told from the text. */
  unknown(): void;
}

/** States what a program does when it is given these arguments. */
export type Program = (args: readonly Argument[], facts: Facts) => void;

/** The principal, and where the request came from. */
export interface Origin {
  principal: Entity;
  ref: string;
}

// The standard streams and the sink: naming one touches no file.
const STREAM = /^\/dev\/(null|tty|stdin|stdout|stderr|fd\/\d+)$/;

// Bash itself connects when a redirection names one of these.
const SOCKET = /^\/dev\/(tcp|udp)\/([^/]+)\/([^/]+)$/;

const named = (argument: Argument, among: Directories): readonly string[] | undefined =>
  argument.value === undefined ? undefined : pathsOf(argument.value, among);

/** Requests for files and endpoints, given to `add`; `unknown` hears of what could not be named. */
export function effects(
  origin: Origin,
  directories: Directories,
  add: (item: Item) => void,
  unknown: () => void,
): Pick<Facts, 'file' | 'transfer' | 'url' | 'connect' | 'listen'> {
  const request = (action: string, type: string, id: string, context: Record<string, Value>): Request => ({
    principal: origin.principal,
    action,
    resource: { type, id },
    context,
    ref: origin.ref,
  });

  function objects(action: FileAction, path: string, kind: Kind): Request[] {
    const requests: Request[] = [];
    if (kind !== 'directory') requests.push(request(action, 'File', path, { resolved: false }));
    // A directory is not written as such: entries are made in it.
    const onDirectory = action === 'file.write' ? 'file.create' : action;
    if (kind !== 'file') requests.push(request(onDirectory, 'Dir', path, { resolved: false }));
    return requests;
  }

  function reach(address: Address | undefined, state: (address: Address) => void): void {
    if (address === undefined) unknown();
    else state(address);
  }

  const contact = (action: string, protocol: string) => (address: Address) =>
    add(
      request(action, 'Endpoint', address.endpoint, {
        protocol,
        ...(address.ip === undefined ? {} : { address: { __extn: { fn: 'ip', arg: address.ip } } }),
      }),
    );

  return {
    file(action, argument, kind = 'file') {
      if (argument.pipe || STREAM.test(argument.value ?? '')) return;
      const socket = SOCKET.exec(argument.value ?? '');
      if (socket) {
        const [, protocol, host, port] = socket;
        // A port may have a name, which a file of the system gives a number.
        reach(/^\d+$/.test(port!) ? addressOf(host!, Number(port)) : undefined, contact('net.connect', protocol!));
        return;
      }
      const paths = named(argument, directories);
      if (paths === undefined) unknown();
      const certain = argument.value !== undefined && saysDirectory(argument.value);
      for (const path of paths ?? []) objects(action, path, certain ? 'directory' : kind).forEach(add);
    },

    transfer(from, to, kind = 'file') {
      const into = to.argument.value !== undefined && saysDirectory(to.argument.value) ? true : to.into;
      // One starting directory at a time, so that a source is paired with its own destination only.
      for (const directory of directories?.map((one) => [one]) ?? [undefined]) {
        const source = named(from.argument, directory)?.[0];
        const target = named(to.argument, directory)?.[0];
        if (source === undefined || target === undefined) unknown();
        const sources = source === undefined ? [] : objects(from.action, source, kind);
        const targets: Request[] = [];
        if (target !== undefined && into !== true) targets.push(...objects(to.action, target, kind));
        if (target !== undefined && into !== false) {
          if (source === undefined) targets.push(...objects('file.create', target, 'directory'));
          else targets.push(...objects(to.action, pathsOf(nameOf(source), [target])![0]!, kind));
        }
        const [first, ...more] = [...sources, ...targets];
        if (first !== undefined) add(more.length === 0 ? first : [first, ...more]);
      }
    },

    url(method, url) {
      // The host is sure once a `/` ends it, whatever follows.
      const begun = url.value ?? /^[a-z][\w+.-]*:\/\/[^/]+\//i.exec(url.prefix)?.[0];
      const location = begun === undefined ? undefined : locationOf(begun);
      if (url.value === undefined) unknown();
      if (location === undefined || !/^(http|ws)s?$/.test(location.scheme)) {
        reach(location?.address, contact('net.connect', 'tcp'));
        return;
      }
      const { scheme, address, path } = location;
      const context = { method, tls: scheme.endsWith('s'), ...(url.value === undefined ? {} : { path }) };
      add(request('http.request', 'Endpoint', address.endpoint, context));
    },

    connect(host, port, protocol = 'tcp') {
      reach(host.value === undefined ? undefined : addressOf(host.value, port), contact('net.connect', protocol));
    },

    listen(host, port) {
      reach(addressOf(host, port), contact('net.listen', 'tcp'));
    },
  };
}
