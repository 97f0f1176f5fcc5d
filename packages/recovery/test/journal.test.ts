import type { Runtime } from '@reknit/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openIncident } from '../src/index.js';
import { condense, emptyMemory, type JournalEntry, remember } from '../src/journal/entries.js';
import { Journal } from '../src/journal/journal.js';
import { MemoryDisk } from './support/memory-disk.js';

/** The journal uses the disk only, and `fatal`. */
const runtimeOf = (disk: MemoryDisk): Runtime =>
  ({
    disk,
    log: { log: () => undefined },
    fatal: (reason: string) => {
      throw new Error(reason);
    },
  }) as unknown as Runtime;

const decision = (text: string): JournalEntry => ({ kind: 'decision', decision: { at: 1, text } });
const process = fc.record({ pid: fc.integer({ min: 1, max: 5 }), startTime: fc.integer({ min: 1, max: 5 }) });
const subject = fc.constantFrom('n1', 'n2');
const boot = fc.record({ process, bootId: fc.constantFrom('a', 'b'), incarnation: fc.constant('i') });
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ kind: fc.constant('agent-started' as const), at: fc.constant(1), process }),
  fc.record({
    kind: fc.constant('mark' as const),
    at: fc.constant(1),
    subject,
    mark: fc.oneof(fc.constant(null), fc.record({ until: fc.nat(), by: fc.string(), endsWithAgent: fc.boolean() })),
  }),
  fc.record({ kind: fc.constant('budget' as const), subject, budget: fc.record({ restarts: fc.nat(9), lastAt: fc.nat() }) }),
  fc.record({
    kind: fc.constant('intent' as const),
    at: fc.nat(9),
    subject,
    token: fc.constantFrom('t', 'u'),
    attempt: fc.constant(0),
  }),
  fc.record({ kind: fc.constant('launched' as const), at: fc.constant(0), subject, token: fc.constant(''), process }),
  fc.record({ kind: fc.constant('living' as const), at: fc.constant(0), subject, boot }),
  fc.record({ kind: fc.constant('gone' as const), at: fc.constant(0), subject, process, planned: fc.boolean() }),
  fc.record({
    kind: fc.constant('pause' as const),
    at: fc.constant(0),
    scope: fc.constantFrom('*', 'n1'),
    pause: fc.option(fc.record({ until: fc.nat(), by: fc.string() })),
  }),
  fc.record({ kind: fc.constant('halt' as const), subject, halt: fc.option(fc.record({ at: fc.nat(), reason: fc.string() })) }),
  fc.record({ kind: fc.constant('sound' as const), at: fc.constant(0), subject }),
  fc.record({ kind: fc.constant('published' as const), id: fc.constantFrom('x', 'y'), change: fc.nat(9) }),
  fc.string().map(decision),
);

const fold = (entries: readonly JournalEntry[]) => {
  const memory = emptyMemory();
  for (const each of entries) remember(memory, each);
  return memory;
};

describe('the journal', () => {
  it('remembers after a reopen what it was told', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const disk = new MemoryDisk();
        const journal = Journal.open(runtimeOf(disk), '/agent');
        for (const each of entries) journal.note(each);
        expect(Journal.open(runtimeOf(disk), '/agent').memory).toEqual(fold(entries));
      }),
    );
  });

  it('condensed leads to the same memory', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const memory = fold(entries);
        expect(fold(condense(memory))).toEqual(memory);
      }),
    );
  });

  it('cuts a torn last line wherever the crash fell, and goes on after it', () => {
    const disk = new MemoryDisk();
    const first = Journal.open(runtimeOf(disk), '/agent');
    first.note(decision('kept'));
    const [file] = disk.files.values();
    const whole = new TextEncoder().encode(`${JSON.stringify(decision('lost'))}\n`);
    const end = file!.bytes.indexOf(0);
    for (let length = 1; length < whole.length; length++) {
      file!.bytes.fill(0, end);
      file!.bytes.set(whole.subarray(0, length), end);
      const journal = Journal.open(runtimeOf(disk), '/agent');
      expect(journal.damagedLines).toBe(0);
      journal.note(decision('next'));
      const texts = Journal.open(runtimeOf(disk), '/agent').memory.decisions.map(({ text }) => text);
      expect(texts).toEqual(['kept', 'next']);
    }
  });

  it('can be read beside its writer without a change', () => {
    const disk = new MemoryDisk();
    const runtime = runtimeOf(disk);
    expect(Journal.peek(runtime, '/agent')).toBeUndefined();
    Journal.open(runtime, '/agent').note(decision('told'));
    const [file] = disk.files.values();
    file!.bytes.set([123], file!.bytes.indexOf(0));
    const before = file!.bytes.slice();
    expect(Journal.peek(runtime, '/agent')?.decisions.map(({ text }) => text)).toEqual(['told']);
    expect(Buffer.compare(file!.bytes, before)).toBe(0);
  });

  it('skips a damaged line in the middle, counts it, and keeps the others', () => {
    const disk = new MemoryDisk();
    const journal = Journal.open(runtimeOf(disk), '/agent');
    for (const text of ['one', 'two', 'three']) journal.note(decision(text));
    const [file] = disk.files.values();
    file!.bytes[file!.bytes.indexOf(10) + 3] = 7;
    const reopened = Journal.open(runtimeOf(disk), '/agent');
    expect(reopened.damagedLines).toBe(1);
    expect(reopened.memory.decisions.map(({ text }) => text)).toEqual(['one', 'three']);
  });

  it('stays within its bound however long it runs, and loses no open incident on the way', () => {
    const disk = new MemoryDisk();
    const journal = Journal.open(runtimeOf(disk), '/agent');
    const opening = {
      subject: 'n1',
      phase: { kind: 'detected', at: 1 },
      onset: 1,
      onsetSource: 'kernel exit notice',
      evidence: '',
      observers: [],
      patient: {},
    } as const;
    const open = openIncident(opening, 'open-one');
    journal.note({ kind: 'incident', incident: open });
    for (let at = 0; at < 30_000; at++) journal.note(decision(`decision ${at}: ${'x'.repeat(100)}`));
    const files = [...disk.files.values()];
    expect(files).toHaveLength(1);
    expect(files[0]!.bytes.length).toBe(2 * 1024 * 1024);
    const { incidents, decisions } = Journal.open(runtimeOf(disk), '/agent').memory;
    expect(incidents.get('open-one')).toEqual(open);
    expect(decisions.at(-1)?.text).toContain('decision 29999');
  });
});
