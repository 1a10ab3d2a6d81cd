// What compiles but should not be shipped: rules that look stricter than they are, and rules that no reader can refer
// to. Unguarded optional attributes and policies that can never apply are refused earlier, by Cedar's strict
// validation.

import type { PolicySources } from './check.ts';
import { checkSources } from './check.ts';
import type { Diagnostic, Fault } from './diagnostic.ts';
import { diagnosticAt } from './diagnostic.ts';
import type { Expression } from './expression.ts';
import { childrenOf } from './expression.ts';
import type { ParsedPolicy } from './parse.ts';
import { usesOf } from './polarity.ts';
import type { Attribute, SchemaModel, Type } from './schema.ts';

type Finding = Fault & { at: number };

const OVERFLOWING_OPERATORS = ['+', '-', '*'];
const OVERFLOWING_METHODS = ['offset', 'durationSince', 'toDate'];

/** Everything wrong with the sources: what keeps them from compiling, or else the findings of the lints. */
export function lint(sources: PolicySources): Diagnostic[] {
  const { name, text } = sources.schema;
  // The annotations that lints follow stand in the text alone, so a schema that was read is read again.
  const checked = checkSources({ ...sources, schema: { name, text } }, true, false);
  if ('diagnostics' in checked) return checked.diagnostics;
  const paths = pathAttributes(checked.model!);
  const found = new Map<string, Diagnostic>();
  const report = (policy: ParsedPolicy, findings: Finding[]) => {
    for (const { at, ...fault } of findings) {
      // Links repeat the findings of their template.
      found.set(`${policy.source.name} ${at} ${fault.code}`, diagnosticAt(policy.source, at, fault));
    }
  };
  const labels = checked.labels.map(({ policy }) => policy);
  const decisions = checked.decisions.map(({ policy }) => policy);
  for (const policy of [...labels, ...decisions, ...checked.unlinked]) {
    report(policy, [...missingId(policy), ...likeOnPath(policy, paths)]);
  }
  for (const policy of [...decisions, ...checked.unlinked]) {
    report(policy, [...enabledByLabels(policy), ...forbidThatErrs(policy)]);
  }
  for (const { start, source, id } of checked.unlinked) {
    const message = `nothing links the template \`${id}\`, so it decides nothing`;
    found.set(`${source.name} ${start}`, diagnosticAt(source, start, { code: 'unlinked-template', message }));
  }
  return [...found.values()];
}

function missingId({ annotations, start, effect, id }: ParsedPolicy): Finding[] {
  if (annotations.has('id')) return [];
  const message = `this ${effect} has no \`@id\`; decisions would call it \`${id}\`, which changes with its place`;
  return [{ at: start, code: 'missing-id', message, hint: 'name it: `@id("what-it-is-for")`' }];
}

/** Patterns over a path miss `..`, other roots and links, however they are written. */
function likeOnPath({ conditions }: ParsedPolicy, paths: Set<string>): Finding[] {
  return nodesOf(conditions).flatMap((node) => {
    if (node.kind !== 'like' || node.object.kind !== 'attribute' || !paths.has(node.object.name)) return [];
    const message = `\`like\` on the path \`${node.object.name}\`: a pattern does not know what a path is`;
    return [
      { at: node.at, code: 'like-on-path', message, hint: 'compare it as a whole, or use `resource in Dir::"…"`' },
    ];
  });
}

function enabledByLabels({ effect, conditions }: ParsedPolicy): Finding[] {
  const restricting = effect === 'forbid' ? 'rising' : 'falling';
  const enabling = effect === 'forbid' ? 'falling' : 'rising';
  return conditions.flatMap(({ negated, body }) => {
    const node: Expression = negated ? { kind: 'unary', operator: '!', operand: body, at: body.at } : body;
    const labels = usesOf('labels', node).filter(({ direction }) => direction !== restricting);
    const clearances = usesOf('clearances', node).filter(({ direction }) => direction !== enabling);
    return [
      ...labels.map(({ at }) => {
        const hint = 'test labels positively in a `forbid`, negatively in a `permit`; what enables is a `@clearance`';
        return { at, code: 'label-enables', message: `in this ${effect} an additional label could enable`, hint };
      }),
      ...clearances.map(({ at }) => {
        const hint = 'test clearances positively in a `permit`, negatively in a `forbid`';
        return { at, code: 'clearance-restricts', message: `in this ${effect} a missing clearance could enable`, hint };
      }),
    ];
  });
}

/** After validation only overflow is left, and entities that strict validation of the request finds absent. */
function forbidThatErrs({ effect, conditions }: ParsedPolicy): Finding[] {
  if (effect === 'permit') return [];
  return nodesOf(conditions).flatMap((node) => {
    const overflows =
      (node.kind === 'binary' && OVERFLOWING_OPERATORS.includes(node.operator)) ||
      (node.kind === 'unary' && node.operator === 'neg') ||
      (node.kind === 'call' && OVERFLOWING_METHODS.includes(node.name));
    if (!overflows) return [];
    const message = 'this can overflow, and a forbid that errs counts as a match';
    return [{ at: node.at, code: 'forbid-can-error', message, hint: 'compare with constants instead of computing' }];
  });
}

function nodesOf(conditions: ParsedPolicy['conditions']): Expression[] {
  const nodes: Expression[] = [];
  const visit = (node: Expression) => {
    nodes.push(node);
    for (const child of childrenOf(node)) visit(child);
  };
  for (const { body } of conditions) visit(body);
  return nodes;
}

/** The names of all attributes that the schema annotates `@path`. */
function pathAttributes({ entityTypes, actions }: SchemaModel): Set<string> {
  const names = new Set<string>();
  const visitType = (type: Type): void => {
    if (type.kind === 'set') visitType(type.element);
    if (type.kind === 'record') visit(type.attributes);
  };
  const visit = (attributes: Attribute[]) => {
    for (const { name, type, annotations } of attributes) {
      if (annotations.has('path')) names.add(name);
      visitType(type);
    }
  };
  for (const { attributes, tags } of entityTypes) {
    visit(attributes);
    if (tags) visitType(tags);
  }
  for (const { context } of actions) visit(context);
  return names;
}
