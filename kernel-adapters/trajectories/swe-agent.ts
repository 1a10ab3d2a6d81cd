// Owns: reading a SWE-agent trajectory (`.traj`) and stating each of its actions as requests.
// Trusts: nothing in the file. Observations are read only for the prompt lines that SWE-agent itself appends to them.

import { mayChangeDirectory, shellRequests, type Item } from '../shell/index.ts';
import { NO_ACTION, sweAgentTools } from './swe-agent-tools.ts';

/** One action of the agent, and where its shell stood before it. */
interface Step {
  action: string;
  workingDirectory: string | undefined;
  openFile: string | undefined;
}

export interface Trajectory {
  /** The requests of each step, at least one for every step. */
  steps: { action: string; items: Item[] }[];
}

export interface TrajectoryRefusal {
  code: 'not-a-trajectory';
  message: string;
  hint: string;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const pathOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.startsWith('/') ? value : undefined;

function refusal(message: string): TrajectoryRefusal {
  const hint = 'expected the JSON that SWE-agent writes: an object with `trajectory` or `history`';
  return { code: 'not-a-trajectory', message, hint };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the text of a `.traj` file: any of SWE-agent's formats, up to history-only files with tool calls. */
export function readTrajectory(text: string): Trajectory | TrajectoryRefusal {
  const file = parsed(text);
  if (!isObject(file)) return refusal('the file is not a JSON object');
  const steps = Array.isArray(file['trajectory']) ? fromTrajectory(file['trajectory']) : fromHistory(file['history']);
  if (!Array.isArray(steps)) return steps;
  return {
    steps: steps.map((step, index) => ({ action: step.action, items: stepRequests(step, index + 1) })),
  };
}

function fromTrajectory(entries: unknown[]): Step[] | TrajectoryRefusal {
  const steps: Step[] = [];
  let previous: Json | undefined;
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry) || typeof entry['action'] !== 'string') return refusal(`step ${index + 1} has no action`);
    const { action, state } = entry;
    // Up to SWE-agent 0.7 the state is JSON text taken before the action, from 1.0 on an object taken after it.
    const own = typeof state === 'string' ? parsed(state) : state;
    const still = index === 0 && !mayChangeDirectory(action);
    const before = typeof state === 'string' || still ? own : previous;
    const known = isObject(before) ? before : {};
    steps.push({ action, workingDirectory: pathOf(known['working_dir']), openFile: pathOf(known['open_file']) });
    previous = isObject(own) ? own : undefined;
  }
  return steps;
}

const PROMPT = /\(Open file: (?<file>[^\n]*)\)\s*\(Current directory: (?<directory>[^\n]*)\)\s*bash-\$\s*$/;

function fromHistory(messages: unknown): Step[] | TrajectoryRefusal {
  if (!Array.isArray(messages)) return refusal('the file has neither `trajectory` nor `history`');
  const steps: Step[] = [];
  let prompt: Record<string, string> = {};
  for (const [index, message] of messages.entries()) {
    if (!isObject(message)) return refusal(`message ${index + 1} of the history is not an object`);
    if (message['role'] !== 'assistant') {
      prompt = PROMPT.exec(contentOf(message['content']))?.groups ?? prompt;
      continue;
    }
    // A demonstration shown to the agent is no action of this run.
    if (message['is_demo'] === true) continue;
    const actions = typeof message['action'] === 'string' ? [message['action']] : actionsOf(message['tool_calls']);
    for (const action of actions.length === 0 ? [''] : actions) {
      steps.push({ action, workingDirectory: pathOf(prompt['directory']), openFile: pathOf(prompt['file']) });
    }
  }
  return steps;
}

/** A message's text, given as such or in parts. */
function contentOf(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content) ?? '';
  return content.map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : '')).join('');
}

/** Tool calls as the command lines SWE-agent makes of them. */
function actionsOf(calls: unknown): string[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call) => {
    const called = isObject(call) && isObject(call['function']) ? call['function'] : {};
    const args = parsed(textOf(called['arguments']) ?? '{}');
    const values = isObject(args) ? Object.values(args) : [];
    if (called['name'] === 'bash') return textOf(values[0]) ?? '';
    return [String(called['name']), ...values.map((value) => quoted(String(value)))].join(' ');
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// An edit's new text follows on lines of its own; SWE-agent hands it to bash as a here-document, and so do we.
const EDIT = /^((?:edit|insert)\b[^\n<]*)\n(?=[^]*?^end_of_edit$)/m;

function stepRequests({ action, workingDirectory, openFile }: Step, number: number): Item[] {
  const text = action.trim();
  const command = text === '' ? NO_ACTION : text.replace(EDIT, "$1 << 'end_of_edit'\n");
  return shellRequests(command, {
    principal: { type: 'Agent', id: 'swe-agent' },
    workingDirectory,
    ref: `step ${number}: ${text.split('\n', 1)[0]}`,
    tools: sweAgentTools(openFile),
  });
}
