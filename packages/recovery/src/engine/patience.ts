// How long what is sick may stay so, because it may end by itself.
import { isClosed } from '../incidents/incident.js';
import { underWay } from '../recover/ladder.js';
import type { Living } from './health-rounds.js';
import type { Hold } from './hold.js';

export const isSilent = ({ case: file }: Hold): boolean => file.require().diagnosis?.facts.silence !== undefined;

/** Its illness has not had the time yet that its ladder gives it. */
export function mayEndByItself(hold: Hold, { health }: Living): boolean {
  const { desk } = hold;
  const incident = hold.case.require();
  if (isSilent(hold)) return desk.stamp() - health.lastHeardAt < desk.settings.blockedPatienceMs;
  const begun = underWay(incident)?.startedAt ?? 0;
  return desk.stamp() - begun < desk.settings.patienceMs || dependencyIsMended(hold);
}

/** What it depends on is in hand: until that is done, its own illness says nothing. */
function dependencyIsMended({ desk, case: file }: Hold): boolean {
  const { neighbours = [] } = file.require().diagnosis?.facts ?? {};
  const { incidents } = desk.journal.memory;
  return neighbours.some(({ dependsOn, incident }) => {
    const theirs = incident === undefined ? undefined : incidents.get(incident);
    return dependsOn && theirs !== undefined && !isClosed(theirs);
  });
}
