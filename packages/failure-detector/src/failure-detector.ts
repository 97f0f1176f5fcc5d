// Suspicion of any number of subjects by phi, with an observer that doubts itself first:
//  - time during which the observer did not run counts for nobody (its own clock stands still);
//  - its recent worst lateness is added to everybody's acceptable pause, within limits;
//  - so is the lateness that a subject has lately found in itself, and has told;
//  - when all of several subjects fall silent at once, it is the observer that is suspect, for a while.
// A suspicion is withdrawn by the very next sign of life.
import { assert, type Millis } from '@reknit/base';
import { deviationsAt } from './normal-tail.js';
import { OwnClock } from './own-clock.js';
import { PhiAccrual } from './phi-accrual.js';

export interface DetectorOptions {
  /** Each subject gives a sign of life at least this often while it is well, in ms. */
  readonly interval: Millis;
  /** How often `check` is called, in ms: what comes later than that is the observer's own delay. */
  readonly checkEvery: Millis;
  /** Phi from which a subject is suspected. Default 8: one silence in 10^8, if intervals were normally distributed. */
  readonly threshold?: number;
  /** ms. Default 3 intervals. */
  readonly acceptablePause?: Millis;
  /** ms. Default half an interval. */
  readonly deviationMin?: Millis;
  /** Default 200. */
  readonly samplesMax?: number;
  /** How long all subjects' silence counts as the observer's own fault, in ms of its own time. Default 20 intervals. */
  readonly selfDoubt?: Millis;
}

export interface Change<Subject> {
  readonly subject: Subject;
  readonly to: 'suspected' | 'trusted';
  readonly phi: number;
  /** ms of the observer's own time since the last sign of life before this. */
  readonly silence: Millis;
}

interface Watched {
  readonly accrual: PhiAccrual;
  /** How late the subject says it was of late. */
  ownLateness: Millis;
  suspected: boolean;
}

const THRESHOLD = 8;
const PAUSE_INTERVALS = 3;
const DEVIATION_MIN_INTERVALS = 0.5;
const SAMPLES_MAX = 200;
const SELF_DOUBT_INTERVALS = 20;
/** However late the observer itself was, everybody's acceptable pause grows by this share of it at most. */
const LENIENCE_MAX_PAUSES = 0.5;
/** However late a subject says it was, its own acceptable pause grows by this many times as much at most. */
const ADMITTED_MAX_PAUSES = 2;

/** Of a silence as long as expected: half of all are longer. */
const PHI_ON_TIME = Math.log10(2);

export class FailureDetector<Subject> {
  readonly #options: Required<DetectorOptions>;
  readonly #clock: OwnClock;
  /** Beyond what is expected, from which a subject is suspected. */
  readonly #deviations: number;
  readonly #watched = new Map<Subject, Watched>();
  /** Own time since when nobody at all was heard. */
  #allLateSince: Millis | undefined;

  /** @param now ms of any monotonic clock; the same clock for all calls */
  constructor(options: DetectorOptions, now: Millis) {
    const { interval, checkEvery } = options;
    this.#options = {
      threshold: THRESHOLD,
      acceptablePause: PAUSE_INTERVALS * interval,
      deviationMin: DEVIATION_MIN_INTERVALS * interval,
      samplesMax: SAMPLES_MAX,
      selfDoubt: SELF_DOUBT_INTERVALS * interval,
      ...options,
    };
    assert(this.#options.threshold > 0, 'a threshold of nothing suspects everybody', () => options);
    this.#deviations = deviationsAt(this.#options.threshold);
    this.#clock = new OwnClock(checkEvery, checkEvery, now);
  }

  /** Begins (anew) with a subject that has just given a sign of life. */
  watch(subject: Subject, now: Millis): void {
    this.#watched.set(subject, {
      accrual: new PhiAccrual(this.#options, this.#clock.own(now)),
      ownLateness: 0,
      suspected: false,
    });
  }

  /** Its end is known otherwise, or it no longer matters. */
  forget(subject: Subject): void {
    this.#watched.delete(subject);
  }

  /** A sign of life. The result is the withdrawal of a suspicion, if there was one. Of a subject that is not watched: nothing. */
  heard(subject: Subject, now: Millis): Change<Subject> | undefined {
    const watched = this.#watched.get(subject);
    if (watched === undefined) return undefined;
    const refuted = watched.suspected ? this.#change(subject, watched, now, 'trusted') : undefined;
    watched.accrual.heard(this.#clock.own(now));
    watched.suspected = false;
    return refuted;
  }

  /** A subject has told how late its own loop was of late, in ms: who is starved of a processor is late, not gone. */
  admitted(subject: Subject, lateness: Millis): void {
    const watched = this.#watched.get(subject);
    if (watched !== undefined) watched.ownLateness = lateness;
  }

  /** Call it every `checkEvery`, or when it was said to be expected. Who is suspected from now on. */
  check(now: Millis): readonly Change<Subject>[] {
    this.#clock.tick(now);
    const late: [Subject, Watched][] = [];
    for (const [subject, watched] of this.#watched) if (this.#isLate(watched, now)) late.push([subject, watched]);
    if (this.#doubtsItself(late.length, now)) return [];
    return late.flatMap(([subject, watched]) => {
      if (watched.suspected) return [];
      watched.suspected = true;
      return [this.#change(subject, watched, now, 'suspected')];
    });
  }

  /** The next `check` will come then, and not be late before. Not after `quietUntil`. */
  expect(at: Millis): void {
    this.#clock.expect(at);
  }

  /** Whoever is heard by then, or not: nobody becomes suspected before. `now` or earlier: from now on anybody may be. @param most later is as good */
  quietUntil(now: Millis, most: Millis = Number.POSITIVE_INFINITY): Millis {
    const lost = now - this.#clock.own(now);
    let until = most - lost;
    for (const { accrual, suspected } of this.#watched.values()) {
      // Nearly always the pause alone is longer than anybody wants to know.
      if (!suspected && (this.#deviations < 0 || accrual.expectedBy < until))
        until = Math.min(until, accrual.reachedAt(this.#deviations));
    }
    return until + lost;
  }

  /** 0 for a subject that is not watched. */
  phi(subject: Subject, now: Millis): number {
    const watched = this.#watched.get(subject);
    return watched === undefined ? 0 : this.#phiOf(watched, now);
  }

  isSuspected(subject: Subject): boolean {
    return this.#watched.get(subject)?.suspected ?? false;
  }

  /** The observer's own time, in ms: it stands still while the observer does not run, and never jumps. */
  ownTime(now: Millis): Millis {
    return this.#clock.own(now);
  }

  /** How late this observer itself was of late, in ms, fading. */
  ownLateness(now: Millis): Millis {
    return this.#clock.recentLateness(now);
  }

  /** The silence of one is about that one. That of several at once is more likely a fault here, until it has lasted. */
  #doubtsItself(late: number, now: Millis): boolean {
    const all = late === this.#watched.size && late > 1;
    if (!all) {
      this.#allLateSince = undefined;
      return false;
    }
    const own = this.#clock.own(now);
    this.#allLateSince ??= own;
    return own - this.#allLateSince < this.#options.selfDoubt;
  }

  readonly #isLate = (watched: Watched, now: Millis): boolean => {
    const { acceptablePause, threshold } = this.#options;
    // Nobody is late before that, and nearly every check ends here: the tail of the distribution costs more than all else.
    if (threshold > PHI_ON_TIME && watched.accrual.silence(this.#clock.own(now)) <= acceptablePause) return false;
    return this.#phiOf(watched, now) >= threshold;
  };

  #phiOf({ accrual, ownLateness }: Watched, now: Millis): number {
    const { acceptablePause } = this.#options;
    const own = Math.min(LENIENCE_MAX_PAUSES * acceptablePause, this.#clock.recentLateness(now));
    const admitted = Math.min(ADMITTED_MAX_PAUSES * acceptablePause, ownLateness);
    return accrual.phi(this.#clock.own(now), own + admitted);
  }

  #change(subject: Subject, watched: Watched, now: Millis, to: Change<Subject>['to']): Change<Subject> {
    return { subject, to, phi: this.#phiOf(watched, now), silence: watched.accrual.silence(this.#clock.own(now)) };
  }
}
