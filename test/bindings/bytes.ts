// Owns: hex in tests.

export const hex = (value: number | Uint8Array): string =>
  typeof value === 'number' ? value.toString(16).padStart(2, '0') : Buffer.from(value).toString('hex');

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
