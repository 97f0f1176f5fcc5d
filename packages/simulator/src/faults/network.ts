// Links that carry nothing, in one direction or in both, between some members or between halves of the cluster; and links on
// which everything takes long.
import type { SimulatedMember } from '../cluster/simulated-member.js';
import type { Fault, Stage } from './stage.js';

/** Mean of what a slow network adds to each message: up to the order of an election time-out. */
const DELAY_MEAN_MS_MAX = 60;
/** A state is flushed every few seconds, and the log's base moves after it. */
const EXILE_MS_MIN = 4000;
const EXILE_MS_SPREAD = 6000;

export const partition: Fault = (stage) => {
  const sides: string[][] = [[], []];
  for (const { name } of stage.members) sides[stage.prng.below(2)]!.push(name);
  stage.world.partition(sides);
  stage.healAfter(stage.duration);
};

/** Some pairs do not reach each other, though both may reach a third: what is connected is not transitive any more. */
export const partialPartition: Fault = (stage) => {
  const { members, prng, world } = stage;
  for (const [at, { name }] of members.entries()) {
    for (const other of members.slice(at + 1)) if (prng.chance(0.5)) world.cut(name, other.name);
  }
  stage.healAfter(stage.duration * 2);
};

export const isolateLeader: Fault = (stage) => {
  isolate(stage, stage.leaderOrVictim);
  stage.healAfter(stage.duration);
};

/**
 * What the leader hears is old and what it says is lost: the answers that keep it in office wait in a queue on their way
 * while the others, to whom it has fallen silent, may elect its successor.
 */
export const deafLeader: Fault = (stage) => {
  const { electionTimeout, prng, world } = stage;
  const leader = stage.leaderOrVictim;
  const queued = electionTimeout * (0.6 + prng.next() * 0.35);
  const mute = queued * 0.3 * prng.next();
  const others = stage.othersThan(leader);
  for (const { name } of others) world.clog(name, leader.name, queued, { direction: 'a-to-b' });
  stage.after(mute, () => {
    for (const { name } of others) world.cut(leader.name, name, { direction: 'a-to-b' });
  });
  stage.after(queued + 3, () => isolate(stage, leader));
  stage.healAfter(queued + electionTimeout * (1 + prng.next() * 2));
};

export const oneWayCut: Fault = (stage) => {
  const { victim, prng, world } = stage;
  world.cut(victim.name, stage.anyOtherThan(victim).name, { direction: prng.chance(0.5) ? 'a-to-b' : 'b-to-a' });
  stage.healAfter(stage.duration);
};

export const clog: Fault = (stage) => stage.world.clog(stage.victim.name, stage.anyOtherThan(stage.victim).name, stage.duration);

/** One member loses all others for so long that their logs' base passes it; its clients stay, and its watchers wait. */
export const exile: Fault = (stage) => {
  isolate(stage, stage.victim);
  stage.healAfter(EXILE_MS_MIN + stage.prng.next() * EXILE_MS_SPREAD);
};

/** Every message takes its time, each another one. */
export const delay: Fault = (stage) => {
  stage.world.networkFaults({ latencyTailMs: 1 + stage.prng.next() * DELAY_MEAN_MS_MAX });
  stage.world.after(stage.duration, () => stage.world.networkFaults({ latencyTailMs: 0.2 }));
};

function isolate(stage: Stage, victim: SimulatedMember): void {
  for (const other of stage.othersThan(victim)) stage.world.cut(victim.name, other.name);
}
