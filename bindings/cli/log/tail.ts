// Owns: `plumb log tail`: the end of a log, and what is written to it, until it is closed.

import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRecords, type RecordView, START } from '../../log/read-log.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { describeRecord, recordJson } from '../describe-record.ts';
import { readCount } from '../input.ts';
import { write } from '../output.ts';

const POLL_MS = 200;

export function addLogTail(log: Command): void {
  log
    .command('tail')
    .description('show the end of a log, and follow it until it is closed')
    .argument('<DIR>', 'the log')
    .option('-n, --lines <N>', 'begin with so many records', readCount, 10)
    .option('--json', 'one record per line, as JSON')
    .addHelpText(
      'after',
      '\nShows what is written, true or not: `plumb verify` tells whether it is.\n\nExample: plumb log tail ./log -n 20',
    )
    .action(async (directory: string, { lines, json }: { lines: number; json?: true }) => {
      const { files } = await hostRuntime();
      const position = { ...START };
      const show = (record: RecordView): Promise<boolean> => write(json ? recordJson(record) : describeRecord(record));
      let last: RecordView | undefined;
      const held: RecordView[] = [];
      for (const record of readRecords(directory, files, position, true)) {
        last = record;
        held.push(record);
        if (held.length > lines) held.shift();
      }
      for (const record of held) if (!(await show(record))) return;
      // A closed log is never reopened.
      while (last?.type !== 'close') {
        await sleep(POLL_MS);
        for (const record of readRecords(directory, files, position, true)) {
          last = record;
          if (!(await show(record))) return;
        }
      }
    });
}
