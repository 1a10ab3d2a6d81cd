// Owns: characters that no text for people may hold: SPEC §11.1. A character that no version of Unicode has assigned is
// none, so that the verdict is the same under each.
const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}
