// Evidence that every class of living but silent processes weighs alike.
import type { EvidenceRule } from './fault-class.js';

export const PROCESS_GONE: EvidenceRule = {
  id: 'process-gone',
  weight: 'rules-out',
  finding: (f) => (f.processState === 'gone' ? `process ${f.process?.pid ?? '?'} is gone (kernel)` : undefined),
};

export const ANSWERS: EvidenceRule = {
  id: 'answers-health',
  weight: 'rules-out',
  finding: (f) => (f.health === 'good' || f.health === 'bad' ? `it answers its health probe (${f.health})` : undefined),
};

export const acceptsButSilent = (weight: number): EvidenceRule => ({
  id: 'accepts-but-silent',
  weight,
  finding: (f) => (f.connect === 'accepted' && f.health === 'silent' ? 'its port accepts, the application is silent' : undefined),
});

/** Half of the silence spent in the run queue: it would speak if it were let. */
export const STARVED: EvidenceRule = {
  id: 'starved',
  weight: -4,
  finding: (f) =>
    (f.silence?.queuedShare ?? 0) >= 0.5
      ? 'it waits for a processor: the machine is overloaded, not this process sick'
      : undefined,
};

/** The doubt is about the observer, not about what it sees: Lifeguard. */
const OWN_LATENESS_MS = 500;

export const OBSERVER_LATE: EvidenceRule = {
  id: 'observer-late',
  weight: -3,
  finding: (f) =>
    f.observerLateMs >= OWN_LATENESS_MS ? `this observer was late itself, by ${Math.round(f.observerLateMs)} ms` : undefined,
};

export const PORT_REFUSES: EvidenceRule = {
  id: 'port-refuses',
  weight: -3,
  finding: (f) => (f.connect === 'refused' ? 'its port refuses connections: a silent process keeps its socket' : undefined),
};
