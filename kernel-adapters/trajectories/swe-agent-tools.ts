// Owns: the commands SWE-agent adds to its shell, and the file facts each implies. Source: SWE-agent's tool bundles
// (windowed, windowed_edit_*, search, filemap, edit_anthropic, submit, image_tools) and EnIGMA's.

import { lineOf, literal, type Facts, type Program, type Tools } from '../shell/index.ts';

const nothing: Program = () => {};

/** `open FILE [LINE]` and its like: the first operand. */
const reads: Program = (args, facts) => {
  const [file] = lineOf(args, facts, { values: 'function_name' }).operands;
  if (file) facts.file('file.read', file);
};

const creates: Program = ([file], facts) => {
  if (file) facts.file('file.create', file);
};

/** `search_dir TERM [DIR]`, `find_file NAME [DIR]`. */
const searches: Program = ([, directory], facts) => facts.file('file.read', directory ?? literal('.'), 'directory');

/** `view`, `create`, `str_replace`, `insert` or `undo_edit`, then the path. */
const editor: Program = ([verb, path], facts) => {
  if (path === undefined) return facts.unknown();
  if (verb?.value === 'view') facts.file('file.read', path, 'any');
  else facts.file(verb?.value === 'create' ? 'file.create' : 'file.write', path);
};

const connects: Program = ([host, port], facts) => {
  if (host && port) facts.connect(host, Number(port.value));
  else facts.unknown();
};

/**
 * The tools, when `openFile` is the file shown in the agent's window; `undefined` if there is none or it is not known.
 */
export function sweAgentTools(openFile: string | undefined): Tools {
  const inWindow = (action: 'file.read' | 'file.write', facts: Facts): void => {
    if (openFile === undefined) facts.unknown();
    else facts.file(action, literal(openFile));
  };
  const shows: Program = (_args, facts) => inWindow('file.read', facts);
  const edits: Program = (_args, facts) => inWindow('file.write', facts);
  const searchFile: Program = ([, file], facts) => {
    if (file) facts.file('file.read', file);
    else inWindow('file.read', facts);
  };
  const readers = new Map<string, Program>([
    ...['open', 'filemap', 'view_image', 'disassemble', 'decompile', 'debug_start'].map(
      (name) => [name, reads] as const,
    ),
    ...['goto', 'scroll_up', 'scroll_down', 'search_in_window'].map((name) => [name, shows] as const),
    ...['search_dir', 'find_file', 'search_files', 'search'].map((name) => [name, searches] as const),
    ['search_file', searchFile],
  ]);
  const programs = new Map<string, Program>([
    ...readers,
    ...['edit', 'insert', 'undo_edit'].map((name) => [name, edits] as const),
    ...['submit', 'exit_forfeit', 'exit_cost', 'exit_context', 'skip', 'set_cursors', NO_ACTION].map(
      (name) => [name, nothing] as const,
    ),
    ['create', creates],
    ['str_replace_editor', editor],
    ['connect_start', connects],
  ]);
  return { server: 'swe-agent', programs, reads: new Set(readers.keys()) };
}

/** Stands for a step in which the model gave no action. */
export const NO_ACTION = 'no-action';
