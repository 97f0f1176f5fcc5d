// A run as one page that needs nothing else: a time line a member, with lives, leaders, faults and messages; below it the clients'
// operations, a line each, and those that the violation is about. It is drawn by the page's own script from the data within it.
import type { SimulationReport } from '../cluster/options.js';
import type { Operation } from '../history/operation.js';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';
import type { Recording } from './recording.js';

export interface RunPageOptions {
  readonly report: SimulationReport;
  readonly recording: Recording;
  /** How to see the run again. */
  readonly replay: string;
}

export function runPage({ report, recording, replay }: RunPageOptions): string {
  const { seed, protocol, violations, virtualMs, operations, digest } = report;
  const verdict = violations.length === 0 ? 'clean' : 'violated';
  const title = `Reknit: ${protocol}, seed ${seed}, ${verdict}`;
  const listed = violations.map(({ rule, detail }) => `<li><b>${escaped(rule)}</b> ${escaped(detail)}</li>`).join('\n');
  const facts = `${(virtualMs / 1000).toFixed(1)} virtual seconds, ${operations} operations, ${report.faults.length} faults, digest ${digest}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>${escaped(protocol)}, seed ${seed} <span class="${verdict}">${verdict}</span></h1>
<p>${escaped(facts)}</p>
<p><code>${escaped(replay)}</code></p>
<ul class="violations">${listed}</ul>
<p class="keys"><span class="up">up</span> <span class="leads">leads “default”</span> <span class="fault">fault</span>
<span class="message">message</span> <span class="done">operation</span> <span class="unknown">outcome unknown</span>
<span class="wrong">violated</span> Drag to move, turn the wheel to zoom, double-click for the whole run.</p>
<canvas id="run" tabindex="0" aria-label="time lines of the run"></canvas>
<p id="under"></p>
<script type="application/json" id="data">${dataOf(report, recording)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function dataOf(report: SimulationReport, recording: Recording): string {
  const { members, lives, reigns, faults, messages, messagesDropped, violations, endedAt } = recording;
  const indexOf = new Map(members.map((name, at) => [name, at] as const));
  const marked = new Set(blamed(report).map(({ id }) => id));
  const data = {
    members,
    endedAt,
    messagesDropped,
    lives: lives.map(({ member, from, to }) => [indexOf.get(member), from, to ?? endedAt]),
    reigns: reigns
      .filter(({ keyspace }) => keyspace === 'default')
      .map(({ at, member, round }) => [at, indexOf.get(member), round]),
    faults: faults.map(({ at, number, kind }) => [at, number, kind]),
    messages: messages.map(({ from, to, sentAt, at, bytes }) => [indexOf.get(from), indexOf.get(to), sentAt, at, bytes]),
    violations: violations.map(({ at, violation: { rule } }) => [at, rule]),
    operations: recording.operations.map((operation) => rowOf(operation, marked.has(operation.id))),
  };
  // A closing tag in a string would end the script.
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

/** The few operations that no order explains. */
function blamed({ judgement }: SimulationReport): readonly Operation[] {
  return judgement?.linearizability.kind === 'violation' ? judgement.linearizability.operations : [];
}

function rowOf({ client, kind, key, value, invokedAt, returnedAt, outcome }: Operation, wrong: boolean) {
  const seen = outcome.kind === 'ok' && outcome.seen.kind === 'value' ? `, saw ${shortened(outcome.seen.value)}` : '';
  const result = outcome.kind === 'ok' ? `revision ${outcome.revision}${seen}` : `${outcome.kind}: ${outcome.reason}`;
  const text = `client ${client} ${kind} ${key}${value === undefined ? '' : ` ← ${shortened(value)}`}: ${result}`;
  return [client, invokedAt, returnedAt ?? null, outcome.kind, text, wrong ? 1 : 0];
}

const shortened = (value: string): string => (value.length > 24 ? `${value.slice(0, 24)}…` : value);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
