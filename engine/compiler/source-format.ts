// The layout of policy text is that of Cedar's own formatter.

import { cedar } from './cedar.ts';
import type { Diagnostic, Source } from './diagnostic.ts';
import { cedarDiagnostics } from './parse.ts';

const LAYOUT = { lineWidth: 120, indentWidth: 2 };

/** A string, so that what looks like a comment inside it is none; or a comment. */
const STRING_OR_COMMENT = /"(?:\\.|[^"\\])*"|(?<comment>\/\/[^\n\r]*)/gsu;

/** The source's text as Cedar lays it out, or why it cannot be read. */
export function formatSource(source: Source): { text: string } | { diagnostics: Diagnostic[] } {
  const answer = cedar().formatPolicies({ policyText: source.text, ...LAYOUT });
  if (answer.type === 'failure') return { diagnostics: cedarDiagnostics('policy-syntax', answer.errors, source) };
  const text = answer.formatted_policy;
  // Cedar compares the policies before and after, but not the comments, and a lost one is lost to its owner for good.
  if (commentsOf(text) !== commentsOf(source.text)) {
    throw new Error(`BUG(compiler): formatting ${source.name} would change its comments`);
  }
  return { text };
}

function commentsOf(text: string): string {
  return [...text.matchAll(STRING_OR_COMMENT)].map(({ groups }) => groups!['comment']?.trimEnd() ?? '').join('\n');
}
