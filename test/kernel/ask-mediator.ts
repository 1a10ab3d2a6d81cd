// Owns: a program of the guarded tree that says lines to the mediator's socket, and writes what each is answered.

import { createConnection } from 'node:net';

for (const line of process.argv.slice(2)) {
  const said = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(process.env['PLUMBLINE_SOCKET']!, () => socket.write(`${line}\n`));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text)).on('error', reject);
  });
  process.stdout.write(said);
}
