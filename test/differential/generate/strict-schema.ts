// Owns: the schema of the generated sessions: the domain's, extended as an embedder would, so that every code can
// occur.

import { readFileSync } from 'node:fs';
import { parseSchema } from '../reference/schema.ts';

const DOMAIN = readFileSync(new URL('../../../engine/schema/domain.cedarschema', import.meta.url), 'utf8');

const EXTENSION = `
entity Level enum ["low", "high"];
entity Team in [Team];
entity Person in [Team] { rank: Long, level: Level, boss?: Person, home: Dir, at: { host: Host, since?: datetime } } tags Set<String>;
@derived("path")
entity Vault in [Dir] { owner: Person, sealed: Bool };

type VaultContext = {
  who: Person,
  hosts: Set<Host>,
  note?: String,
  address?: ipaddr,
  @supplied name: String,
  @supplied segments: Set<String>,
  @supplied labels: Set<String>,
  @supplied clearances: Set<String>,
  @supplied session: Session,
  @supplied time: datetime,
};
action "vault.open" in [observe] appliesTo { principal: [Agent, Person], resource: [Vault, File], context: VaultContext };
action "team.join" in [modify] appliesTo { principal: [Person], resource: [Team], context: { level: Level, n: Long, price: decimal, wait: duration } };
`;

export const STRICT_SCHEMA_TEXT = `${DOMAIN}${EXTENSION}`;
export const STRICT_SCHEMA = parseSchema(STRICT_SCHEMA_TEXT);
