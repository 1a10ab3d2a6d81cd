// Owns: the printed tables.

export interface Cell {
  /** Nanoseconds. */
  p50: number;
  p99: number;
}

/** Cells by engine and then by number of policies; an engine that is left out has its reason. */
export type Results = Map<string, Map<number, Cell> | string>;

const columns = (name: string, cells: string[]): string =>
  name.padEnd(18) + cells.map((cell) => cell.padStart(22)).join('');

const whole = (value: number): string => Math.round(value).toLocaleString('en');
// From 99.5 on two digits would be 1.0e+2.
const ratio = (value: number): string => (value < 99.5 ? value.toPrecision(2) : whole(value));

/** The absolute figures, growth from the smallest to the largest size, and each engine as a multiple of `unit`. */
export function formatResults(results: Results, sizes: number[], unit: string): string {
  const heads = sizes.map((size) => `${whole(size)} policies`);
  const measured = [...results].flatMap(([name, cells]) => (typeof cells === 'string' ? [] : [{ name, cells }]));
  const absent = [...results].flatMap(([name, cells]) =>
    typeof cells === 'string' ? [`${name}: left out, ${cells}`] : [],
  );
  const units = measured.find(({ name }) => name === unit)!.cells;
  const growth = (cells: Map<number, Cell>): number => cells.get(sizes.at(-1)!)!.p50 / cells.get(sizes[0]!)!.p50;
  return [
    columns('p50/p99, ns', [...heads, 'growth of p50']),
    ...measured.map(({ name, cells }) =>
      columns(name, [
        ...sizes.map((size) => `${whole(cells.get(size)!.p50)}/${whole(cells.get(size)!.p99)}`),
        `${growth(cells).toFixed(2)}x`,
      ]),
    ),
    '',
    columns(`p50, ${unit} = 1`, heads),
    ...measured.map(({ name, cells }) =>
      columns(
        name,
        sizes.map((size) => ratio(cells.get(size)!.p50 / units.get(size)!.p50)),
      ),
    ),
    ...(absent.length > 0 ? ['', ...absent] : []),
  ].join('\n');
}
