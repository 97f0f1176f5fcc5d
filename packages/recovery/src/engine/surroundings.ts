// What an agent knows beside a subject itself: its other subjects, what its members say of each other, what was mended
// before. Whatever nobody knows is left out.
import type { Neighbour, PastIncident, Reach, Surroundings } from '../detect/facts.js';
import { isClosed } from '../incidents/incident.js';
import type { Desk } from './desk.js';

export function surroundingsOf(desk: Desk, subject: string, servesSince: number | undefined): Partial<Surroundings> {
  const kin = desk.kin();
  return {
    servesSince,
    reach: reachOf(desk),
    neighbours: neighboursOf(desk, subject),
    recentIncidents: recentOf(desk, subject),
    fleet: { total: kin.length, unwell: kin.filter(({ isWell, subject: name }) => !isWell || name === subject).length },
    ...desk.driver.surroundings?.(subject),
    signals: desk.driver.signals?.(subject) ?? [],
  };
}

/** By the word of those that were heard a moment ago. */
const reachOf = (desk: Desk): readonly Reach[] =>
  desk.views
    .fresh()
    .flatMap(([from, { suspectedPeers }]) =>
      desk.driver.subjects.filter((to) => to !== from).map((to) => ({ from, to, ok: !suspectedPeers.includes(to) })),
    );

function neighboursOf(desk: Desk, subject: string): readonly Neighbour[] {
  const { dependsOn, group } = desk.policy(subject);
  const open = [...desk.journal.memory.incidents.values()].filter(
    (incident) => !isClosed(incident) && incident.subject !== subject && incident.request === undefined,
  );
  return open.map(({ id, subject: other, diagnosis, moments }) => {
    const theirs = desk.policy(other).group;
    const verdict = diagnosis?.verdict;
    return {
      subject: other,
      incident: id,
      since: moments.onset,
      sameHost: true,
      sameGroup: theirs === group,
      dependsOn: dependsOn.includes(other) || dependsOn.includes(theirs),
      ...(verdict === undefined || verdict === 'not-enough-evidence' ? {} : { verdict }),
    };
  });
}

const recentOf = (desk: Desk, subject: string): readonly PastIncident[] =>
  [...desk.journal.memory.incidents.values()].flatMap(({ subject: of, phase, diagnosis }) => {
    const fault = diagnosis?.verdict;
    const isPast = of === subject && phase.kind === 'resolved' && fault !== undefined && fault !== 'not-enough-evidence';
    return isPast ? [{ fault, closedAt: phase.at }] : [];
  });
