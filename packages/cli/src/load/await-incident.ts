// Waits for what the agent makes of a kill: the end of the incident of that very process.
import { type EngineEvent, type Incident, isClosed, sameProcess } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';

export class IncidentWatch {
  readonly #latest: Map<string, Incident> = new Map();
  readonly #waiters: Set<() => void> = new Set();

  note({ about }: EngineEvent): void {
    if (about.kind === 'decision') return;
    this.#latest.set(about.incident.id, about.incident);
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** The incident of this process's end, as far as it is known. */
  of(process: ProcessIdentity): Incident | undefined {
    return [...this.#latest.values()].find(({ patient }) => sameProcess(patient.process ?? patient.boot?.process, process));
  }

  get open(): readonly Incident[] {
    return [...this.#latest.values()].filter((incident) => !isClosed(incident));
  }

  /** Its last record; or what there is once the time is up. */
  closed(process: ProcessIdentity, withinMs: number): Promise<Incident | undefined> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(this.of(process));
      };
      const check = (): void => {
        const incident = this.of(process);
        if (incident !== undefined && isClosed(incident)) settle();
      };
      const timer = setTimeout(settle, withinMs);
      this.#waiters.add(check);
      check();
    });
  }
}
