// Owns: recognising `sed` and `awk` programs that only filter text. Any other may run commands or write files.

const ADDRESS = String.raw`(?:\d+(?:~\d+)?|\$|/(?:\\.|[^/\\\n])*/I?)`;
const SUBSTITUTE = String.raw`[sy](?<delimiter>[^\w\s\\])(?:\\.|(?!\k<delimiter>)[^\\\n])*\k<delimiter>(?:\\.|(?!\k<delimiter>)[^\\\n])*\k<delimiter>[gpiI\d]*`;
const COMMAND = new RegExp(
  String.raw`[\s;]*(?:${ADDRESS}(?:,[+~]?${ADDRESS})?)?\s*!?\s*(?:${SUBSTITUTE}|[aci]\\?[^\n]*|[pPdDqQnNhHgGx=l])[^\S\n]*(?=[;\n]|$)`,
  'y',
);

/**
 * Whether every command of a sed script is one that neither runs anything nor names a file (not `e`, `w`, `r`,
 * `s///e`).
 */
export function sedIsPlain(script: string): boolean {
  let at = 0;
  while (!/^[\s;]*$/.test(script.slice(at))) {
    COMMAND.lastIndex = at;
    if (!COMMAND.test(script)) return false;
    at = COMMAND.lastIndex;
  }
  return true;
}

/** Whether an awk program has nothing that runs a command, writes, or reads more than the files of its command line. */
export function awkIsPlain(program: string): boolean {
  return !/system|getline|ARGV|ARGC|SYMTAB|PROCINFO|[|>@]/.test(program);
}
