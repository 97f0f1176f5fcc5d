// Evidence that every class of living but silent processes weighs alike.
import type { Facts, Silence } from '../../detect/facts.js';
import type { EvidenceRule } from '../fault-class.js';
import { current } from './current-signals.js';

export const ANSWERS: EvidenceRule = {
  id: 'answers-health',
  from: 'health probe',
  means: 'it answers its health probe, well or ill',
  weight: 'rules-out',
  finding: (f) => (f.health === 'good' || f.health === 'bad' ? `it answers its health probe (${f.health})` : undefined),
};

/** A single question without an answer is a moment; a silence is what its rhythm does not explain. */
export const NOT_SILENT: EvidenceRule = {
  id: 'not-silent',
  from: 'health probe',
  means: 'it was heard, and misses nothing of its rhythm',
  weight: 'rules-out',
  finding: (f) => (f.silence === undefined && f.processState !== 'stopped' ? 'it was heard a moment ago' : undefined),
};

export const acceptsButSilent = (weight: number): EvidenceRule => ({
  id: 'accepts-but-silent',
  from: 'port',
  means: 'its port accepts connections, and the application says nothing',
  weight,
  finding: (f) => (f.connect === 'accepted' && f.health === 'silent' ? 'its port accepts, the application is silent' : undefined),
});

/** An answer takes a millisecond. Who has run for so long within one silence would have given it, had its loop turned. */
const RAN_LONG_MS = 1500;

const shareOf = (silence: Silence, ms: number | undefined): number => (ms === undefined ? 0 : ms / Math.max(1, silence.ms));

/** Its main thread runs and does not answer: for half of the silence, or for long, however many others want the processor. */
export const computes = ({ silence }: Facts): boolean =>
  silence?.ranMs !== undefined && (shareOf(silence, silence.ranMs) >= 0.5 || silence.ranMs >= RAN_LONG_MS);

/** Its main thread neither runs nor wants to. */
export const isIdle = ({ silence }: Facts): boolean =>
  silence?.ranMs !== undefined &&
  silence.queuedMs !== undefined &&
  shareOf(silence, silence.ranMs) < 0.1 &&
  shareOf(silence, silence.queuedMs) < 0.1;

/** It would speak if it were let. */
export const isStarved = (f: Facts): boolean =>
  f.silence !== undefined && shareOf(f.silence, f.silence.queuedMs) >= 0.5 && (f.silence.ranMs ?? 0) < RAN_LONG_MS;

export const STARVED: EvidenceRule = {
  id: 'starved',
  from: 'effort',
  means: 'it waits for a processor for half of the silence',
  weight: -4,
  finding: (f) => (isStarved(f) ? 'it waits for a processor: the machine is overloaded, not this process sick' : undefined),
};

/** The doubt is about the observer, not about what it sees: Lifeguard. */
const OWN_LATENESS_MS = 500;

export const OBSERVER_LATE: EvidenceRule = {
  id: 'observer-late',
  from: 'own clock',
  means: 'this observer was late itself by half a second',
  weight: -3,
  finding: (f) =>
    f.observerLateMs >= OWN_LATENESS_MS ? `this observer was late itself, by ${Math.round(f.observerLateMs)} ms` : undefined,
};

export const PORT_REFUSES: EvidenceRule = {
  id: 'port-refuses',
  from: 'port',
  means: 'its port refuses: who is silent keeps its socket',
  weight: -3,
  finding: (f) => (f.connect === 'refused' ? 'its port refuses connections: a silent process keeps its socket' : undefined),
};

export const PEERS_SUSPECT: EvidenceRule = {
  id: 'peers-suspect',
  from: 'peers',
  means: 'none of its peers hears it',
  weight: 1,
  finding: ({ votes, silence }) =>
    silence !== undefined && votes.length > 0 && votes.every(({ vote }) => vote === 'down')
      ? `its peers do not hear it either (${votes.map(({ name }) => name).join(', ')})`
      : undefined,
};

/** A gray failure: sick for this observer, well for others. */
export const PEERS_HEAR: EvidenceRule = {
  id: 'peers-hear',
  from: 'peers',
  means: 'a peer hears it',
  weight: -2,
  finding: ({ votes, silence }) => {
    const hearing = votes.filter(({ vote }) => vote === 'up');
    if (silence === undefined || hearing.length === 0) return undefined;
    return `not suspected by its ${hearing.length === 1 ? 'peer' : 'peers'} ${hearing.map(({ name }) => name).join(', ')}`;
  },
};

/** Collections of garbage and large requests stay below. */
export const LATE_LOOP_MS = 200;

/** Its worst of late, by its own word. */
export const loopDelayOf = (f: Facts): number =>
  Math.max(f.vitals?.loopDelayMs ?? 0, ...current(f, 'loop').map(({ delayMs }) => delayMs));

/** Whoever comes late to its own loop answers late, to everybody. */
export const OWN_LOOP_LATE: EvidenceRule = {
  id: 'own-loop-late',
  from: 'own word',
  means: `its own event loop was ${LATE_LOOP_MS} ms late of late: that, and no link, is why others miss it`,
  weight: -4,
  finding: (f) => (loopDelayOf(f) >= LATE_LOOP_MS ? `its own event loop was ${Math.round(loopDelayOf(f))} ms late` : undefined),
};
