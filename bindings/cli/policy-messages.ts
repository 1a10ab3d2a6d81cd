// Owns: what the authors of a policy say to people: `@message("…")`, by the policy's `@id`. For display only.

import type { PolicySources } from '../../engine/compiler/index.ts';

const ANNOTATED = /((?:@\w+(?:\("(?:[^"\\]|\\.)*"\))?\s*)+)(?:permit|forbid)\b/g;
const ANNOTATION = /@(\w+)\("((?:[^"\\]|\\.)*)"\)/g;

export function messagesOf({ policies, labels }: PolicySources): Map<string, string> {
  const messages = new Map<string, string>();
  for (const { text } of [...policies, ...labels]) {
    for (const [, annotations] of text.matchAll(ANNOTATED)) {
      const named = new Map([...annotations!.matchAll(ANNOTATION)].map(([, name, value]) => [name, value!] as const));
      const [id, message] = [named.get('id'), named.get('message')];
      if (id !== undefined && message !== undefined) messages.set(id, message);
    }
  }
  return messages;
}
