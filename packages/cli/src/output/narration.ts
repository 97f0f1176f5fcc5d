// The agent's events as a story that can be followed while it happens: a time, one of the four phases, the component, a sentence.
import type { EngineEvent, PhaseKind } from '@reknit/recovery';
import { pad, wrap } from './table.js';
import type { Paint, Terminal } from './terminal.js';
import { clockTime } from './words.js';

export type Label = 'detect' | 'diagnose' | 'recover' | 'verify' | 'resolved' | 'escalated' | 'closed' | 'note';

const LABELS: Readonly<Record<PhaseKind, Label>> = {
  suspected: 'detect',
  detected: 'detect',
  diagnosed: 'diagnose',
  planned: 'recover',
  'awaiting-approval': 'recover',
  recovering: 'recover',
  verifying: 'verify',
  resolved: 'resolved',
  escalated: 'escalated',
  rejected: 'closed',
  expired: 'closed',
};

export function labelOf({ about }: EngineEvent): Label {
  switch (about.kind) {
    case 'phase':
      return LABELS[about.phase];
    case 'progress':
      return LABELS[about.incident.phase.kind];
    case 'decision':
      return 'note';
  }
}

const colourOf = (paint: Paint, label: Label): ((text: string) => string) => {
  switch (label) {
    case 'detect':
    case 'escalated':
      return paint.red;
    case 'diagnose':
      return paint.yellow;
    case 'recover':
      return paint.blue;
    case 'verify':
      return paint.cyan;
    case 'resolved':
      return paint.green;
    case 'closed':
    case 'note':
      return paint.dim;
  }
};

const TIME_WIDTH = 12;
const LABEL_WIDTH = 9;
const SUBJECT_WIDTH = 4;
/** On a terminal that narrow the text would be a column of words. */
const TEXT_WIDTH_MIN = 40;

export interface Told {
  readonly at: number;
  readonly label: string;
  readonly colour: (text: string) => string;
  readonly subject: string;
  readonly text: string;
}

export function tell(terminal: Terminal, { at, label, colour, subject, text }: Told): void {
  const { paint } = terminal;
  const head = `  ${paint.dim(clockTime(at))}  ${pad(colour(label), LABEL_WIDTH)}  ${pad(paint.bold(subject), SUBJECT_WIDTH)}  `;
  const indent = ' '.repeat(2 + TIME_WIDTH + 2 + LABEL_WIDTH + 2 + SUBJECT_WIDTH + 2);
  const [first = '', ...rest] = wrap(text, Math.max(TEXT_WIDTH_MIN, terminal.width - indent.length), '');
  terminal.line(head + first);
  for (const line of rest) terminal.line(indent + line);
}

export function narrate(terminal: Terminal, event: EngineEvent): void {
  const label = labelOf(event);
  const subject = event.subject ?? '';
  const text = withoutPrefix(withoutPrefix(event.text, `${subject}: `), SAID_BY_LABEL[label] ?? '');
  tell(terminal, { at: event.at, label, colour: colourOf(terminal.paint, label), subject, text });
}

/** The column before the text says it already. */
const SAID_BY_LABEL: Partial<Readonly<Record<Label, string>>> = { diagnose: 'diagnosed ', resolved: 'resolved: ' };

const withoutPrefix = (text: string, prefix: string): string => (text.startsWith(prefix) ? text.slice(prefix.length) : text);

export const note = (terminal: Terminal, text: string): void =>
  tell(terminal, { at: Date.now(), label: 'note', colour: terminal.paint.dim, subject: '', text });
