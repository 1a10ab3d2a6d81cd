// Owns: the files of a log of the vectors, by its name.
import { VECTORS } from '../vectors/log/make.ts';

export function filesOf(name: string): Record<string, Buffer> {
  const vector = Object.values(VECTORS)
    .flat()
    .find((one) => one.name === name)!;
  return Object.fromEntries(Object.entries(vector.files).map(([path, hex]) => [path, Buffer.from(hex, 'hex')]));
}
