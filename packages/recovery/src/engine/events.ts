import type { Incident, PhaseKind } from '../incidents/incident.js';

/** What a person who follows along is told. `text` is complete; `incident` is the record as it stands after the event. */
export interface EngineEvent {
  /** Rises by one for each event of one agent's life. */
  readonly sequence: number;
  readonly at: number;
  readonly subject?: string;
  readonly text: string;
  readonly about: EventAbout;
}

export type EventAbout =
  | { readonly kind: 'phase'; readonly phase: PhaseKind; readonly incident: Incident }
  /** Within a phase: a step, a verification reading, one of the four times. */
  | { readonly kind: 'progress'; readonly incident: Incident }
  /** Something was done or left, outside of any incident. */
  | { readonly kind: 'decision' };
