// What an agent knows beside a subject itself: its other subjects, what its members say of each other, what was mended
// before. Whatever nobody knows is left out.
import type { Neighbour, PastIncident, PeerVitals, QuorumView, Surroundings } from '../detect/facts.js';
import { isClosed } from '../incidents/incident.js';
import type { Desk } from './desk.js';

export function surroundingsOf(desk: Desk, subject: string, servesSince: number | undefined): Partial<Surroundings> {
  const kin = desk.kin();
  return {
    servesSince,
    onset: onsetOf(desk, subject),
    reach: desk.views.reach(membersBeside(desk, subject)),
    peers: peersOf(desk, subject),
    quorum: quorumOf(desk, subject),
    neighbours: neighboursOf(desk, subject),
    recentIncidents: recentOf(desk, subject),
    fleet: { total: kin.length, unwell: kin.filter(({ isWell, subject: name }) => !isWell || name === subject).length },
    ...desk.driver.surroundings?.(subject),
    signals: desk.driver.signals?.(subject) ?? [],
  };
}

/** Of its own store or component, itself among them: whom others suspect says nothing of who belongs to something else. */
export function membersBeside(desk: Desk, subject: string): readonly string[] {
  const { group } = desk.policy(subject);
  return desk.driver.subjects.filter((name) => desk.policy(name).group === group);
}

function peersOf(desk: Desk, subject: string): readonly PeerVitals[] {
  const others = membersBeside(desk, subject).filter((name) => name !== subject);
  return desk.views.peers(others).map((peer) => {
    const disk = desk.driver.signals?.(peer.name).find(({ kind }) => kind === 'disk-latency');
    return disk?.kind === 'disk-latency' ? { ...peer, syncP99Ms: disk.p99Ms } : peer;
  });
}

/** Only where all voters are this agent's own: of others it does not know whether they are reached. */
function quorumOf(desk: Desk, subject: string): QuorumView | undefined {
  if (!desk.isMember(subject) || desk.members().some(({ foreign }) => foreign === true)) return undefined;
  return desk.views.quorum(membersBeside(desk, subject));
}

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

const onsetOf = (desk: Desk, subject: string): number | undefined =>
  [...desk.journal.memory.incidents.values()].find((incident) => incident.subject === subject && !isClosed(incident))?.moments
    .onset;

const recentOf = (desk: Desk, subject: string): readonly PastIncident[] =>
  [...desk.journal.memory.incidents.values()].flatMap(({ subject: of, phase, diagnosis }) => {
    const fault = diagnosis?.verdict;
    const isPast = of === subject && phase.kind === 'resolved' && fault !== undefined && fault !== 'not-enough-evidence';
    return isPast ? [{ fault, closedAt: phase.at }] : [];
  });
