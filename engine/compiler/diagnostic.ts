// What the compiler says about a source: the diagnostic, and how an offset becomes a place a reader can find.
// Trusts nothing about the text. Offsets are UTF-16 indexes into it; Cedar's own are UTF-8 and are converted here.

/** A file of policy or schema text; `name` is what messages show. */
export interface Source {
  name: string;
  text: string;
}

/** One fault in a source. `line` and `column` count from 1, the column in Unicode code points. */
export interface Diagnostic {
  code: string;
  message: string;
  hint?: string;
  file: string;
  line: number;
  column: number;
  sourceLine: string;
}

/** What is wrong, before it is known where. */
export interface Fault {
  code: string;
  message: string;
  hint?: string | undefined;
}

/** The diagnostic for a fault at a UTF-16 offset of a source. */
export function diagnosticAt(source: Source, offset: number, { code, message, hint }: Fault): Diagnostic {
  const before = source.text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = source.text.indexOf('\n', lineStart);
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    file: source.name,
    line: before.split('\n').length,
    column: Array.from(before.slice(lineStart)).length + 1,
    sourceLine: source.text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).replace(/\r$/, ''),
  };
}

/** The UTF-16 index of a UTF-8 offset of a text. */
export function indexOfByte(text: string, byteOffset: number): number {
  let bytes = 0;
  let index = 0;
  for (const character of text) {
    if (bytes >= byteOffset) break;
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    index += character.length;
  }
  return index;
}
