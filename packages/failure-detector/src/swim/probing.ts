// One probe a period (SWIM, 3.1): ping; after the time-out others are asked to ping for us; when the period ends without any
// acknowledgement the target has failed. Period and time-out are stretched by the doubt in oneself (Lifeguard, LHA-Probe).
//
// Surprising: a failed probe is held against oneself only if helpers were missed, or there were none. If all of them have said
// that they heard us, it is not we who cannot be heard.
import type { Millis } from '@reknit/base';
import type { LocalHealth } from './local-health.js';

interface Target {
  readonly target: string;
  readonly sequence: number;
}

export interface ProbeStep {
  /** Nobody has heard of it within the period. */
  readonly failed?: string;
  readonly ping?: Target;
  /** Time to ask others. */
  readonly ask?: Target;
}

type State =
  | { readonly kind: 'resting' }
  | { readonly kind: 'direct'; readonly probe: Target; readonly askAt: Millis }
  | { readonly kind: 'indirect'; readonly probe: Target; expectedNacks: number; nacks: number };

/** A helper's word that it is there must still find us waiting. */
const NACK_SHARE = 0.8;
const NOTHING: ProbeStep = {};

export class Probing {
  readonly #times: { readonly period: Millis; readonly timeout: Millis };
  readonly #health: LocalHealth;
  #state: State = { kind: 'resting' };
  #periodEndsAt: Millis;
  #sequence = 0;

  constructor(times: { readonly period: Millis; readonly timeout: Millis }, health: LocalHealth, own: Millis) {
    this.#times = times;
    this.#health = health;
    this.#periodEndsAt = own;
  }

  newSequence(): number {
    return ++this.#sequence;
  }

  get nackAfterMs(): Millis {
    return this.#times.timeout * this.#health.multiplier * NACK_SHARE;
  }

  tick(own: Millis, next: () => string | undefined): ProbeStep {
    if (own >= this.#periodEndsAt) return this.#beginPeriod(own, next);
    if (this.#state.kind !== 'direct' || own < this.#state.askAt) return NOTHING;
    const { probe } = this.#state;
    this.#state = { kind: 'indirect', probe, expectedNacks: 0, nacks: 0 };
    return { ask: probe };
  }

  expectNacks(helpers: number): void {
    if (this.#state.kind === 'indirect') this.#state.expectedNacks = helpers;
  }

  ack(sequence: number): void {
    if (this.#state.kind === 'resting' || this.#state.probe.sequence !== sequence) return;
    this.#state = { kind: 'resting' };
    this.#health.better();
  }

  nack(sequence: number): void {
    if (this.#state.kind === 'indirect' && this.#state.probe.sequence === sequence) this.#state.nacks++;
  }

  #beginPeriod(own: Millis, next: () => string | undefined): ProbeStep {
    const failed = this.#endPeriod();
    const { period, timeout } = this.#times;
    const { multiplier } = this.#health;
    this.#periodEndsAt = own + period * multiplier;
    const target = next();
    if (target === undefined) return failed === undefined ? NOTHING : { failed };
    const ping = { target, sequence: this.newSequence() };
    this.#state = { kind: 'direct', probe: ping, askAt: own + timeout * multiplier };
    return failed === undefined ? { ping } : { failed, ping };
  }

  #endPeriod(): string | undefined {
    const state = this.#state;
    this.#state = { kind: 'resting' };
    if (state.kind === 'resting') return undefined;
    const isHeard = state.kind === 'indirect' && state.expectedNacks > 0 && state.nacks >= state.expectedNacks;
    if (!isHeard) this.#health.worse();
    return state.probe.target;
  }
}
