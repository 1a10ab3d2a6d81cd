// Owns: `plumb log show`: what a log says.

import type { Command } from 'commander';
import { PlumblineError } from '../../error.ts';
import { readRecords, START } from '../../log/read-log.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { describeRecord, recordJson } from '../describe-record.ts';
import { readCount } from '../input.ts';
import { write } from '../output.ts';

export function addLogShow(log: Command): void {
  log
    .command('show')
    .description('show what a log says')
    .argument('<DIR>', 'the log')
    .option('--seq <N>', 'only this record', readCount)
    .option('--json', 'one record per line, as JSON')
    .addHelpText(
      'after',
      '\nShows what is written, true or not: `plumb verify` tells whether it is. Redacted values are shown where their disclosures are\n' +
        'still beside the log.\n\nExample: plumb log show ./log',
    )
    .action(async (directory: string, { seq, json }: { seq?: number; json?: true }) => {
      const { files } = await hostRuntime();
      let shown = 0;
      for (const record of readRecords(directory, files, { ...START }, true)) {
        if (seq !== undefined && record.seq !== seq) continue;
        shown++;
        if (!(await write(json ? recordJson(record) : describeRecord(record)))) return;
      }
      if (seq !== undefined && shown === 0) throw new PlumblineError('no-record', `${directory} has no record ${seq}`);
    });
}
