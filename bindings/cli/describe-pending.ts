// Owns: what waits for an approval as text for people.
// Trusts: nothing that the asker chose: but for plain words all of it is quoted, and each fact has its place.

import type { Pending, PendingRequest } from '../pending-approvals.ts';
import { quoted } from './describe-record.ts';

type Asked = Pick<Pending, 'requests' | 'more'>;

/** In the order in which they are told. */
const STATED = ['effect', 'target', 'targetKind', 'origin', 'originLabels', 'amount', 'arguments', 'content'] as const;

/** Its digest in a line, and a line for each request. */
export function describePending({ approval, seq, ...asked }: Pending): string {
  const lines = asked.requests.map((request) => `  ${describeRequest(request)}\n`);
  return `${approval}${seq === undefined ? '' : `  (record ${seq})`}\n${lines.join('')}${moreOf(asked, '  ', '\n')}`;
}

/** In one line. */
export const describeAsked = (asked: Asked): string =>
  asked.requests.map(describeRequest).join(' + ') + moreOf(asked, ' + ', '');

const moreOf = ({ more }: Asked, before: string, after: string): string =>
  more === undefined ? '' : `${before}${more} more requests, which are not shown${after}`;

function describeRequest({ action, resource, type, level, dynamic, ...stated }: PendingRequest): string {
  const facts = [
    `${word(action)} ${word(type)}::${quoted(resource)}`,
    ...(level === null ? [] : [`level ${level}`]),
    ...(dynamic === undefined || dynamic === 'false' ? [] : [`dynamic ${word(dynamic)}`]),
    ...STATED.flatMap((name) => {
      const text = stated[name];
      if (text !== undefined) return [`${name} ${name === 'target' ? quoted(text) : word(text)}`];
      return name === 'origin' && stated.target !== undefined ? ['origin not stated'] : [];
    }),
  ];
  return facts.join(', ');
}

/** As it is if it could not pass for more than one word, else quoted. */
const word = (text: string): string => (/^[\w.-]+$/.test(text) ? text : quoted(text));
