// What annotations make of a policy: the verdict of a forbid, the label or clearance of a label policy (SPEC §§6.1,
// 6.3), what a layer's permit expects or counts (SPEC §§6.7, 6.8). Every misuse is a diagnostic; annotations with other
// names are Cedar's and mean nothing here.

import type { Diagnostic } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import type { Expression } from './expression.ts';
import { childrenOf } from './expression.ts';
import { VERDICT_HARD } from './format.ts';
import type { ParsedPolicy } from './parse.ts';
import { tokenize } from './tokens.ts';

/** The verdicts a soft forbid can give, by the numbers of SPEC §5; the annotation that carries the argument, if any. */
const SOFT_VERDICTS: Record<string, { verdict: number; argument?: 'only' | 'profile' }> = {
  degrade: { verdict: 1, argument: 'profile' },
  restrict: { verdict: 2, argument: 'only' },
  'read-only': { verdict: 3 },
  approve: { verdict: 4 },
  defer: { verdict: 5 },
};

const LABEL_NAME = /^[a-z0-9:._-]{1,64}$/;
const OWN_LABELS = ['labels', 'clearances'];
/** The engine attaches it (SPEC §6.7). */
const SURPRISING = 'surprising';

/** What a decision policy does when it applies: 0 for a permit, else the verdict of the forbid. */
export interface Outcome {
  verdict: number;
  argument?: string;
  /** A permit that says what is meant to happen, in a layer. */
  expected?: true;
  /** How many requests are released under a permit, in a layer. */
  count?: number;
}

/** What a label policy attaches. */
export interface Attachment {
  kind: 'label' | 'sticky' | 'clearance';
  name: string;
}

type Checked<T> = T | { diagnostics: Diagnostic[] };

/** The number of what a policy does when it applies (SPEC §5), by its effect and the verdict it states. */
export function verdictOf(effect: ParsedPolicy['effect'], stated: string | undefined): number {
  if (effect === 'permit') return 0;
  return stated === undefined ? VERDICT_HARD : SOFT_VERDICTS[stated]!.verdict;
}

/** @param isLayer the policy stands in a layer */
export function outcomeOf(policy: ParsedPolicy, isLayer: boolean): Checked<Outcome> {
  const { annotations, effect } = policy;
  const report = new Report(policy);
  const permitted = permitOf(policy, isLayer, report);
  for (const name of ['label', 'sticky', 'clearance']) {
    if (annotations.has(name)) {
      report.at(name, 'label-on-decision', `\`@${name}\` on a decision policy`, 'label policies stand in labels.cedar');
    }
  }
  const verdict = annotations.get('verdict');
  const soft = verdict === undefined ? undefined : Object.hasOwn(SOFT_VERDICTS, verdict) && SOFT_VERDICTS[verdict];
  if (soft === false) {
    const hint = `a forbid can have ${Object.keys(SOFT_VERDICTS).join(', ')}; without \`@verdict\` it blocks`;
    report.at('verdict', 'unknown-verdict', `there is no verdict "${verdict}" to give`, hint);
  }
  if (verdict !== undefined && effect === 'permit') {
    report.at(
      'verdict',
      'verdict-on-permit',
      '`@verdict` on a permit',
      'a permit allows; put the restriction in a forbid',
    );
  }
  const wanted = soft ? soft.argument : undefined;
  for (const name of ['only', 'profile'] as const) {
    const value = annotations.get(name);
    if (name !== wanted && value !== undefined) {
      const owner = name === 'only' ? 'restrict' : 'degrade';
      report.at(name, 'argument-unexpected', `\`@${name}\` without \`@verdict("${owner}")\` means nothing`);
    }
    if (name === wanted && (value ?? '').split(',').some((part) => part.trim() === '')) {
      const example = name === 'only' ? '@only("read, list")' : '@profile("offline")';
      report.at(
        'verdict',
        'argument-missing',
        `\`@verdict("${verdict}")\` needs \`@${name}\` with a name`,
        `for example \`${example}\``,
      );
    }
  }
  if (report.diagnostics.length > 0) return report;
  return {
    verdict: verdictOf(effect, verdict),
    ...(wanted ? { argument: annotations.get(wanted)! } : {}),
    ...permitted,
  };
}

const COUNT_MAX = 2 ** 32 - 1;

/** What a layer's permit says beyond that it permits. */
function permitOf({ annotations, effect }: ParsedPolicy, isLayer: boolean, report: Report): Omit<Outcome, 'verdict'> {
  for (const name of ['expect', 'count'].filter((one) => annotations.has(one))) {
    if (!isLayer) report.at(name, `${name}-outside-layer`, `\`@${name}\` outside of a grant's layer means nothing`);
    else if (effect === 'forbid') report.at(name, `${name}-on-forbid`, `\`@${name}\` on a forbid means nothing`);
  }
  const count = annotations.get('count');
  if (count !== undefined && annotations.has('expect')) {
    report.at('count', 'count-expected', 'what is expected is not counted', 'split the policy in two');
  }
  if (count !== undefined && !(/^[1-9]\d*$/.test(count) && Number(count) <= COUNT_MAX)) {
    report.at('count', 'count-number', `"${count}" is no count`, `a count is a whole number from 1 to ${COUNT_MAX}`);
  }
  return {
    ...(annotations.has('expect') ? { expected: true } : {}),
    ...(count === undefined ? {} : { count: Number(count) }),
  };
}

export function attachmentOf(policy: ParsedPolicy): Checked<Attachment> {
  const { annotations, effect, conditions } = policy;
  const report = new Report(policy);
  if (effect === 'forbid') {
    const hint = 'a label policy is a `permit` that attaches its label when it matches';
    report.at(undefined, 'label-forbid', '`forbid` in a label policy', hint);
  }
  for (const name of ['verdict', 'only', 'profile']) {
    if (annotations.has(name)) {
      report.at(name, 'verdict-on-label', `\`@${name}\` on a label policy`, 'verdicts belong to decision policies');
    }
  }
  const label = annotations.get('label');
  const clearance = annotations.get('clearance');
  const name = label ?? clearance;
  if (name === undefined) {
    report.at(
      undefined,
      'label-missing',
      'a label policy attaches nothing',
      'give it `@label("…")` or `@clearance("…")`',
    );
  } else if (!LABEL_NAME.test(name)) {
    const hint = 'a name is 1 to 64 characters of a-z 0-9 : . _ -';
    report.at(label === undefined ? 'clearance' : 'label', 'label-name', `"${name}" is not the name of a label`, hint);
  }
  if (label === SURPRISING) {
    report.at('label', 'label-reserved', `the engine attaches "${SURPRISING}" itself`, 'give the label another name');
  }
  if (label !== undefined && clearance !== undefined) {
    report.at(
      'clearance',
      'label-and-clearance',
      'one policy attaches a label or a clearance, not both',
      'split it in two',
    );
  }
  if (annotations.has('sticky') && label === undefined) {
    report.at('sticky', 'sticky-without-label', '`@sticky` without `@label`', 'a clearance is never sticky');
  }
  for (const { body } of conditions) refuseOwnLabels(body, report);
  if (report.diagnostics.length > 0 || name === undefined) return report;
  return { kind: label === undefined ? 'clearance' : annotations.has('sticky') ? 'sticky' : 'label', name };
}

/** Labels are not known yet while they are computed; the whole context would carry them in unseen. */
function refuseOwnLabels(node: Expression, report: Report): void {
  const names = node.kind === 'attribute' ? [node.name] : node.kind === 'has' ? [node.path[0]!] : undefined;
  const object = node.kind === 'attribute' || node.kind === 'has' ? node.object : undefined;
  if (names && object?.kind === 'variable' && object.name === 'context') {
    if (!names.some((name) => OWN_LABELS.includes(name))) return;
    const message = `a label policy cannot use \`context.${names[0]}\``;
    return report.offset(node.at, 'label-reads-labels', message, 'labels are computed before anything can read them');
  }
  if (node.kind === 'variable' && node.name === 'context') {
    const hint = 'name the attribute you need: `context.NAME`';
    return report.offset(node.at, 'label-reads-labels', 'a label policy cannot use the context as a whole', hint);
  }
  for (const child of childrenOf(node)) refuseOwnLabels(child, report);
}

class Report {
  readonly diagnostics: Diagnostic[] = [];
  readonly #policy: ParsedPolicy;

  constructor(policy: ParsedPolicy) {
    this.#policy = policy;
  }

  offset(at: number, code: string, message: string, hint?: string): void {
    this.diagnostics.push(diagnosticAt(this.#policy.source, at, { code, message, hint }));
  }

  /** At an annotation of the policy, or at its effect. */
  at(annotation: string | undefined, code: string, message: string, hint?: string): void {
    this.offset(annotationPlace(this.#policy, annotation), code, message, hint);
  }
}

/** Where an annotation of a policy stands, or its `permit`/`forbid`; a UTF-16 offset into the source. */
export function annotationPlace({ text, start, effect }: ParsedPolicy, annotation: string | undefined): number {
  const words = tokenize(text);
  const isAnnotation = (i: number) => words[i - 1]?.text === '@';
  const found = words.findIndex((word, i) =>
    annotation === undefined ? word.text === effect && !isAnnotation(i) : word.text === annotation && isAnnotation(i),
  );
  return start + (annotation === undefined ? words[found]!.start : words[found - 1]!.start);
}
