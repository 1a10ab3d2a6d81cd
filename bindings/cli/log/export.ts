// Owns: `plumb log export`: a log's decisions in the forms that others collect.

import { Option, type Command } from 'commander';
import { logsRequest } from '../../export/otel.ts';
import { OcsfExporter } from '../../export/ocsf.ts';
import { sourceOf, subjectsOf, type LogSource, type Subject } from '../../export/subject.ts';
import { readRecords, START } from '../../log/read-log.ts';
import { hostRuntime } from '../../runtime/index.ts';
import { writeJson } from '../output.ts';

const FORMATS = ['ocsf', 'otel'] as const;
type Format = (typeof FORMATS)[number];

export function addLogExport(log: Command): void {
  log
    .command('export')
    .description('export the decisions of a log')
    .argument('<DIR>', 'the log')
    .addOption(
      new Option('--format <F>', 'ocsf: events of OCSF 1.9.0; otel: log records in OTLP/JSON')
        .choices(FORMATS)
        .makeOptionMandatory(),
    )
    .option('--json', 'the output is JSON lines in any case')
    .addHelpText(
      'after',
      '\nOne event per request and line; what guard and filter refused, and outcomes, are in `plumb log show` alone. Redacted values\n' +
        'stay redacted. Exports what is written, true or not: `plumb verify` tells whether it is.\n\nExample: plumb log export ./log --format ocsf > events.jsonl',
    )
    .action(async (directory: string, { format }: { format: Format }) => {
      const { files } = await hostRuntime();
      const ocsf = new OcsfExporter();
      const exported = (subject: Subject): object => (format === 'ocsf' ? ocsf.event(subject) : logsRequest(subject));
      let source: LogSource | undefined;
      for (const record of readRecords(directory, files, { ...START }, false)) {
        if (record.type === 'header') source ??= sourceOf(record);
        if (record.type !== 'decision') continue;
        // A log begins with its header, or it is not read.
        for (const subject of subjectsOf(source!, record)) if (!(await writeJson(exported(subject)))) return;
      }
    });
}
