// Owns: what lowered rules allow, read as the kernel reads them: Landlock by path beneath and by port, BPF by longest prefix and port.

import { BlockList, isIPv6 } from 'node:net';
import type { BpfEndpoint, LandlockRight, LandlockRules } from '../../bindings/index.ts';

const beneath = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

/** Whether a rule is about a path that is no directory. */
export function holds({ path: place, of }: { path: string; of: 'path' | 'directory' | 'file' }, path: string): boolean {
  if (of === 'file') return path === place;
  return beneath(path, place) && (of === 'path' || path !== place);
}

/** Whether Landlock grants a right on a path that is no directory. */
export function landlockAllows({ paths }: LandlockRules, right: LandlockRight, path: string): boolean {
  return paths.some((rule) => rule.rights.includes(right) && holds(rule, path));
}

export const landlockPort = ({ ports }: LandlockRules, right: 'connect-tcp' | 'bind-tcp', port: number): boolean =>
  ports.some((rule) => rule.port === port && rule.rights.includes(right));

export function bpfAllows(rules: readonly BpfEndpoint[], address: string, port: number): boolean {
  return rules.some(({ block, ports }) => {
    if (port < ports.first || port > ports.last) return false;
    const [base, prefix] = block.split('/') as [string, string?];
    const family = isIPv6(base) ? 'ipv6' : 'ipv4';
    if (isIPv6(address) !== (family === 'ipv6')) return false;
    const list = new BlockList();
    list.addSubnet(base, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
    return list.check(address, family);
  });
}
