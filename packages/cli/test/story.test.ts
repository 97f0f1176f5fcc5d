import type { EngineEvent } from '@reknit/recovery';
import { beforeEach, expect, test, vi } from 'vitest';
import { tellIncident } from '../src/output/incident-story.js';
import { labelOf, narrate } from '../src/output/narration.js';
import { healedIncident, recordingTerminal } from './support.js';

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
});

test('an incident is told with its evidence, its diagnosis and what speaks against the others, its steps and its times', () => {
  const terminal = recordingTerminal();
  tellIncident(terminal, healedIncident());
  expect(terminal.lines.join('\n')).toMatchSnapshot();
});

const event = (kind: 'detected' | 'verifying', text: string): EngineEvent => {
  const incident = healedIncident();
  return {
    sequence: 1,
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    subject: 'n2',
    text,
    about: { kind: 'phase', phase: kind, incident },
  };
};

test('an event is a time, a phase, a component and a sentence; long ones hang under their beginning', () => {
  const terminal = recordingTerminal(70);
  narrate(terminal, event('detected', 'n2: pid 7 is gone: ended by SIGKILL, and nobody knows why it should have been'));
  expect(terminal.lines).toEqual([
    '  03:04:05.006  detect     n2    pid 7 is gone: ended by SIGKILL, and',
    '                                 nobody knows why it should have been',
  ]);
});

test('every event has one of the four phases, or its end, or is a note', () => {
  expect(labelOf(event('verifying', ''))).toBe('verify');
  expect(labelOf({ sequence: 1, at: 0, text: '', about: { kind: 'progress', incident: healedIncident() } })).toBe('resolved');
  expect(labelOf({ sequence: 1, at: 0, text: '', about: { kind: 'decision' } })).toBe('note');
});

test('a process that was ended alive leaves what was seen of it, and a restart that was asked for says by whom', () => {
  const terminal = recordingTerminal();
  const kept = [{ at: 0, source: 'wchan', text: 'do_signal_stop' }];
  tellIncident(terminal, { ...healedIncident(), kept });
  expect(terminal.lines.join('\n')).toMatch(/Seen of it before it was ended\n +wchan +do_signal_stop/);
  const { diagnosis: _, ...asked } = healedIncident();
  const story = recordingTerminal();
  tellIncident(story, { ...asked, request: { action: 'restart', by: 'ada' } });
  expect(story.lines[1]).toContain('restart asked for by ada');
});
