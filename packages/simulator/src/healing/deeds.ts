// What agents did to members: the record that the rules of healing are checked against. A deed that a dead agent did not live
// to do is not in it.
import type { Millis } from '@reknit/base';

export interface Deed {
  readonly at: Millis;
  readonly agent: string;
  readonly subject: string;
  readonly kind: 'start' | 'fence' | 'stop';
  /** Of a start: incident, attempt and a random part. */
  readonly token?: string;
}

export class Deeds {
  readonly all: Deed[] = [];
  /** What must never happen, as it did. */
  readonly wrongs: string[] = [];

  add(deed: Deed): void {
    this.all.push(deed);
  }

  /** A start while the one before lives would be two of one name. */
  collision({ at, agent, subject, token = '' }: Deed): void {
    this.wrongs.push(`at ${at.toFixed(1)} ms ${agent} started ${subject} (${token}) while it lived`);
  }

  /** A step of a recovery that took effect twice: two starts of one attempt. */
  get repeated(): readonly string[] {
    const seen = new Map<string, Deed>();
    return this.all.flatMap((deed) => {
      if (deed.kind !== 'start' || deed.token === undefined) return [];
      const step = deed.token.slice(0, deed.token.lastIndexOf('/'));
      const first = seen.get(step);
      seen.set(step, deed);
      // A start that mends nothing names its subject instead of an incident.
      const isRepair = !step.startsWith(`${deed.subject}/`);
      return first !== undefined && isRepair ? [`${deed.subject}: ${step} took effect at ${first.at} and at ${deed.at} ms`] : [];
    });
  }
}
