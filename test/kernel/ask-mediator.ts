// Owns: a program of the guarded tree that says lines to the mediator's socket, and writes what each is answered; `+`
// is a line that is too long.

import { createConnection } from 'node:net';

/** Longer than any line may be. */
const LONG = 'x'.repeat(1 << 21);

for (const given of process.argv.slice(2)) {
  const line = given === '+' ? LONG : given;
  const said = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(process.env['PLUMBLINE_SOCKET']!, () => socket.write(`${line}\n`));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket
      .on('close', () => resolve(text))
      .on('error', (error) => (text === '' && given === '+' ? resolve('') : reject(error)));
  });
  process.stdout.write(said);
}
