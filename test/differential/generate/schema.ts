// Owns: the schema of the generated worlds: every kind of type, tags, deep hierarchies, namespaces, action groups.

import { parseSchema } from '../reference/schema.ts';

export const SCHEMA_TEXT = `
type Place = { street: String, zip?: Long, geo: { lat: decimal, "lon é": decimal } };

entity Org;
entity Group in [Group, Org] { level: Long } tags String;
entity User in [Group] {
  name: String, age: Long, nick?: String, place: Place, manager?: User, friends: Set<User>,
  nets: Set<ipaddr>, joined: datetime, admin: Bool, colour: Paint::Colour, "odd name \\u{1F600}"?: Long
} tags Set<String>;

namespace Paint {
  entity Colour enum ["red", "grün", "蓝"];
  entity Folder in [Folder, Org];
  entity Doc in [Folder] {
    owner: User, size: Long, rating: decimal, kept?: duration, words: Set<String>,
    origin: ipaddr, meta: { draft: Bool, sizes: Set<Long>, by?: { user: User, at: datetime } }
  } tags Long;

  action anything;
  action look, change in [anything];
  action read in [look] appliesTo { principal: User, resource: [Doc, Folder], context: { from: ipaddr, at: datetime, n: Long, why?: String, flags: Set<String> } };
  action "write é" in [change, look] appliesTo { principal: User, resource: Doc, context: { place: Place, n?: Long, ok: Bool, spare: duration } };
  action join appliesTo { principal: User, resource: Group, context: { by: User, colour: Colour, score: decimal } };
}
`;

export const SCHEMA = parseSchema(SCHEMA_TEXT);
