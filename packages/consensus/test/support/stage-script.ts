// The small language of golden transcripts of hand-overs. As script.ts; what differs:
//
//   new raft n1 n2 n3          the first stage
//   join n4 n1                 a new member, a learner of the stage that n1 is in
//   prepare n1 paxos n1 n2 n4 [preferred n1] [as ID]   the leader begins the pre-flight of the next stage
//   stop n1 …                  as prepare: proposes its stop-sign
//   unprepared n1 …            as stop, as if all had answered the pre-flight
//   flush n1 / compact n1      its state is durable / and its log begins there
//   install n3                 the snapshot that was offered arrives
//   rot n3 2                   its disk has changed entry 2 since it was written
import { type Epoch, type Index, type NodeId, type ProtocolName, raft, type Stage } from '../../src/index.js';
import { describeStatus, describeSuccession } from './describe-stages.js';
import { ELECTION_TIMEOUT } from './sandbox.js';
import { type StageMember, StageSandbox } from './stage-sandbox.js';

const STEPS_MAX = 10_000;

export function runStageScript(text: string): string {
  const script = new StageScript();
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') script.lines.push(line);
    else if (line.startsWith('> ')) script.run(line);
  }
  return `${script.lines.join('\n').trimEnd()}\n`;
}

class StageScript {
  readonly lines: string[] = [];
  #world: StageSandbox | undefined;
  readonly #roles = new Map<NodeId, string>();

  run(line: string): void {
    this.lines.push(line);
    const [command = '', ...args] = line.slice(2).split(' ');
    if (command === 'new') this.#new(args);
    else this.#execute(this.#world!, command, args);
  }

  #new([protocol, ...names]: readonly string[]): void {
    this.#world = new StageSandbox({
      stage: stageOf(1, [protocol!, ...names]),
      wire: 'codec',
      observe: (id, effects) => this.#print(id, describeSuccession(id, effects)),
    });
  }

  #execute(world: StageSandbox, command: string, args: readonly string[]): void {
    const [first, second] = args as readonly [NodeId, NodeId];
    switch (command) {
      case 'campaign':
        return world.tick(first, 2 * ELECTION_TIMEOUT);
      case 'join':
        return joinStage(world, first, second);
      case 'tick':
        return world.tick(first, Number(second));
      case 'propose':
        return this.#note(first, world.propose(first, args.slice(1)));
      case 'prepare':
        return world.prepare(first, nextStage(world, first, args.slice(1)));
      case 'stop':
        return this.#note(first, world.stop(first, nextStage(world, first, args.slice(1))));
      case 'unprepared':
        return this.#note(first, world.stopUnprepared(first, nextStage(world, first, args.slice(1))));
      case 'read':
        world.read(first);
        return;
      case 'stored':
        world.store(first);
        return;
      case 'deliver':
        for (let left = Number(args[2] ?? 1); left > 0; left--) world.deliver(first, second);
        return;
      case 'drop':
        world.link(first, second).length = 0;
        return;
      case 'stabilize':
        return settleStages(world);
      case 'lose-link':
        return world.loseLink(first, second);
      case 'connect':
        return world.connect(first, second);
      case 'kill':
        world.crash(first);
        this.#roles.delete(first);
        for (const other of world.members.keys()) world.lost(other, first);
        return;
      case 'restart':
        world.start(first);
        for (const other of world.members.keys()) if (other !== first) world.connect(first, other);
        return;
      case 'flush':
        return world.flush(first);
      case 'compact':
        return world.compact(first);
      case 'install':
        world.install(first);
        return;
      case 'rot':
        world.member(first).log.whole.rotten.add(Number(second) as Index);
        return;
      case 'status':
        for (const { id, succession } of world.members.values())
          this.lines.push(`  ${succession === undefined ? `${id} is down` : describeStatus(id, succession.status())}`);
        return;
      default:
        throw new Error(`no command ${command}`);
    }
  }

  #print(id: NodeId, lines: readonly string[]): void {
    for (const line of lines) this.lines.push(`  ${line}`);
    const status = this.#world?.member(id).succession?.status();
    if (status === undefined) return;
    const role = `${status.role} of epoch ${status.epoch}`;
    const { kind } = status.handOver;
    const text = kind === 'retired' || kind === 'ended' ? 'between epochs' : role;
    if (this.#roles.get(id) === text) return;
    if (this.#roles.has(id)) this.lines.push(`  ${id} is now ${kind === 'retired' ? 'retired' : text}`);
    this.#roles.set(id, text);
  }

  #note(id: NodeId, outcome: { readonly accepted: boolean; readonly reason?: string } | undefined): void {
    if (outcome?.accepted === false) this.lines.push(`  ${id} refuses: ${outcome.reason}`);
  }
}

/** In a fixed order: all messages by link, then all disks. */
export function settleStages(world: StageSandbox): void {
  const ids = [...world.members.keys()];
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    let moved = false;
    for (const from of ids) for (const to of ids) if (from !== to) moved = world.deliver(from, to) || moved;
    for (const id of ids) moved = world.store(id) || moved;
    if (!moved) return;
  }
  throw new Error(`still moving after ${STEPS_MAX} rounds`);
}

/** Of the stage that `like` is in, as all who are in it learn. */
export function joinStage(world: StageSandbox, id: NodeId, like: NodeId): void {
  const { stage } = world.member(like).log;
  const same = [...world.members.values()].filter(({ log }) => log.stage.epoch === stage.epoch);
  const learners = [...new Set([...same.flatMap(({ log }) => log.stage.learners), id])];
  world.join(id, { ...stage, learners });
  for (const { id: other, succession } of same) if (succession !== undefined) world.learn(other, learners);
}

export function stageOf(epoch: number, [protocol, ...members]: readonly string[]): Stage {
  const word = members.findIndex((name) => name === 'preferred' || name === 'as');
  const voters = word === -1 ? members : members.slice(0, word);
  return {
    epoch: epoch as Epoch,
    protocol: (protocol ?? raft.name) as ProtocolName,
    voters: voters as NodeId[],
    learners: [],
    plan: wordAfter(members, 'as') ?? `to-${epoch}`,
    preferred: wordAfter(members, 'preferred') as NodeId | undefined,
  };
}

function wordAfter(words: readonly string[], word: string): string | undefined {
  const at = words.indexOf(word);
  return at === -1 ? undefined : words[at + 1];
}

function nextStage(world: StageSandbox, id: NodeId, args: readonly string[]): Stage {
  const { succession }: StageMember = world.member(id);
  return stageOf(succession!.epoch + 1, args);
}
