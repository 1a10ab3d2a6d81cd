// Owns: the workload as Cedar. Decision policies are the same text for every engine that reads Cedar.

import type { Rule } from './workload.ts';

const SUPPLIED = `
  @supplied name: String,
  @supplied segments: Set<String>,
  @supplied labels: Set<String>,
  @supplied clearances: Set<String>,
  @supplied session: Session,
  @supplied time: datetime,`;

const schemaWith = (tasks: string): string => `
type Session = {
  requests: Long, blocked: Long, outside: Long, recent: Long, surprising: Long, tokens: Long, modelRequests: Long, spend: Long
};
type FileContext = { resolved: Bool,${SUPPLIED}
};
${tasks}
@derived("path") entity Dir in [Dir];
@derived("path") entity File in [Dir];
action observe, modify;
action "file.read" in [observe] appliesTo { principal: [Agent], resource: [File], context: FileContext };
action "file.write", "file.create", "file.delete", "file.rename" in [modify]
  appliesTo { principal: [Agent], resource: [File], context: FileContext };
`;

/** Tasks and agents have their parents from their names. */
export const SCHEMA_OF_NAMES = schemaWith(
  '@derived("path") entity Task in [Task]; @derived("path") entity Agent in [Task];',
);

/** Tasks and agents have the parents that each request states. */
export const SCHEMA_OF_STORE = schemaWith('entity Task in [Task]; entity Agent in [Task];');

export const LABELS = `
@id("secret") @label("secret")
permit (principal, action, resource is File) when { context.segments.contains(".ssh") };
@id("untrusted") @label("untrusted")
permit (principal, action, resource is File) when { context.segments.contains("downloads") };
@id("generated") @label("generated")
permit (principal, action, resource is File) when { context.name == "bundle.min.js" };
@id("deployment") @label("deployment")
permit (principal, action, resource in Dir::"/srv/tenant-0");
@id("modify") @label("intent:modify")
permit (principal, action in Action::"modify", resource);
@id("destroy") @label("intent:destroy")
permit (principal, action == Action::"file.delete", resource);
`;

export function policyText({ id, effect, verdict, task, action, directory, requires, excludes }: Rule): string {
  const names = `@id("${id}")${verdict === undefined ? '' : ` @verdict("${verdict}")`}`;
  const principal = task === '/' ? 'principal' : `principal in Task::"${task}"`;
  const needed =
    requires === undefined
      ? ''
      : ` when { ${requires === 'resolved' ? 'context.resolved' : `context.labels.contains("${requires}")`} }`;
  const unless = excludes === undefined ? '' : ` unless { context.labels.contains("${excludes}") }`;
  return `${names}\n${effect} (${principal}, action == Action::"${action}", resource in Dir::"${directory}")${needed}${unless};`;
}
