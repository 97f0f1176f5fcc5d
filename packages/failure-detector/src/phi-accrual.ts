// The phi-accrual detector of Hayashibara, Défago, Yared and Katayama (2004), for one subject. Instead of "dead" it says how
// surprising the silence is: phi = -log10 P(a sign of life comes still later), the intervals being taken as normally distributed
// with the mean and deviation of the last ones. At phi = 3 one silence in a thousand is a false alarm, if they are.
//
// Surprising: only gaps that could be a heartbeat's count as samples. A subject under load speaks a thousand times a second; were
// that its rhythm, it would be suspected as soon as the load ends.
import { assert, type Millis } from '@reknit/base';
import { ArrivalWindow } from './arrival-window.js';
import { log10NormalTail } from './normal-tail.js';

export interface PhiOptions {
  /** The subject gives a sign of life at least this often while it is well, in ms. */
  readonly interval: Millis;
  /** Silence beyond the usual interval that is never held against it: garbage collection, a slow disk, a burst. */
  readonly acceptablePause: Millis;
  /** Floor of the deviation: a rhythm that was perfect so far must not make one late packet a catastrophe. */
  readonly deviationMin: Millis;
  /** Intervals remembered. The more, the slower it learns and the surer it judges. */
  readonly samplesMax: number;
}

/** A sign of life sooner than this share of the interval after the one before adds nothing about heartbeats. */
const SAMPLE_SHARE_MIN = 0.5;
/** The first samples, around the promised interval, until there are real ones: Akka's choice. */
const FIRST_SPREAD = 0.25;

export class PhiAccrual {
  readonly #options: PhiOptions;
  readonly #window: ArrivalWindow;
  /** One outage must not teach the detector patience with the next. */
  readonly #sampleMax: Millis;
  #heardAt: Millis;

  /** @param now ms of any monotonic clock; the same clock for all calls. The silence counts from here. */
  constructor(options: PhiOptions, now: Millis) {
    const { interval, acceptablePause, deviationMin, samplesMax } = options;
    assert(interval > 0 && deviationMin > 0 && acceptablePause >= 0, 'a rhythm has positive times', () => options);
    this.#options = options;
    this.#window = new ArrivalWindow(samplesMax);
    this.#sampleMax = 2 * (interval + acceptablePause);
    this.#heardAt = now;
    this.#window.add(interval * (1 - FIRST_SPREAD));
    this.#window.add(interval * (1 + FIRST_SPREAD));
  }

  heard(now: Millis): void {
    const gap = now - this.#heardAt;
    this.#heardAt = Math.max(this.#heardAt, now);
    if (gap >= this.#options.interval * SAMPLE_SHARE_MIN) this.#window.add(Math.min(gap, this.#sampleMax));
  }

  /** @param lenience ms added to the acceptable pause */
  phi(now: Millis, lenience: Millis = 0): number {
    const expected = this.#window.mean + this.#options.acceptablePause + lenience;
    const deviation = Math.max(this.#window.deviation, this.#options.deviationMin);
    return Math.max(0, -log10NormalTail((this.silence(now) - expected) / deviation));
  }

  /** Before this no silence is long, whatever the rhythm. */
  get expectedBy(): Millis {
    return this.#heardAt + this.#options.acceptablePause;
  }

  /** When phi is reached that stands so many deviations out, if nothing is heard until then. */
  reachedAt(deviations: number): Millis {
    const deviation = Math.max(this.#window.deviation, this.#options.deviationMin);
    return this.#heardAt + this.#window.mean + this.#options.acceptablePause + deviations * deviation;
  }

  /** ms since the last sign of life. */
  silence(now: Millis): Millis {
    return Math.max(0, now - this.#heardAt);
  }
}
