// Owns: what a policy's annotations say to people: messages by `@id`, and which labels stay on a session. For display
// only.

import type { PolicySources } from '../../../engine/compiler/index.ts';

const ANNOTATED = /((?:@\w+(?:\("(?:[^"\\]|\\.)*"\))?\s*)+)(?:permit|forbid)\b/g;
const ANNOTATION = /@(\w+)(?:\("((?:[^"\\]|\\.)*)"\))?/g;

export function annotationsOf({ policies, labels }: PolicySources): {
  messages: ReadonlyMap<string, string>;
  sticky: ReadonlySet<string>;
} {
  const messages = new Map<string, string>();
  const sticky = new Set<string>();
  for (const { text } of [...policies, ...labels]) {
    for (const [, annotations] of text.matchAll(ANNOTATED)) {
      const named = new Map([...annotations!.matchAll(ANNOTATION)].map(([, name, value = '']) => [name!, value]));
      const [id, message, label] = [named.get('id'), named.get('message'), named.get('label')];
      if (id !== undefined && message !== undefined) messages.set(id, message);
      if (label !== undefined && named.has('sticky')) sticky.add(label);
    }
  }
  return { messages, sticky };
}
