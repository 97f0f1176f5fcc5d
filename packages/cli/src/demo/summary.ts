// What a demo comes down to, and the one rule for its verdict.
import type { Incident, Times } from '@reknit/recovery';
import type { LoadVerdict } from '../load/checked-load.js';
import type { Killed } from '../load/kill.js';
import { objectionsTo } from '../load/objections.js';
import { renderTable } from '../output/table.js';
import type { Paint, Terminal } from '../output/terminal.js';
import { spokenCount, spokenDuration } from '../output/words.js';

export interface Summary {
  readonly kind: 'summary';
  readonly passed: boolean;
  readonly killed: { readonly name: string; readonly pid: number; readonly at: number };
  readonly incident: { readonly id: string; readonly phase: Incident['phase']['kind']; readonly times: Times } | null;
  /** Milliseconds from the kill, as the clients saw it. */
  readonly firstAcceptedWriteMs: number | null;
  readonly operations: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly refused: number;
  readonly unknown: number;
  readonly lost: number;
  readonly stale: number;
  readonly unread: number;
  readonly linearizable: 'yes' | 'no' | 'not known';
  readonly revisionsInOrder: boolean;
  /** What stands against it, for people. */
  readonly objections: readonly string[];
}

export interface Findings {
  readonly killed: Killed;
  readonly incident: Incident | undefined;
  readonly verdict: LoadVerdict;
  readonly firstAcceptedWriteMs: number | undefined;
}

export function summarize({ killed, incident, verdict, firstAcceptedWriteMs }: Findings): Summary {
  const { linearizability, revisions, writes, operations, reads } = verdict;
  const objections = objectionsOf(incident, verdict);
  return {
    kind: 'summary',
    passed: objections.length === 0,
    killed: { name: killed.name, pid: killed.process.pid, at: killed.at },
    incident: incident === undefined ? null : { id: incident.id, phase: incident.phase.kind, times: incident.times },
    firstAcceptedWriteMs: firstAcceptedWriteMs === undefined ? null : Math.round(firstAcceptedWriteMs * 10) / 10,
    operations,
    acknowledged: writes.acknowledged,
    reads,
    refused: writes.failed,
    unknown: writes.unknown,
    lost: writes.lost,
    stale: writes.stale,
    unread: writes.unread.length,
    linearizable: linearizability.kind === 'linearizable' ? 'yes' : linearizability.kind === 'violation' ? 'no' : 'not known',
    revisionsInOrder: revisions.kind === 'ordered',
    objections,
  };
}

function objectionsOf(incident: Incident | undefined, verdict: LoadVerdict): readonly string[] {
  const healed = incident?.phase.kind === 'resolved';
  const what =
    incident === undefined
      ? 'the agent opened no incident for the kill'
      : `the incident is not resolved but ${incident.phase.kind}`;
  return [...(healed ? [] : [what]), ...objectionsTo(verdict)];
}

export function showSummary(terminal: Terminal, summary: Summary, incident: Incident | undefined): void {
  const { paint } = terminal;
  terminal.line();
  terminal.line(`  ${paint.bold('Summary')}`);
  for (const line of renderTable(['', '', ''], timesRows(paint, summary, incident), '    ').slice(1)) terminal.line(line);
  terminal.line();
  for (const line of renderTable(['', '', ''], countRows(paint, summary), '    ').slice(1)) terminal.line(line);
  terminal.line();
  if (summary.passed) {
    terminal.line(
      `  ${paint.green('✔')} ${paint.bold('Healed and verified: nothing lost, nothing stale, and the history is linearizable.')}`,
    );
    return;
  }
  terminal.line(`  ${paint.red('✗')} ${paint.bold('Not in order:')}`);
  for (const objection of summary.objections) terminal.line(`    ${objection}`);
}

function timesRows(
  paint: Paint,
  { firstAcceptedWriteMs }: Summary,
  incident: Incident | undefined,
): readonly (readonly string[])[] {
  const time = (ms: number | null | undefined): string => paint.bold(ms === undefined || ms === null ? '–' : spokenDuration(ms));
  const { mttd, mtta, mttm, mttr } = incident?.times ?? {};
  return [
    ['detected', time(mttd), paint.dim(`MTTD, from the ${incident?.moments.onsetSource ?? 'onset'}`)],
    ['first action', time(mtta), paint.dim('MTTA')],
    ['first accepted write', time(firstAcceptedWriteMs), paint.dim('after the kill, as the clients saw it')],
    ['clients served again', time(mttm), paint.dim('MTTM, as the agent measured it')],
    ['redundancy restored', time(mttr), paint.dim('MTTR')],
  ];
}

function countRows(paint: Paint, summary: Summary): readonly (readonly string[])[] {
  const { operations, acknowledged, reads, refused, unknown, lost, stale } = summary;
  const zero = (value: number): string => (value === 0 ? paint.green('0') : paint.red(spokenCount(value)));
  const good = (value: boolean, text: string): string => (value ? paint.green(text) : paint.red(text));
  return [
    ['operations', spokenCount(operations), paint.dim(`${spokenCount(reads)} reads`)],
    ['acknowledged', spokenCount(acknowledged), paint.dim('writes')],
    ['lost', zero(lost), paint.dim('acknowledged writes that the store no longer has')],
    ['stale', zero(stale), paint.dim('reads older than what was acknowledged before them')],
    ['unknown', spokenCount(unknown), paint.dim(`unanswered while the leader was down; ${spokenCount(refused)} refused`)],
    ['linearizable', good(summary.linearizable === 'yes', summary.linearizable), paint.dim('one order explains every answer')],
  ];
}
