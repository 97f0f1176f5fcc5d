// Leaders that go: because they are asked to, or because they hardly survive their election.
import type { Fault } from './stage.js';

/** Of both keyspaces or of one, while the others write. */
export const transfer: Fault = (stage) => {
  for (const member of stage.members) {
    for (const group of member.member?.groups ?? []) {
      if (group.status.role !== 'leader' || stage.prng.chance(0.3)) continue;
      const heir = stage.anyOtherThan(member).member;
      if (heir !== undefined) group.transfer(heir.self.nodeId);
    }
  }
};

export const shortReigns: Fault = ({ theatre, prng, electionTimeout }) =>
  theatre.reigns.begin(electionTimeout * (3 + prng.next() * 12));

export const figureEight: Fault = ({ theatre, electionTimeout }) => theatre.figureEight.begin(electionTimeout);
