// Owns: decisions as log records of OpenTelemetry, in OTLP's JSON form: one `ExportLogsServiceRequest` each, as the
// OTLP file exporter writes them. Attributes are those of the GenAI conventions 1.41 where they have any, else
// `plumbline.…`.
// Excludes disclosed values: nothing redacted leaves the log.

import { hash } from 'node:crypto';
import { LEAF_PREFIX, type Subject } from './subject.ts';

type AnyValue =
  | { stringValue: string }
  | { boolValue: boolean }
  // OTLP writes 64-bit integers as text.
  | { intValue: string }
  | { arrayValue: { values: AnyValue[] } };

interface KeyValue {
  key: string;
  value: AnyValue;
}

interface LogsRequest {
  resourceLogs: {
    resource: { attributes: KeyValue[] };
    scopeLogs: {
      scope: { name: string };
      logRecords: {
        timeUnixNano: string;
        observedTimeUnixNano: string;
        severityNumber: number;
        severityText: string;
        eventName: string;
        body: AnyValue;
        attributes: KeyValue[];
      }[];
    }[];
  }[];
}

const INFO = { severityNumber: 9, severityText: 'INFO' };
const WARN = { severityNumber: 13, severityText: 'WARN' };

export function logsRequest(subject: Subject): LogsRequest {
  const { source, record, uid, request, decision } = subject;
  const time = `${BigInt(record.timeMs) * 1_000_000n}`;
  const asked = request === undefined ? 'no request' : `${request.action.id} ${request.resource.id}`;
  return {
    resourceLogs: [
      {
        resource: {
          attributes: attributes({
            'service.name': 'plumbline',
            'service.instance.id': source.origin,
            'host.id': source.host,
          }),
        },
        scopeLogs: [
          {
            scope: { name: 'plumbline' },
            logRecords: [
              {
                timeUnixNano: time,
                observedTimeUnixNano: time,
                ...(decision.verdict === 'allow' ? INFO : WARN),
                eventName: 'plumbline.decision',
                body: { stringValue: `${decision.verdict} ${asked}` },
                attributes: attributes({
                  ...genAi(subject),
                  'plumbline.uid': uid,
                  'plumbline.seq': record.seq,
                  'plumbline.adapter': record.adapter,
                  'plumbline.verdict': decision.verdict,
                  'plumbline.code': decision.code,
                  'plumbline.policies': decision.determining,
                  'plumbline.labels': decision.labels,
                  'plumbline.program': decision.program,
                  'plumbline.leaf': hash('sha256', Buffer.concat([LEAF_PREFIX, record.bytes])),
                  ...(request === undefined
                    ? {}
                    : {
                        'plumbline.action': request.action.id,
                        'plumbline.resource.type': request.resource.type,
                        'plumbline.resource.id': request.resource.id,
                      }),
                }),
              },
            ],
          },
        ],
      },
    ],
  };
}

/** What the GenAI conventions have a name for: the agent, and tools and models it asks for. */
function genAi({ request, decision }: Subject): Record<string, string> {
  if (request === undefined) return {};
  const { principal, action, resource, context } = request;
  const agent = { 'gen_ai.agent.id': principal.id };
  const failed: Record<string, string> = decision.verdict === 'block' ? { 'error.type': decision.code } : {};
  const [owner, name = ''] = split(resource.id);
  switch (action.id) {
    case 'tool.call':
      return { ...agent, ...failed, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name };
    case 'mcp.call':
      return {
        ...agent,
        ...failed,
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': name,
        'mcp.method.name': 'tools/call',
      };
    case 'llm.invoke':
      return {
        ...agent,
        ...failed,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': owner,
        'gen_ai.request.model': name,
      };
    case 'process.exec':
      return { ...agent, ...failed, 'process.executable.name': String(context['program'] ?? resource.id) };
    default:
      return { ...agent, ...failed };
  }
}

/** `OWNER/NAME`: SPEC §4. */
function split(id: string): [owner: string, name?: string] {
  const at = id.indexOf('/');
  return at < 0 ? [id, id] : [id.slice(0, at), id.slice(at + 1)];
}

const attributes = (values: Record<string, string | number | string[]>): KeyValue[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: string | number | string[]): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { arrayValue: { values: value.map(anyValue) } };
}
