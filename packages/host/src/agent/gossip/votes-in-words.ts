// How the agents of other machines see a subject, in a sentence for `why`.
import type { VoteCount } from '@reknit/failure-detector';
import type { Why } from '@reknit/recovery';
import type { Gossip } from './gossip.js';

/** Of one subject its votes, whatever they are; of all only those that are not well. */
export function withVotes(why: Why, gossip: Gossip, subjects: readonly string[]): Why {
  const { subject } = why;
  const concerned = subject === undefined ? subjects.filter((each) => gossip.votesOn(each).verdict !== 'up') : [subject];
  const told = concerned.map((each) => spokenVotes(gossip, each)).filter((text) => text !== undefined);
  return { ...why, now: [...spokenSolitude(gossip), ...why.now, ...told] };
}

/** Undefined where nobody elsewhere has ever seen it, because there is nobody, or it can be seen on its own machine only. */
export function spokenVotes(gossip: Gossip, subject: string): string | undefined {
  if (gossip.signals(subject).length === 0) return undefined;
  const { verdict, up, down, stale, needed, votes } = gossip.votesOn(subject);
  const hosts = up + down + stale;
  const counts = `${up} of ${hosts} hosts say up, ${down} down, ${stale} nothing lately`;
  return `${subject}: seen from outside: ${verdict === 'undecided' ? `undecided (it takes ${needed})` : verdict}: ${counts}: ${each(votes)}`;
}

const each = (votes: VoteCount['votes']): string =>
  votes
    .map(({ observer, host, vote, ageMs }) => {
      const said = ageMs === undefined ? 'never heard' : `${vote}, ${Math.round(ageMs)} ms ago`;
      return `${observer} on ${host}: ${said}`;
    })
    .join('; ');

/** Worth a word only while it is so. */
export const spokenSolitude = (gossip: Gossip): readonly string[] =>
  gossip.isAlone
    ? [
        `this agent hears none of the other ${gossip.members.length}: it suspects itself, and says nothing about anybody from afar`,
      ]
    : [];
