// Watches over the peers and over this member itself. Every link carries a pulse twice per heartbeat interval, whatever else it
// carries; each frame that arrives is a sign of life. Who is silent beyond what its rhythm explains is suspected, which the
// groups' replicas hear as a hint. Pulses tell how late their sender's loop was of late, so that one that is starved of a processor is
// not taken for dead, and how much of its time it blocks itself, so that a leader finds a successor that is better off.
import type { ByteReader, ByteWriter, Millis } from '@reknit/base';
import { type NodeId, nextBeat } from '@reknit/consensus';
import { type Change, FadingMax, FailureDetector, RecentQuantile } from '@reknit/failure-detector';
import type { Logger } from '@reknit/runtime';
import { FIRST_LEVEL } from '../cluster/level.js';
import { beginPart, endPart, PartKind } from '../peers/frames.js';
import { LoopDelay } from './loop-delay.js';

export interface VigilOptions {
  readonly electionTimeout: Millis;
  readonly heartbeatInterval: Millis;
  /** How often `tick` is called while anything is at stake; otherwise when it was said to be expected. */
  readonly tickEvery: Millis;
  readonly processorTime: (() => Millis) | undefined;
  /** That this member speaks. */
  readonly level: number;
}

export interface VigilOutlets {
  /** Where to put parts for a peer; undefined when they would be lost. */
  writer(peer: NodeId): ByteWriter | undefined;
  /** On this member's disk. */
  hasRoom(): boolean;
  suspected(peer: NodeId): void;
  trusted(peer: NodeId): void;
  /** This member does its work badly: whatever it leads should go to one of these, who do better. */
  handOver(heirs: ReadonlySet<NodeId>): void;
}

/** What the member knows of its own health, for agents and metrics. */
export interface Vitals {
  /** Of the loop, the worst of late, fading: ms. */
  readonly loopDelay: Millis;
  /** Share of the last two election time-outs in which the loop was blocked by this process's own work. */
  readonly lostShare: number;
  /** One write and sync of the log, the worst of late, fading: ms. */
  readonly logSync: Millis;
  /** Of the last seconds' writes and syncs of the log 99 in 100 took no longer: ms; 0 where there were none. */
  readonly logSyncP99: Millis;
  readonly suspected: readonly NodeId[];
}

/** Two pulses a heartbeat interval: silence is noticed sooner, for a frame of a few bytes. One, where that would be too many. */
const PULSES_PER_HEARTBEAT = 2;
const PULSE_INTERVAL_MIN: Millis = 20;
/**
 * With the default of 100 ms: suspicion some 290 ms after the last frame of a steady leader. The curve that led to it:
 * docs/concepts/phi-accrual.md.
 */
const PAUSE_HEARTBEATS = 1.25;
const DEVIATION_MIN_HEARTBEATS = 0.2;
/** Long enough to be almost noticed outside. */
const STALL_HEARTBEATS = 1.5;
/** As long as a leader waits for its disk: what does not move for this long will not move soon. */
const WINDOW_ELECTION_TIMEOUTS = 2;
/** A leader that loses half of its time is blocked; a successor must lose at most a quarter of that. */
const BLOCKED_SHARE = 0.5;
const HEIR_SHARE_OF_OWN = 0.25;
const SHARE_UNIT = 1000;
/** Who was starved some seconds ago may be so again. */
const ADMITTED_HALF_LIFE: Millis = 3000;
/** Beyond that it was an outage, which teaches no patience with the next. */
const ADMITTED_MAX_HEARTBEATS = 2.5;
/** What was bad a minute ago is hardly of interest now. */
const LOG_SYNC_HALF_LIFE: Millis = 5000;

/** Half a minute of a busy log has thousands: the newest are enough to tell one slow sync from a slow disk. */
const LOG_SYNCS_MAX = 256;
const LOG_SYNCS_WINDOW: Millis = 10_000;

interface Pulse {
  readonly at: Millis;
  readonly lostShare: number;
  /** On its disk. */
  readonly hasRoom: boolean;
  /** That it speaks: cluster/level.ts. */
  readonly level: number;
}

export class Vigil {
  readonly #options: VigilOptions;
  readonly #log: Logger;
  readonly #outlets: VigilOutlets;
  readonly #detector: FailureDetector<NodeId>;
  readonly #loop: LoopDelay;
  readonly #lateness = new FadingMax(ADMITTED_HALF_LIFE);
  readonly #logSync = new FadingMax(LOG_SYNC_HALF_LIFE);
  readonly #logSyncs = new RecentQuantile(LOG_SYNCS_MAX, LOG_SYNCS_WINDOW);
  readonly #window: Millis;
  /** The last of each peer whose link is up. */
  readonly #pulses = new Map<NodeId, Pulse>();
  readonly #pulseInterval: Millis;
  #pulseAt: Millis;
  /** Not again before that: the last attempt has yet to show its effect. */
  #handOverAfter: Millis;

  constructor(options: VigilOptions, log: Logger, outlets: VigilOutlets, now: Millis) {
    const { electionTimeout, heartbeatInterval, tickEvery, processorTime } = options;
    this.#options = options;
    this.#log = log;
    this.#outlets = outlets;
    this.#window = WINDOW_ELECTION_TIMEOUTS * electionTimeout;
    const stallMin = STALL_HEARTBEATS * heartbeatInterval;
    this.#loop = new LoopDelay({ tickEvery, stallMin, window: this.#window, processorTime }, now);
    this.#pulseInterval = pulseInterval(heartbeatInterval);
    this.#pulseAt = now;
    this.#handOverAfter = now + this.#window;
    // Below the tick's own grain no rhythm can be told from another.
    this.#detector = new FailureDetector(
      {
        interval: this.#pulseInterval,
        checkEvery: tickEvery,
        acceptablePause: PAUSE_HEARTBEATS * heartbeatInterval,
        deviationMin: Math.max(tickEvery, DEVIATION_MIN_HEARTBEATS * heartbeatInterval),
        selfDoubt: electionTimeout,
      },
      now,
    );
  }

  onUp(peer: NodeId, now: Millis): void {
    this.#detector.watch(peer, now);
  }

  onLost(peer: NodeId): void {
    this.#detector.forget(peer);
    this.#pulses.delete(peer);
  }

  /** Before anything that the frame holds is acted on. */
  onFrame(peer: NodeId, now: Millis): void {
    const refuted = this.#detector.heard(peer, now);
    if (refuted === undefined) return;
    this.#report('a silent peer is heard again', refuted);
    this.#outlets.trusted(peer);
  }

  onPulse(peer: NodeId, reader: ByteReader, now: Millis): void {
    const lostShare = reader.u32() / SHARE_UNIT;
    this.#detector.admitted(peer, reader.u32());
    // An older version says less, and a newer one more.
    const hasRoom = reader.remaining === 0 || reader.bool();
    const level = reader.remaining === 0 ? FIRST_LEVEL : reader.u32();
    this.#pulses.set(peer, { at: now, lostShare, hasRoom, level });
  }

  onLogSynced(took: Millis, now: Millis): void {
    this.#logSync.add(took, now);
    this.#logSyncs.add(took, now);
  }

  /** The result is how late this tick is, in ms. */
  tick(now: Millis, peers: () => Iterable<NodeId>): Millis {
    const late = this.#loop.tick(now);
    if (late <= ADMITTED_MAX_HEARTBEATS * this.#options.heartbeatInterval) this.#lateness.add(late, now);
    for (const change of this.#detector.check(now)) {
      this.#report('a peer fell silent', change);
      this.#outlets.suspected(change.subject);
    }
    const own = this.ownTime(now);
    if (own >= this.#pulseAt) {
      // On the beat of the groups' heartbeats, so that they share their frames.
      this.#pulseAt = nextBeat(own, this.#pulseInterval);
      for (const peer of peers()) this.#sendPulse(peer, now);
    }
    this.#judgeItself(now);
    return late;
  }

  /** The next tick will come then. */
  expect(at: Millis): void {
    this.#loop.expect(at);
    this.#detector.expect(at);
  }

  /** Whatever comes until then, or does not: a tick before would do nothing. */
  quietUntil(now: Millis): Millis {
    const until = this.#detector.quietUntil(now, now + this.#pulseAt - this.ownTime(now));
    return until > now ? until : now + this.#options.tickEvery;
  }

  /** For whoever judges others by their silence: time in which this member did not run is not in it. */
  ownTime(now: Millis): Millis {
    return this.#detector.ownTime(now);
  }

  vitals(now: Millis): Vitals {
    return {
      loopDelay: this.#detector.ownLateness(now),
      lostShare: this.#loop.lostShare(),
      logSync: this.#logSync.value(now),
      logSyncP99: this.#logSyncs.value(0.99, now),
      suspected: [...this.#pulses.keys()].filter((peer) => this.#detector.isSuspected(peer)),
    };
  }

  /** As it said last; undefined while it is not linked. */
  levelOf(peer: NodeId): number | undefined {
    return this.#pulses.get(peer)?.level;
  }

  /** Of the peers that are heard of now, those whose disk has room, or has none. */
  peersWith(room: 'room' | 'no room', now: Millis): ReadonlySet<NodeId> {
    const peers = new Set<NodeId>();
    for (const [peer, { at, hasRoom }] of this.#pulses)
      if (now - at < this.#options.electionTimeout && hasRoom === (room === 'room')) peers.add(peer);
    return peers;
  }

  #sendPulse(peer: NodeId, now: Millis): void {
    const writer = this.#outlets.writer(peer);
    if (writer === undefined) return;
    const lengthAt = beginPart(writer, PartKind.pulse);
    writer
      .u32(Math.round(this.#loop.lostShare() * SHARE_UNIT))
      .u32(Math.round(this.#lateness.value(now)))
      .bool(this.#outlets.hasRoom())
      .u32(this.#options.level);
    endPart(writer, lengthAt);
  }

  #judgeItself(now: Millis): void {
    if (now < this.#handOverAfter || this.#loop.lostShare() < BLOCKED_SHARE) return;
    const heirs = this.#heirs(now);
    if (heirs.size === 0) return;
    this.#handOverAfter = now + this.#window;
    this.#outlets.handOver(heirs);
  }

  /** Heard of lately, and much better off. */
  #heirs(now: Millis): ReadonlySet<NodeId> {
    const lostShareMax = this.#loop.lostShare() * HEIR_SHARE_OF_OWN;
    const heirs = new Set<NodeId>();
    for (const [peer, { at, lostShare }] of this.#pulses) {
      const fresh = now - at < this.#options.electionTimeout && !this.#detector.isSuspected(peer);
      if (fresh && lostShare <= lostShareMax) heirs.add(peer);
    }
    return heirs;
  }

  #report(what: string, { subject, phi, silence }: Change<NodeId>): void {
    this.#log.log('info', what, { peer: subject, phi: Math.round(phi * 10) / 10, silence: Math.round(silence) });
  }
}

/** A whole number of them is a heartbeat interval. */
function pulseInterval(heartbeatInterval: Millis): Millis {
  const often = heartbeatInterval / PULSES_PER_HEARTBEAT;
  return often >= PULSE_INTERVAL_MIN ? often : heartbeatInterval;
}
