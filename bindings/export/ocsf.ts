// Owns: decisions as events of the Open Cybersecurity Schema Framework 1.9.0 (https://schema.ocsf.io): File System
// (1001), Process (1007), Network (4001), HTTP (4002) and API Activity (6003), with the profiles Security Control, AI
// Operation and Record Integrity. An event's attestation is over the event itself, in RFC 8785 form, and names the
// event exported before it; the record it is from is named in `unmapped`. Excludes disclosed values: nothing redacted
// leaves the log.

import { hash } from 'node:crypto';
import type { Verdict } from '../codes.ts';
import type { RequestView } from '../request-view.ts';
import { endpointOf, isIp, LEAF_PREFIX, type Subject } from './subject.ts';

type Json = string | number | boolean | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

const VERSION = '1.9.0';
const SHA_256 = {
  algorithm: 'SHA-256',
  algorithm_id: 3,
  encoding: 'Hex',
  encoding_id: 1,
  serialization: 'JCS',
  serialization_id: 2,
};
const OTHER = 99;

/** What a verdict is as action and disposition of a security control, and how severe. */
const OUTCOMES: Record<
  Verdict,
  { action_id: number; disposition_id: number; disposition: string; severity_id: number }
> = {
  allow: { action_id: 1, disposition_id: 1, disposition: 'Allowed', severity_id: 1 },
  degrade: { action_id: 1, disposition_id: 7, disposition: 'Custom Action', severity_id: 2 },
  restrict: { action_id: 1, disposition_id: 7, disposition: 'Custom Action', severity_id: 2 },
  'read-only': { action_id: 1, disposition_id: 7, disposition: 'Custom Action', severity_id: 2 },
  approve: { action_id: 2, disposition_id: 23, disposition: 'Challenge', severity_id: 2 },
  defer: { action_id: 2, disposition_id: OTHER, disposition: 'Deferred', severity_id: 2 },
  block: { action_id: 2, disposition_id: 2, disposition: 'Blocked', severity_id: 3 },
};

/** A class, its category, and what of an event depends on it. */
interface Mapped {
  class_uid: number;
  activity_id: number;
  activity_name?: string;
  details: JsonObject;
  observables: JsonObject[];
}

const FILE_ACTIVITIES: Record<string, number> = {
  'file.create': 1,
  'file.read': 2,
  'file.write': 3,
  'file.delete': 4,
  'file.rename': 5,
};
const NETWORK_ACTIVITIES: Record<string, number> = { 'net.connect': 1, 'net.listen': 7 };
const HTTP_ACTIVITIES: Record<string, number> = {
  CONNECT: 1,
  DELETE: 2,
  GET: 3,
  HEAD: 4,
  OPTIONS: 5,
  POST: 6,
  PUT: 7,
  TRACE: 8,
  PATCH: 9,
};

/** Makes events of decisions, each attesting to the one before. */
export class OcsfExporter {
  #before: JsonObject | undefined;

  event(subject: Subject): JsonObject {
    const { source, record, uid, request, decision } = subject;
    const { class_uid, activity_id, activity_name, details, observables } = map(subject);
    const { severity_id, ...outcome } = OUTCOMES[decision.verdict];
    const event: JsonObject = {
      class_uid,
      category_uid: Math.floor(class_uid / 1000),
      activity_id,
      ...(activity_name === undefined ? {} : { activity_name }),
      type_uid: class_uid * 100 + activity_id,
      severity_id,
      time: record.timeMs,
      message: `${decision.verdict}: ${decision.code}`,
      metadata: {
        version: VERSION,
        product: { name: 'Plumbline', vendor_name: 'Plumbline' },
        profiles: ['security_control', 'ai_operation', 'record_integrity'],
        log_name: source.origin,
        log_provider: record.adapter,
        sequence: record.seq,
        uid,
      },
      ...outcome,
      policy: { uid: decision.program, name: decision.determining.join(', ') || decision.code },
      actor: actorOf(request),
      device: { type_id: 0, uid: source.host },
      ...(request === undefined ? {} : { ai_agent: { uid: request.principal.id, instance_uid: source.origin } }),
      ...details,
      observables,
      unmapped: {
        plumbline: {
          verdict: decision.verdict,
          code: decision.code,
          policies: decision.determining,
          labels: decision.labels,
          leaf: hash('sha256', Buffer.concat([LEAF_PREFIX, record.bytes])),
        },
      },
    };
    return this.#attested(event, uid);
  }

  #attested(event: JsonObject, uid: string): JsonObject {
    const attestation: JsonObject = {
      uid,
      chain_uid: (event['metadata'] as JsonObject)['log_name']!,
      ...(this.#before === undefined ? {} : { prev_event: this.#before }),
    };
    const value = hash('sha256', jcs({ ...event, attestation_list: [attestation] }));
    const fingerprint = { ...SHA_256, value };
    this.#before = { uid, type_uid: event['type_uid']!, fingerprint };
    return { ...event, attestation_list: [{ ...attestation, fingerprint }] };
  }
}

const actorOf = (request: RequestView | undefined): JsonObject =>
  request === undefined ? { app_name: 'unknown' } : { app_name: request.principal.type, app_uid: request.principal.id };

function map(subject: Subject): Mapped {
  const { request, uid } = subject;
  const id = request?.action.id ?? '';
  if (request === undefined) return mapApi('unknown', subject);
  if (id in FILE_ACTIVITIES) return mapFile(request, FILE_ACTIVITIES[id]!);
  if (id === 'process.exec') return mapProcess(request, uid);
  if (id in NETWORK_ACTIVITIES) return mapNetwork(request, NETWORK_ACTIVITIES[id]!);
  if (id === 'http.request') return mapHttp(request);
  return mapApi(id, subject);
}

function mapFile({ resource }: RequestView, activity_id: number): Mapped {
  const name = lastSegment(resource.id);
  return {
    class_uid: 1001,
    activity_id,
    details: { file: { name, path: resource.id, type_id: resource.type === 'Dir' ? 2 : 1 } },
    observables: [observable('file.name', 7, name)],
  };
}

function mapProcess({ resource, context }: RequestView, uid: string): Mapped {
  const name = typeof context['program'] === 'string' ? context['program'] : lastSegment(resource.id);
  return {
    class_uid: 1007,
    activity_id: 1,
    details: {
      process: {
        name,
        uid,
        ...(resource.type === 'File'
          ? { file: { name: lastSegment(resource.id), path: resource.id, type_id: 1 } }
          : {}),
      },
    },
    observables: [observable('process.name', 9, name)],
  };
}

function mapNetwork({ resource }: RequestView, activity_id: number): Mapped {
  const { endpoint, observables } = networkEndpoint(resource.id);
  return { class_uid: 4001, activity_id, details: { dst_endpoint: endpoint }, observables };
}

function mapHttp({ resource, context }: RequestView): Mapped {
  const method = String(context['method'] ?? '');
  const { endpoint, observables } = networkEndpoint(resource.id);
  const activity_id = HTTP_ACTIVITIES[method] ?? OTHER;
  return {
    class_uid: 4002,
    activity_id,
    ...(activity_id === OTHER ? { activity_name: method } : {}),
    details: { dst_endpoint: endpoint, http_request: { http_method: method } },
    observables,
  };
}

function mapApi(operation: string, { source, request }: Subject): Mapped {
  const resource = request?.resource;
  return {
    class_uid: 6003,
    activity_id: OTHER,
    activity_name: operation,
    details: {
      api: { operation },
      src_endpoint: { uid: source.host },
      resources: resource === undefined ? [] : [{ uid: resource.id, type: resource.type }],
    },
    observables: resource === undefined ? [] : [observable('resources.uid', 10, resource.id)],
  };
}

function networkEndpoint(id: string): { endpoint: JsonObject; observables: JsonObject[] } {
  const found = endpointOf(id);
  if (found === undefined) return { endpoint: { uid: id }, observables: [] };
  const { host, port } = found;
  const name = isIp(host) ? 'ip' : 'hostname';
  return {
    endpoint: { [name]: host, port },
    observables: [observable(`dst_endpoint.${name}`, name === 'ip' ? 2 : 1, host)],
  };
}

const observable = (name: string, type_id: number, value: string): JsonObject => ({ name, type_id, value });

const lastSegment = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path;

/** RFC 8785 of what is written here: no number but integers, no name but ASCII. */
function jcs(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${jcs(value[name]!)}`).join(',')}}`;
}
