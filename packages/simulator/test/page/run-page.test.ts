import { describe, expect, it } from 'vitest';
import { Recording, runPage, runSimulation } from '../../src/index.js';

const recording = new Recording();
const report = runSimulation({ seed: 2, faults: ['kill', 'transfer'], workloads: [], duration: 3000, observer: recording });
const page = runPage({ report, recording, replay: 'reknit simulate --seed 2' });

interface PageData {
  readonly members: readonly string[];
  readonly lives: readonly (readonly [number, number, number])[];
  readonly reigns: readonly unknown[];
  readonly faults: readonly unknown[];
  readonly messages: readonly (readonly [number, number, number, number, number])[];
  readonly operations: readonly unknown[];
}

const data: PageData = JSON.parse(/<script type="application\/json" id="data">(.*)<\/script>/.exec(page)![1]!);

describe("a run's page", () => {
  it('holds every fault, operation, life and leader of the run, and messages that take time', () => {
    expect(data.members).toEqual(['n1', 'n2', 'n3']);
    expect(data.faults).toHaveLength(report.faults.length);
    expect(data.operations).toHaveLength(report.operations);
    expect(data.lives.length).toBe(report.coverage.starts);
    expect(data.reigns.length).toBeGreaterThan(0);
    expect(data.messages.length).toBeGreaterThan(100);
    for (const [, , sentAt, at] of data.messages) expect(at).toBeGreaterThan(sentAt);
  });

  it('reaches for nothing outside of itself', () => {
    expect(page).not.toMatch(/(src|href)=|url\(|@import/);
  });

  it('tells what was violated without taking its text for markup', () => {
    const violations = [{ rule: 'stale read', detail: '<script>"a" & b' }] as const;
    expect(runPage({ report: { ...report, violations }, recording, replay: '' })).toContain(
      '<b>stale read</b> &lt;script&gt;&quot;a&quot; &amp; b',
    );
  });

  it('watching a run changes nothing about it', () => {
    expect(runSimulation({ seed: 2, faults: ['kill', 'transfer'], workloads: [], duration: 3000 }).digest).toBe(report.digest);
  });
});
