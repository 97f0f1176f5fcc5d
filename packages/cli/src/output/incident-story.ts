// One incident as a story: what was seen, what it was taken for and why not for something else, what was done, how it was
// verified, how long each took.
import type { Diagnosis, Finding, Incident, Mender, PlanStep } from '@reknit/recovery';
import { pad, wrap } from './table.js';
import type { Paint, Terminal } from './terminal.js';
import { clockTime, dateTime, spokenDuration } from './words.js';

export function tellIncident(terminal: Terminal, incident: Incident): void {
  const { paint } = terminal;
  terminal.line(`  ${paint.bold(`Incident ${incident.id}`)}`);
  terminal.line(`  ${headline(paint, incident)}`);
  section(terminal, 'Times', times(paint, incident));
  section(terminal, 'Evidence', evidence(incident));
  if (incident.diagnosis !== undefined) section(terminal, 'Diagnosis', diagnosis(paint, incident.diagnosis));
  if (incident.plan !== undefined) section(terminal, 'Plan', [...plan(incident.plan), ...word(incident)]);
  section(
    terminal,
    'Steps',
    incident.runs.map((run) => step(paint, run)),
  );
  section(
    terminal,
    'Seen of it before it was ended',
    (incident.kept ?? []).map(({ source, text }) => `${pad(source, LABEL_WIDTH)}${text}`),
  );
  section(
    terminal,
    'Verification',
    incident.readings.map((reading) => verification(paint, reading)),
  );
  section(terminal, 'Course', [course(incident)]);
}

const LABEL_WIDTH = 14;
const WIDTH_MAX = 130;

function section(terminal: Terminal, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  terminal.line();
  terminal.line(`  ${terminal.paint.bold(title)}`);
  const width = Math.min(terminal.width, WIDTH_MAX) - 4;
  for (const line of lines) for (const part of wrap(line, width, '    ')) terminal.line(`    ${part}`);
}

function headline(paint: Paint, { subject, phase, diagnosis, request, moments }: Incident): string {
  const asked = request === undefined ? '' : ` · ${request.action} asked for by ${request.by}`;
  const what = diagnosis === undefined ? asked : ` · ${diagnosis.verdict}`;
  const state =
    phase.kind === 'resolved'
      ? paint.green('resolved')
      : phase.kind === 'escalated'
        ? paint.red('escalated')
        : paint.yellow(phase.kind);
  return `${paint.bold(subject)}${what} · ${state} · ${dateTime(moments.onset)}${reasonOf(phase)}`;
}

const reasonOf = (phase: Incident['phase']): string =>
  'reason' in phase ? ` · ${phase.reason}` : phase.kind === 'resolved' ? MENDED[phase.by] : '';

const MENDED: Readonly<Record<Mender, string>> = {
  engine: '',
  operator: ' · mended by an operator',
  itself: ' · it came back by itself',
};

const time = (ms: number | undefined): string => (ms === undefined ? '–' : spokenDuration(ms));

function times(paint: Paint, { times: { mttd, mtta, mttm, mttr }, moments }: Incident): readonly string[] {
  const row = (name: string, value: number | undefined, what: string): string =>
    `${pad(name, 6)}${pad(time(value), 10)}${paint.dim(what)}`;
  return [
    row('MTTD', mttd, `to detection, counted from the ${moments.onsetSource}`),
    row('MTTA', mtta, 'to the first action'),
    row('MTTM', mttm, 'until clients were served again'),
    row('MTTR', mttr, 'until redundancy was restored'),
  ];
}

function evidence({ cause, patient, observers }: Incident): readonly string[] {
  const led = cause.kind === 'root' ? cause.evidence : `follows incident ${cause.id}`;
  const process = patient.process === undefined ? [] : [`${pad('process', LABEL_WIDTH)}pid ${patient.process.pid}`];
  const exit = patient.exit?.signal ?? patient.exit?.code;
  const ended = exit === undefined ? [] : [`${pad('ended with', LABEL_WIDTH)}${exit}`];
  return [led, ...process, ...ended, ...observers.map(({ name, vote }) => `${pad('observer', LABEL_WIDTH)}${name}: ${vote}`)];
}

function diagnosis(paint: Paint, { verdict, confidence, hypotheses }: Diagnosis): readonly string[] {
  const lines = [`${paint.bold(verdict)} ${paint.dim(`confidence ${confidence}`)}`];
  for (const { fault, ruledOut, for: supports, against } of hypotheses) {
    const mark = fault === verdict ? paint.green('●') : ruledOut ? paint.red('✗') : paint.dim('○');
    lines.push(`${mark} ${fault}${ruledOut ? paint.dim(' ruled out') : ''}`);
    lines.push(...supports.map((found) => finding('for', found)), ...against.map((found) => finding('against', found)));
  }
  return lines;
}

const finding = (side: 'for' | 'against', { text, weight }: Finding): string =>
  `  ${pad(side, 9)}${text} (${weight === 'rules-out' ? 'rules it out' : `${weight > 0 ? '+' : ''}${weight}`})`;

const plan = ({ steps, blastRadius, expectedLoss, expectedDurationMs }: NonNullable<Incident['plan']>): readonly string[] => [
  ...steps.map(planStep),
  `${pad('touches', LABEL_WIDTH)}${blastRadius}`,
  `${pad('may lose', LABEL_WIDTH)}${expectedLoss}`,
  `${pad('takes about', LABEL_WIDTH)}${spokenDuration(expectedDurationMs)}`,
];

/** What humans have said to it, or are asked. */
function word({ phase, approval, acknowledged }: Incident): readonly string[] {
  const asked =
    phase.kind === 'awaiting-approval'
      ? [
          `${pad('waits', LABEL_WIDTH)}for an approval of plan ${phase.fingerprint}, until ${clockTime(phase.expiresAt).slice(0, 8)}`,
        ]
      : [];
  const said =
    approval === undefined ? [] : [`${pad('approved', LABEL_WIDTH)}by ${approval.by}, ${clockTime(approval.at).slice(0, 8)}`];
  const seen = acknowledged === undefined ? [] : [`${pad('acknowledged', LABEL_WIDTH)}by ${acknowledged.by}`];
  return [...asked, ...said, ...seen];
}

const planStep = ({ text, rung = 0, skipped }: PlanStep, at: number, steps: readonly PlanStep[]): string => {
  const isNext = at > 0 && rung !== (steps[at - 1]?.rung ?? 0);
  return `${at + 1}. ${isNext ? 'if that is futile: ' : ''}${text}${skipped === undefined ? '' : ` (skipped: ${skipped})`}`;
};

function step(paint: Paint, { action, attempt, startedAt, endedAt, outcome, detail }: Incident['runs'][number]): string {
  const mark = outcome === undefined ? paint.yellow('…') : outcome === 'succeeded' ? paint.green('✔') : paint.red('✗');
  const took = endedAt === undefined ? '' : ` in ${spokenDuration(endedAt - startedAt)}`;
  return `${paint.dim(clockTime(startedAt))} ${mark} ${action}, attempt ${attempt}${outcome === undefined ? '' : ` ${outcome}${took}`}${detail === undefined ? '' : `: ${detail}`}`;
}

const verification = (paint: Paint, { at, check, ok, detail }: Incident['readings'][number]): string =>
  `${paint.dim(clockTime(at))} ${ok ? paint.green('✔') : paint.yellow('…')} ${pad(check, 11)} ${detail}`;

const course = ({ history, moments }: Incident): string =>
  history.map(({ phase, at }) => `${phase} +${spokenDuration(Math.max(0, at - moments.onset))}`).join(' → ');
