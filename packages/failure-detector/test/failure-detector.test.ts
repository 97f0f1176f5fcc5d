import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FailureDetector } from '../src/failure-detector.js';

const INTERVAL = 50;
const TICK = 10;
/** Interval + pause + 6 deviations, the latest that silence takes from a regular subject. */
const DETECTED_WITHIN = 50 + 150 + 6 * 25 + TICK;

/** Three subjects, the observer's ticks, and time. */
class Scene {
  now = 0;
  readonly detector: FailureDetector<string> = new FailureDetector({ interval: INTERVAL, checkEvery: TICK }, 0);
  readonly changes: string[] = [];

  constructor(subjects: readonly string[] = ['a', 'b', 'c']) {
    for (const subject of subjects) this.detector.watch(subject, 0);
  }

  /** Ticks come in time, the named ones speak every interval. */
  run(duration: number, speaking: readonly string[]): void {
    const end = this.now + duration;
    while (this.now < end) {
      this.now += TICK;
      if (this.now % INTERVAL === 0) for (const subject of speaking) this.speak(subject);
      this.check();
    }
  }

  speak(subject: string): void {
    const refuted = this.detector.heard(subject, this.now);
    if (refuted !== undefined) this.changes.push(`${refuted.subject} ${refuted.to}`);
  }

  check(): void {
    for (const { subject, to } of this.detector.check(this.now)) this.changes.push(`${subject} ${to}`);
  }

  takeChanges(): readonly string[] {
    return this.changes.splice(0);
  }
}

test('who falls silent is suspected in bounded time, once, and alone', () => {
  const scene = new Scene();
  scene.run(5000, ['a', 'b', 'c']);
  scene.run(DETECTED_WITHIN, ['a', 'b']);
  expect(scene.takeChanges()).toEqual(['c suspected']);
  expect(scene.detector.isSuspected('c')).toBe(true);
  scene.run(5000, ['a', 'b']);
  expect(scene.takeChanges()).toEqual([]);
});

test('the next sign of life withdraws a suspicion', () => {
  const scene = new Scene();
  scene.run(1000, ['a', 'b', 'c']);
  scene.run(1000, ['a', 'b']);
  expect(scene.takeChanges()).toEqual(['c suspected']);
  scene.speak('c');
  expect(scene.takeChanges()).toEqual(['c trusted']);
  expect(scene.detector.isSuspected('c')).toBe(false);
  scene.run(1000, ['a', 'b', 'c']);
  expect(scene.takeChanges()).toEqual([]);
});

test('whoever keeps within its interval and the acceptable pause is never suspected', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: (INTERVAL + 3 * INTERVAL) / TICK }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(gaps, (ticks) => {
      const scene = new Scene(['a']);
      for (const gap of ticks) {
        for (let at = 0; at < gap; at++) {
          scene.now += TICK;
          if (at < gap - 1) scene.check();
        }
        scene.speak('a');
        scene.check();
      }
      expect(scene.takeChanges()).toEqual([]);
    }),
  );
});

test('a stall of the observer itself accuses nobody, however long it is', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 20 }), (stalls) => {
      const scene = new Scene();
      for (const stall of stalls) {
        scene.run(200, ['a', 'b', 'c']);
        scene.now += Math.ceil(stall / INTERVAL) * INTERVAL;
        // The timer fires before the sockets are read.
        scene.check();
      }
      expect(scene.takeChanges()).toEqual([]);
    }),
  );
});

test('an observer that was slow of late has more patience, within limits, and loses it again', () => {
  const patient = new Scene();
  patient.run(1000, ['a', 'b', 'c']);
  patient.now += 500;
  patient.check();
  patient.run(200, ['a', 'b', 'c']);
  expect(patient.detector.ownLateness(patient.now)).toBeGreaterThan(400);
  patient.run(DETECTED_WITHIN, ['a', 'b']);
  expect(patient.takeChanges()).toEqual([]);
  patient.run(75, ['a', 'b']);
  expect(patient.takeChanges()).toEqual(['c suspected']);
  patient.run(30_000, ['a', 'b', 'c']);
  expect(patient.takeChanges()).toEqual(['c trusted']);
  patient.run(DETECTED_WITHIN, ['a', 'b']);
  expect(patient.takeChanges()).toEqual(['c suspected']);
});

test('a subject that admits to have been late gets as much more patience, within limits', () => {
  const scene = new Scene();
  scene.run(5000, ['a', 'b', 'c']);
  scene.detector.admitted('c', 100);
  scene.run(DETECTED_WITHIN, ['a', 'b']);
  expect(scene.takeChanges()).toEqual([]);
  scene.run(100, ['a', 'b']);
  expect(scene.takeChanges()).toEqual(['c suspected']);
  scene.run(1000, ['a', 'b', 'c']);
  scene.takeChanges();
  scene.detector.admitted('c', 3_600_000);
  scene.run(DETECTED_WITHIN + 2 * 3 * INTERVAL + 100, ['a', 'b']);
  expect(scene.takeChanges()).toEqual(['c suspected']);
});

test('when everybody falls silent at once the observer suspects itself, until it has lasted', () => {
  const scene = new Scene();
  scene.run(1000, ['a', 'b', 'c']);
  scene.run(DETECTED_WITHIN + 20 * INTERVAL - 100, []);
  expect(scene.takeChanges()).toEqual([]);
  scene.run(200, []);
  expect(scene.takeChanges()).toEqual(['a suspected', 'b suspected', 'c suspected']);
});

test('one sign of life ends the doubt: the others are suspected at once', () => {
  const scene = new Scene();
  scene.run(1000, ['a', 'b', 'c']);
  scene.run(DETECTED_WITHIN, []);
  expect(scene.takeChanges()).toEqual([]);
  scene.speak('b');
  scene.check();
  expect(scene.takeChanges()).toEqual(['a suspected', 'c suspected']);
});

test('a single subject is suspected without doubt of oneself', () => {
  const scene = new Scene(['a']);
  scene.run(1000, ['a']);
  scene.run(DETECTED_WITHIN, []);
  expect(scene.takeChanges()).toEqual(['a suspected']);
});

test('who is forgotten, or was never watched, is neither suspected nor heard', () => {
  const scene = new Scene();
  scene.detector.forget('c');
  scene.speak('c');
  scene.speak('stranger');
  scene.run(5000, ['a', 'b']);
  expect(scene.takeChanges()).toEqual([]);
  expect(scene.detector.phi('c', scene.now)).toBe(0);
});

test('who checks only when it is quiet no longer suspects as soon as who checks all the time, and no sooner', () => {
  const gaps = fc.array(fc.integer({ min: 30, max: 90 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(gaps, (pauses) => {
      const often = new FailureDetector<string>({ interval: INTERVAL, checkEvery: 1 }, 0);
      const seldom = new FailureDetector<string>({ interval: INTERVAL, checkEvery: 1 }, 0);
      for (const detector of [often, seldom]) detector.watch('a', 0);
      const speaksAt = new Set(pauses.map((_, at) => pauses.slice(0, at + 1).reduce((sum, pause) => sum + pause, 0)));
      let checkAt = seldom.quietUntil(0);
      seldom.expect(checkAt);
      for (let now = 1; now < 2500; now++) {
        if (speaksAt.has(now)) for (const detector of [often, seldom]) detector.heard('a', now);
        const expected = often.check(now).length;
        if (now < checkAt) {
          expect(expected).toBe(0);
          continue;
        }
        expect(seldom.check(now).length).toBe(expected);
        checkAt = seldom.quietUntil(now);
        seldom.expect(Math.max(now + 1, checkAt));
      }
      expect(often.isSuspected('a')).toBe(true);
    }),
    { numRuns: 30 },
  );
});
